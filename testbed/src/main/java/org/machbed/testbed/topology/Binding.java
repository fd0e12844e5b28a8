package org.machbed.testbed.topology;

/** How two components talk. */
public enum Binding implements Named {
    /** A procedure call within one protection domain. */
    CALL,
    /** Enter the kernel and come back; arguments are copied in and out. */
    TRAP,
    /** A Mach message with its data in line. */
    MESSAGE,
    /** A Mach message with its data out of line, mapped by the receiver. */
    MESSAGE_OOL,
    /** Queues and buffer pools in memory that two processes of one host share. */
    WINDOW,
    /** The JDK's own channels over the machine's own kernel. */
    JAVA_NIO
}
