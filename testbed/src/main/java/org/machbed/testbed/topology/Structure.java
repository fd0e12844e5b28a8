package org.machbed.testbed.topology;

/** How the code around the sockets is built; the protocol code is the same in all. */
public enum Structure implements Named {
    /** As a kernel has it: called by traps, input at interrupt level. */
    KERNEL,
    /** The Unix server: kernel code in wrappers, spl simulated, wired threads, an emulation library in the client. */
    UNIX,
    /** The restructured server of maeda92 section 3: sendto and recvfrom as an RPC interface, one copy, one lock. */
    RESTRUCTURED,
    /** The protocol library of maeda93: run by the application's own threads in its own process. */
    LIBRARY,
    /** The machine's own. */
    NATIVE
}
