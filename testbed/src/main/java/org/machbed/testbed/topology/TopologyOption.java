package org.machbed.testbed.topology;

import java.util.List;
import java.util.Optional;

/** What can be varied within a topology, and the values that are built. The first value is the default. */
public enum TopologyOption implements Named {
    /** What carries Mach messages. */
    IPC("grpc", "chronicle"),
    /** The queues of a window. */
    QUEUE("chronicle"),
    /** The threads of the restructured server; transport: those that the messages come in on, and none besides. */
    THREADS("transport", "virtual", "platform"),
    /** Whether UDP checksums are computed and verified. */
    CHECKSUM("true", "false"),
    /** Whether the network input thread asks for SCHED_FIFO; auto: when the launcher may grant it. */
    REAL_TIME("false", "auto", "true");

    @SuppressWarnings("ImmutableEnumChecker") // Made by List.of.
    private final List<String> allowed;

    TopologyOption(String... allowed) {
        this.allowed = List.of(allowed);
    }

    public List<String> allowed() {
        return allowed;
    }

    public String byDefault() {
        return allowed.getFirst();
    }

    public static Optional<TopologyOption> find(String label) {
        return Named.find(TopologyOption.class, label);
    }
}
