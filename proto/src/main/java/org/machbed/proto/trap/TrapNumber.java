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

    /** a0 = socket, a1 = IPv4 address, a2 = port; address and port 0 dissolve the association. */
    public static final int CONNECT = 18;

    /** a0 = socket, a1 = IPv4 address, a2 = port (0, 0: the connected peer), a3 = length; data area = the datagram. */
    public static final int SEND_TO = 19;

    /**
     * a0 = socket, a1 = room in bytes, a2 = 1 to fail with EWOULDBLOCK instead of waiting. Result: the packed form of
     * {@code org.machbed.netstack.socket.DatagramHeader}; data area = the datagram.
     */
    public static final int RECEIVE_FROM = 20;

    /** a0 = socket. Result: the packed local address. */
    public static final int LOCAL_ADDRESS = 21;

    /** a0 = socket, a1 = option number. Result: the value. */
    public static final int GET_OPTION = 22;

    /** a0 = socket, a1 = option number, a2 = value. */
    public static final int SET_OPTION = 23;

    /** a0 = socket. Whoever waits in RECEIVE_FROM on it gets EBADF. */
    public static final int CLOSE = 24;

    private TrapNumber() {}

    /**
     * Whether a result is an error: -4,095 to -1, as Linux has it. No datagram's header lies there, because none comes from
     * 255.255.255.255.
     */
    public static boolean isError(long result) {
        return result < 0 && result >= -4095;
    }
}
