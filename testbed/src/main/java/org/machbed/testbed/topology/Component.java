package org.machbed.testbed.topology;

/** The components of a host, in the order in which a datagram passes them on its way out. */
public enum Component implements Named {
    APP,
    SOCKETS,
    STACK,
    DEMUX,
    DRIVER
}
