package org.machbed.netstack.socket;

/** Socket options by their numbers in traps and messages. */
public enum SocketOptionName {
    /** Bytes that a socket queues for its reader (SO_RCVBUF). */
    RECEIVE_BUFFER_BYTES(1),
    /** Largest datagram that a socket takes (SO_SNDBUF). */
    SEND_BUFFER_BYTES(2),
    /** Whether datagrams may be sent to broadcast addresses (SO_BROADCAST), 0 or 1. */
    BROADCAST(3),
    /** Whether an address in use may be bound again (SO_REUSEADDR), 0 or 1. */
    REUSE_ADDRESS(4),
    /** Type of service of outgoing datagrams (IP_TOS), 0 to 255. */
    TYPE_OF_SERVICE(5),
    /** Whether small segments go at once (TCP_NODELAY), 0 or 1. */
    NO_DELAY(6),
    /** Whether a silent peer is asked now and then (SO_KEEPALIVE), 0 or 1. */
    KEEP_ALIVE(7),
    /** What close does with what is not sent (SO_LINGER): -1 sends it in the background, 0 throws it away and resets. */
    LINGER_SECONDS(8),
    /** Which congestion control (TCP_CONGESTION): 0 for NewReno, 1 for CUBIC. */
    CONGESTION_CONTROL(9),
    /** How long what was sent may go unacknowledged (TCP_USER_TIMEOUT), in milliseconds; 0 for the stack's own time. */
    USER_TIMEOUT_MS(10),
    /** How long a peer is silent before {@link #KEEP_ALIVE} asks it (TCP_KEEPIDLE), in seconds, 1 to 32,767. */
    KEEP_ALIVE_SECONDS(11),
    /** How much a stream can receive now (FIONREAD), in bytes; only to be asked. */
    UNREAD_BYTES(12);

    private final int number;

    SocketOptionName(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /**
     * The option of a number received from another domain.
     *
     * @throws SocketLayerException with ENOPROTOOPT when no option has that number
     */
    public static SocketOptionName of(int number) throws SocketLayerException {
        for (SocketOptionName name : values()) {
            if (name.number == number) {
                return name;
            }
        }
        throw new SocketLayerException(Errno.ENOPROTOOPT, "no socket option has number " + number);
    }
}
