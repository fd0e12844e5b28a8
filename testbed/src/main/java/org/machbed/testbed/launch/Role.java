package org.machbed.testbed.launch;

/** The processes of a host, in the order in which they start. */
public enum Role {
    KERNEL("kernel", "kernel-node", "org.machbed.kernel.KernelNode"),
    SERVER("server", "protocol-server", "org.machbed.server.ProtocolServer"),
    CLIENT("client", "client-app", "org.machbed.client.ClientApp");

    private final String processName;
    private final String program;
    private final String mainClass;

    Role(String processName, String program, String mainClass) {
        this.processName = processName;
        this.program = program;
        this.mainClass = mainClass;
    }

    /** Names the process within its host: its counters and its log. */
    public String processName() {
        return processName;
    }

    /** What it is called in messages. */
    public String program() {
        return program;
    }

    public String mainClass() {
        return mainClass;
    }
}
