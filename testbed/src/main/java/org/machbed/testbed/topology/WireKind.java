package org.machbed.testbed.topology;

/** What joins the two hosts. */
public enum WireKind implements Named {
    /** The shared-memory Ethernet segment. */
    SEGMENT,
    /** The loopback interface of the machine's own kernel. */
    LOOPBACK
}
