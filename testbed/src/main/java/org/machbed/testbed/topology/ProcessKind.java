package org.machbed.testbed.topology;

/** What a component can live in. */
public enum ProcessKind implements Named {
    CLIENT_APP,
    PROTOCOL_SERVER,
    KERNEL_NODE,
    /** The machine's own kernel, below the JDK's own channels: the baseline. */
    MACHINE
}
