package org.machbed.proto.trap;

/**
 * Traps into the kernel. Arguments are 64-bit words a0..a5 plus the call's data area, which stands for the user memory that
 * copyin and copyout move; the result is one 64-bit word, an error when {@link #isError} says so (minus a number of
 * {@code org.machbed.netstack.socket.Errno}). Other negative words are results: a datagram from an address above 128.0.0.0
 * has a negative header.
 */
public final class TrapNumber {
    /** No arguments, result 0: what a crossing alone costs. */
    public static final int NULL = 0;

    /** a0 = device handle, a1 = frame length; data area = the frame. Result: bytes written. */
    public static final int DEVICE_WRITE = 1;

    /** a0 = window handle: tells the driver that the OUT queue of a window has work. Result 0. */
    public static final int WINDOW_START = 2;

    /**
     * a0 = handle from {@code DeviceCall.NULL_INDICATIONS}: the kernel sends an empty message to the right behind it, on the
     * thread that serves interrupts. Result 0, or minus EINVAL for a handle that names nothing, minus ENOBUFS when the port's
     * queue is full.
     */
    public static final int NULL_INDICATION = 3;

    /** Result: a new datagram socket. */
    public static final int SOCKET = 16;

    /** a0 = socket, a1 = IPv4 address, a2 = port. */
    public static final int BIND = 17;

    /**
     * a0 = socket, a1 = IPv4 address, a2 = port. On a datagram socket, address and port 0 dissolve the association; on a stream
     * socket this begins to connect and does not wait: see {@link #FINISH_CONNECT}.
     */
    public static final int CONNECT = 18;

    /** a0 = socket, a1 = IPv4 address, a2 = port (0, 0: the connected peer), a3 = length; data area = the datagram. */
    public static final int SEND_TO = 19;

    /**
     * a0 = socket, a1 = room in bytes, a2 = 1 to fail with EWOULDBLOCK instead of waiting. Result: the packed form of
     * {@code org.machbed.netstack.socket.DatagramHeader}; data area = the datagram.
     *
     * <p>This and the other traps that may wait fail with EWOULDBLOCK also when they may but the kernel cannot keep their slot, since
     * others need it. Then {@link #AWAIT} waits, and the call is made again.
     */
    public static final int RECEIVE_FROM = 20;

    /** a0 = socket. Result: the packed local address. */
    public static final int LOCAL_ADDRESS = 21;

    /** a0 = socket, a1 = option number. Result: the value, an int, as an unsigned word: one below 0 is no error. */
    public static final int GET_OPTION = 22;

    /** a0 = socket, a1 = option number, a2 = value. */
    public static final int SET_OPTION = 23;

    /** a0 = socket. Whoever waits for something of it gets EBADF. */
    public static final int CLOSE = 24;

    /** Result: a new stream socket. */
    public static final int STREAM_SOCKET = 32;

    /**
     * a0 = socket, a1 = 1 not to wait. Result: 1 when it is connected, 0 when it is not yet (without waiting only), or the error
     * that the connect ended with.
     */
    public static final int FINISH_CONNECT = 33;

    /** a0 = socket, a1 = connections that may wait to be accepted. */
    public static final int LISTEN = 34;

    /** a0 = socket, a1 = 1 to fail with EWOULDBLOCK instead of waiting. Result: a new socket. */
    public static final int ACCEPT = 35;

    /**
     * a0 = socket, a1 = length above 0, a2 = 1 to fail with EWOULDBLOCK instead of waiting; data area = the data. Result: bytes
     * taken; fewer than the length only without waiting, or when the connection ends meanwhile.
     */
    public static final int SEND = 36;

    /** a0 = socket, a1 = a byte, sent as urgent data. Result: 1, or 0 when there is no room. */
    public static final int SEND_URGENT = 37;

    /**
     * a0 = socket, a1 = room in bytes, above 0, a2 = 1 to fail with EWOULDBLOCK instead of waiting. Result: bytes, 0 at the end of
     * the stream; data area = the data.
     */
    public static final int RECEIVE = 38;

    /** a0 = socket, a1 = {@link #SHUT_RECEIVING}, {@link #SHUT_SENDING} or {@link #SHUT_BOTH}. */
    public static final int SHUTDOWN = 39;

    /** a0 = socket. Result: the packed address of the peer, 0 for none. */
    public static final int REMOTE_ADDRESS = 40;

    /**
     * a0 = socket, a1 = bits of {@link #READABLE}, {@link #WRITABLE} and {@link #DRAINED}, a2 = time limit in ns, 0 for none: waits
     * until a call of that kind would not, be it for an error; moves no data, so it can wait in a bare slot. {@code READABLE}
     * stands for ACCEPT too, {@code WRITABLE} for FINISH_CONNECT. Result 0, or minus ETIMEDOUT.
     */
    public static final int AWAIT = 41;

    public static final int READABLE = 1;
    public static final int WRITABLE = 2;

    /** The peer has all that was sent; told once no more can be sent, after {@link #SHUT_SENDING}. */
    public static final int DRAINED = 4;

    /**
     * Of {@link #TAKE_READY} only, asked for or not: the socket has no connection, or none any more, be it for an error. No call
     * on it would wait.
     */
    public static final int HUNG_UP = 8;

    /** Result: a new set of sockets, of which {@link #TAKE_READY} tells those that are ready. */
    public static final int READINESS_SET = 42;

    /**
     * a0 = set, a1 = socket, a2 = bits of {@link #READABLE} and {@link #WRITABLE}: watches a socket, or watches it for something else; 0 removes it. A
     * socket leaves its sets when it is closed.
     */
    public static final int WATCH = 43;

    /**
     * a0 = set, a1 = time limit in ns, 0 for none: waits until {@link #TAKE_READY} would answer more than 0; moves no data, so it can
     * wait in a bare slot. Result 0, or minus ETIMEDOUT.
     */
    public static final int AWAIT_READY = 44;

    /**
     * a0 = set, a1 = room in bytes, at least 8; never waits, and each socket that is still ready is told again next time. Result:
     * bytes; data area = for each of them a socket and what it is ready for, two 32-bit words in network byte order. A wake-up comes
     * first, as socket 0, and is over then.
     */
    public static final int TAKE_READY = 45;

    /** a0 = set: ends a wait on the set, or the next one. */
    public static final int WAKE_UP = 46;

    /** a0 = set. Whoever waits for it gets EBADF. */
    public static final int CLOSE_SET = 47;

    public static final int SHUT_RECEIVING = 0;
    public static final int SHUT_SENDING = 1;
    public static final int SHUT_BOTH = 2;

    private TrapNumber() {}

    /** Whether a number is a socket call's: of either kind of socket, or of a set of them. */
    public static boolean isSocketCall(int number) {
        return (number >= SOCKET && number <= CLOSE) || (number >= STREAM_SOCKET && number <= CLOSE_SET);
    }

    /** Whether a number is that of a call on a set of sockets. */
    public static boolean isReadinessCall(int number) {
        return number >= READINESS_SET && number <= CLOSE_SET;
    }

    /**
     * Whether a result is an error: -4,095 to -1, as Linux has it. No datagram's header lies there, because none comes from
     * 255.255.255.255.
     */
    public static boolean isError(long result) {
        return result < 0 && result >= -4095;
    }
}
