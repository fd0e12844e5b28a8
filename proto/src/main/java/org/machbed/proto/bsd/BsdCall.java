package org.machbed.proto.bsd;

/** Message identifiers of the socket calls, and the names of the servers that answer them in the bootstrap directory. */
public final class BsdCall {
    /** The Unix server: all calls. */
    public static final String UNIX_SERVER = "unix-server";
    /** The restructured UDP server: the same calls, without a system-call emulator in front. */
    public static final String UDP_SERVER = "udp-server";

    /**
     * Makes a socket of a type, {@link #DATAGRAM} or {@link #STREAM}. The request's first port descriptor, when it has one, is a
     * send right to a port of the client's: when that port dies, with the client for instance, the server closes the socket.
     */
    public static final int SOCKET = 3000;

    public static final int BIND = 3001;
    /** For a stream, waits unless told not to; EINPROGRESS then, and {@link #FINISH_CONNECT} tells how it went. */
    public static final int CONNECT = 3002;

    public static final int SEND_TO = 3003;
    public static final int RECEIVE_FROM = 3004;
    public static final int LOCAL_ADDRESS = 3005;
    public static final int GET_OPTION = 3006;
    public static final int SET_OPTION = 3007;
    public static final int CLOSE = 3008;
    /** From here to {@link #REMOTE_ADDRESS} for streams, and of the Unix server only. The backlog is the request's value. */
    public static final int LISTEN = 3009;

    /** Answers the socket of a connection; takes a port descriptor for it as {@link #SOCKET} does. */
    public static final int ACCEPT = 3010;

    /** EINPROGRESS while the connect that was begun is not over. BSD has select and getsockopt(SO_ERROR) for this. */
    public static final int FINISH_CONNECT = 3011;

    /** Takes up to {@link #MAX_STREAM_BYTES}, and perhaps fewer than it is given. */
    public static final int SEND = 3012;

    /** Answers up to {@link #MAX_STREAM_BYTES}; none at the end of the stream. */
    public static final int RECEIVE = 3013;

    /** The value is one of {@link #SHUTDOWN_RECEIVING}, {@link #SHUTDOWN_SENDING} and {@link #SHUTDOWN_BOTH}. */
    public static final int SHUTDOWN = 3014;

    public static final int REMOTE_ADDRESS = 3015;

    /**
     * Ends a call that waits on a socket: it fails with EINTR. Named by the number that its request gave it. The answer's value is
     * 1, or 0 when no such call waits, be it not yet or no longer.
     */
    public static final int INTERRUPT = 3016;

    /**
     * Waits, with a limit, until one of {@link #READABLE}, {@link #WRITABLE} and {@link #DRAINED} holds, which the value says: select
     * on one socket. The answer's value is 1, or 0 when the limit came first.
     */
    public static final int AWAIT = 3017;
    /** A reply's identifier is its request's plus this, as MIG has it. */
    public static final int REPLY = 100;

    /** Types of sockets. */
    public static final int DATAGRAM = 0;

    public static final int STREAM = 1;

    /** Most bytes of a stream in one message, either way. */
    public static final int MAX_STREAM_BYTES = 64 * 1024;

    /** What {@link #SHUTDOWN} ends. */
    public static final int SHUTDOWN_RECEIVING = 0;

    public static final int SHUTDOWN_SENDING = 1;
    public static final int SHUTDOWN_BOTH = 2;

    /** What {@link #AWAIT} waits for: a receive or an accept would not wait. */
    public static final int READABLE = 0;

    /** A send would not wait, or a connect is over. */
    public static final int WRITABLE = 1;

    /** The peer has all that was sent before a shutdown. */
    public static final int DRAINED = 2;

    private BsdCall() {}
}
