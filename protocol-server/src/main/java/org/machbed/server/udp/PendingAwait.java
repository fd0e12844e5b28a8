package org.machbed.server.udp;

/** A wait, with a limit, until a socket can be received from. */
interface PendingAwait extends PendingCall {
    /**
     * The wait is over.
     *
     * @param ready whether the socket can be received from; {@code false} when the limit came first
     */
    void complete(boolean ready);
}
