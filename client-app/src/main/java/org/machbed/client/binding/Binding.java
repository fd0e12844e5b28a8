package org.machbed.client.binding;

import java.util.Locale;

/** How an application reaches its sockets. */
public enum Binding {
    /** System calls into the kernel's own sockets. */
    TRAP,
    /** System calls that an emulation library turns into messages to the Unix server. */
    EMULATION,
    /** Messages to the restructured UDP server. */
    UDP_RPC,
    /** A procedure call: the UDP server runs in the application's process. */
    CALL,
    /** A procedure call: the protocol library in the application's process has the host's stack and the end of its wire. */
    LIBRARY,
    /** The JDK's own channels on the machine's own kernel. */
    LINUX,
    /** No sockets: the process measures primitives only. */
    NONE;

    /** Its name on the command line. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
