package org.machbed.server;

/** On which threads the restructured UDP server runs. */
public enum ServerThreadKind {
    /** Virtual threads that receive messages, as C-threads that are multiplexed on kernel threads. */
    VIRTUAL,
    /** Platform threads that receive messages, as C-threads that are wired to kernel threads. */
    PLATFORM,
    /** No threads of its own: the transport's own thread handles each message as it comes. */
    TRANSPORT
}
