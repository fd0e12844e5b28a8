package org.machbed.client.binding;

/** Numbers of the emulated system calls (4.3BSD sys/syscall.h), and what goes with them. */
final class SystemCallNumber {
    static final int CLOSE = 6;

    /** a1 = {@link #MSG_DONTWAIT} or 0. */
    static final int ACCEPT = 30;

    /**
     * On one socket: a1 = what for, as {@link org.machbed.proto.bsd.BsdCall#AWAIT} has it; a2 and a3 = the limit in seconds and
     * microseconds. Answers 1, or 0 at the limit.
     */
    static final int SELECT = 93;

    /** a0 = {@link #SOCK_STREAM} or {@link #SOCK_DGRAM}. */
    static final int SOCKET = 97;

    /** a3 = {@link #MSG_DONTWAIT} or 0: where BSD has a state of the file (FIONBIO), a call says it here. */
    static final int CONNECT = 98;

    /** a1 = {@link #MSG_OOB} and {@link #MSG_DONTWAIT}, or 0. */
    static final int SEND = 101;

    /** a1 = {@link #MSG_DONTWAIT} or 0; answers 0 at the end of the stream. */
    static final int RECV = 102;

    static final int BIND = 104;
    static final int SETSOCKOPT = 105;
    static final int LISTEN = 106;
    static final int GETSOCKOPT = 118;

    /** a1 = {@link #MSG_DONTWAIT} or 0. */
    static final int RECVFROM = 125;

    static final int SENDTO = 133;

    /** a1 = how, as {@link org.machbed.proto.bsd.BsdCall#SHUTDOWN} has it. */
    static final int SHUTDOWN = 134;

    static final int GETPEERNAME = 141;
    static final int GETSOCKNAME = 150;

    /**
     * Not BSD's, which has select and getsockopt(SO_ERROR) for it, two calls: how the connect of a stream went; a1 = {@link
     * #MSG_DONTWAIT} or 0.
     */
    static final int FINISH_CONNECT = 151;

    /** Not BSD's either, which keeps no set between two selects: makes one. {@link #CLOSE} closes it. */
    static final int READINESS_SET = 152;

    /** a0 = set, a1 = socket, a2 = what for, as {@link org.machbed.proto.bsd.BsdCall#WATCH} has it. */
    static final int WATCH = 153;

    /**
     * On a set: the memory gets pairs; a1 = {@link #MSG_DONTWAIT} or 0; a2 and a3 = the limit in seconds and microseconds, both 0 for
     * none. Answers how many.
     */
    static final int SELECT_OF_SET = 154;

    /** a0 = set. */
    static final int WAKE_UP = 155;

    /** One more than the highest number. */
    static final int LIMIT = 156;

    static final int SOCK_STREAM = 1;
    static final int SOCK_DGRAM = 2;

    /** Flag of send: the last byte is urgent (sys/socket.h). */
    static final int MSG_OOB = 0x1;

    /** Flag: fail with EWOULDBLOCK, or EINPROGRESS, instead of waiting (4.4BSD sys/socket.h). */
    static final int MSG_DONTWAIT = 0x80;

    private SystemCallNumber() {}
}
