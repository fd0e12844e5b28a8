package org.machbed.testbed.node;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.launch.Role;

/** What a node starts: the processes of one role, and no others. */
public enum NodeRole {
    /** Has the wire of its host, and so also the applications that use the machine's own kernel. */
    KERNEL_NODE("kernel-node", Role.KERNEL),
    PROTOCOL_SERVER("protocol-server", Role.SERVER),
    /** Jetstream's; no topology uses it yet. */
    CONNECTION_SERVER("connection-server", null),
    CLIENT_APP("client-app", Role.CLIENT);

    /** The kind of an application whose channels are the machine's own. */
    private static final String MACHINE_SOCKETS = "linux";

    private final String label;
    private final @Nullable Role role;

    NodeRole(String label, @Nullable Role role) {
        this.label = label;
        this.role = role;
    }

    public String label() {
        return label;
    }

    /** The role of a label, if it is one. */
    public static Optional<NodeRole> find(String label) {
        return Arrays.stream(values()).filter(role -> role.label.equals(label)).findFirst();
    }

    /** The process that a host of a topology has of this role. */
    public Optional<Role> process() {
        return Optional.ofNullable(role);
    }

    /** Whose node starts a process. */
    public static NodeRole of(ProcessPlan plan) {
        return of(plan.program(), plan.kind());
    }

    /**
     * Whose node starts a process.
     *
     * @param program as plans call it: {@code kernel-node}
     * @param kind as plans have it
     */
    public static NodeRole of(String program, String kind) {
        if (kind.equals(MACHINE_SOCKETS)) {
            return KERNEL_NODE;
        }
        return find(program)
                .orElseThrow(() -> new IllegalArgumentException("no node starts a program called " + program));
    }
}
