package org.machbed.netstack.socket;

/** What a socket is ready for, as bits. */
public final class Readiness {
    /** A receive or an accept would not have to wait. */
    public static final int READABLE = 1;

    /** A send would not have to wait, or a connect is over. */
    public static final int WRITABLE = 2;

    /** The peer has all that was sent before a shutdown: what one may wait for, but not watch. */
    public static final int DRAINED = 4;

    /**
     * The socket has no connection, or none any more, be it for an error (EPOLLHUP, EPOLLERR): nothing would have to wait. Told also to
     * those who did not ask for it.
     */
    public static final int HUNG_UP = 8;

    /** What a socket may be watched for. */
    public static final int INTERESTS = READABLE | WRITABLE;

    private Readiness() {}
}
