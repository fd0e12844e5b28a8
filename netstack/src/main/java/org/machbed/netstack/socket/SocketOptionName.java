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
    TYPE_OF_SERVICE(5);

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
