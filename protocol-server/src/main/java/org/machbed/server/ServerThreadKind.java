package org.machbed.server;

import org.machbed.server.driver.TransmitBinding;

/** On which threads the restructured UDP server runs. */
public enum ServerThreadKind {
    /** Virtual threads that receive messages, as C-threads that are multiplexed on kernel threads. */
    VIRTUAL,
    /** Platform threads that receive messages, as C-threads that are wired to kernel threads. */
    PLATFORM,
    /** No threads of its own: the transport's own thread handles each message as it comes. */
    TRANSPORT;

    /**
     * The cheapest that a way to the driver allows, which a server takes that is not told which: the transport's own thread, unless
     * sending a frame waits for a message, which that thread must not do.
     */
    public static ServerThreadKind cheapest(TransmitBinding transmit) {
        return transmit.waitsForMessages() ? VIRTUAL : TRANSPORT;
    }
}
