package org.machbed.client.binding;

/** Numbers of the emulated system calls (4.3BSD sys/syscall.h), and what goes with them. */
final class SystemCallNumber {
    static final int CLOSE = 6;
    static final int SOCKET = 97;
    static final int CONNECT = 98;
    static final int BIND = 104;
    static final int SETSOCKOPT = 105;
    static final int GETSOCKOPT = 118;
    /** a1 = {@link #MSG_DONTWAIT} or 0. */
    static final int RECVFROM = 125;

    static final int SENDTO = 133;
    static final int GETSOCKNAME = 150;

    /** One more than the highest number. */
    static final int LIMIT = 151;

    /** Flag of recvfrom: fail with EWOULDBLOCK instead of waiting (4.4BSD sys/socket.h). */
    static final int MSG_DONTWAIT = 0x80;

    private SystemCallNumber() {}
}
