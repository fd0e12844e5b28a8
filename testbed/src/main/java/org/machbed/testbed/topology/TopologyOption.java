package org.machbed.testbed.topology;

import java.util.List;
import java.util.Optional;

/** What can be varied within a topology, and the values that are built. The first value is the default. */
public enum TopologyOption implements Named {
    /** What carries Mach messages. */
    IPC("grpc", "chronicle"),
    /** The queues of a window. */
    QUEUE("chronicle", "ring"),
    /** The threads of the restructured server; transport: those that the messages come in on, and none besides. */
    THREADS("transport", "virtual", "platform"),
    /** Whether UDP checksums are computed and verified. */
    CHECKSUM("true", "false"),
    /** Congestion control of TCP connections: RFC 9438, or RFC 5681 and 6582. */
    CONGESTION("cubic", "new-reno"),
    /** What a thread of the application does that waits for a frame of its own wire: polls it for a while first, or not. */
    IDLE("spin", "block"),
    /** Whether the application copies from and to buffers of its own, or uses those that the protocol library lends (maeda93). */
    BUFFERS("copied", "lent"),
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
