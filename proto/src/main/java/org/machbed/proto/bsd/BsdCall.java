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

    /**
     * Makes an empty set of sockets, a file of its own that {@link #CLOSE} closes: sockets of both kinds, of which {@link #SELECT}
     * tells which are ready. Takes a port descriptor for it as {@link #SOCKET} does.
     */
    public static final int READINESS_SET = 3020;

    /**
     * Has a set watch a socket for the value, bits of {@code org.machbed.netstack.socket.Readiness.INTERESTS}; 0 removes it. The
     * request gives the socket a name, not 0, by which {@link #SELECT} tells of it.
     */
    public static final int WATCH = 3021;

    /**
     * Waits until something of a set is ready, unless told not to, or until a limit. The answer's value is how many are told: none
     * when nothing is ready. Its data are, for each, the name and what it is ready for, two 32-bit words in network byte order; a
     * wake-up comes first, as two words of 0. At most {@link #MAX_READY}.
     */
    public static final int SELECT = 3022;

    /** Ends a {@link #SELECT} that waits on a set, or the next one. */
    public static final int WAKE_UP = 3023;

    /**
     * Moves the session of a socket into the client: the server has the kernel switch its frames to the client's session window, and
     * answers the session as a value, a {@code TcpSessionState} or a {@code DatagramSession} as the answer's type says. The socket stays
     * as the name: from now on calls that need the session fail with {@link #ERESTART}, those that wait in the server among them. The
     * first port descriptor is the right that came with {@link #SOCKET} or {@link #ACCEPT}, by which the server knows whose the socket
     * is (EACCES for anybody else), as in all calls up to {@link #SESSION_MEMORY} but {@link #RESOLVE}; the second is a send right to
     * the window's port. The request's record says where in the client's {@link #SESSION_MEMORY} the server will find the session when the
     * client is gone or stopped; the client has begun it. Nothing is changed where it fails: ENOTCONN without a connection that is made and not over, EINVAL for a
     * datagram socket that is not bound, EOPNOTSUPP for one that listens, talks to its own host or is shared with another process,
     * EALREADY while another call moves it, ENOBUFS when the kernel refuses, ETIMEDOUT when the server did not get to the
     * frames that had come before.
     */
    public static final int MIGRATE = 3030;

    /**
     * The first half of giving a session back: its frames come to the server from now on, which keeps them. The answer's frames say how
     * many the kernel has ever put into the client's window: that many must have been taken in before {@link #RETURN}.
     */
    public static final int RECALL = 3031;

    /**
     * The second half: the request's state is the session, in the data or, when it is longer than {@link #MAX_STATE_BYTES_IN_LINE}, in
     * the one out-of-line region. An empty state says that the session is over, which needs no {@link #RECALL}. With close the
     * descriptor is closed right away. A damaged state is EINVAL, and the session is lost: who calls hears ECONNABORTED. With recorded
     * the server takes the session from its record, or, where nothing has been recorded, as it left; EINVAL when it is in the server. A
     * session that was recalled and is not given back in some seconds comes back in the same way.
     */
    public static final int RETURN = 3032;

    /**
     * The station address of a neighbour, six octets of the answer's data; waits for ARP. EHOSTUNREACH when nobody answers or the
     * address is not of the attached network.
     */
    public static final int RESOLVE = 3033;

    /**
     * A token of {@link #TOKEN_BYTES} octets in the answer's data, with which another process may take a share in the socket, once and
     * for a few seconds, while the descriptor stays open. ERESTART when the session is not in the server.
     */
    public static final int HAND_OVER = 3034;

    /** Answers a descriptor of its own, and the type, for the socket that the token in the request's data stands for. */
    public static final int TAKE_OVER = 3035;

    /**
     * Tells the server where the client keeps the records of its sessions: the request's path names a file in the host's directory. The
     * answer's value is a descriptor; with {@link #CLOSE} the server takes all the client's sessions back, from their records.
     */
    public static final int SESSION_MEMORY = 3036;

    /**
     * The errno, beside those of {@code org.machbed.netstack.socket.Errno} and never told to an application, that says that a session
     * is not where the call takes it to be. For a call that needs it: it is in the client, where the call is to be repeated. For
     * {@link #RECALL} and {@link #RETURN}: the server has taken it back, since the client seemed to have stopped, its window was gone, or
     * it did not give back in time what it had recalled; what the client still has of it is no longer true, and calls are to go to the server.
     */
    public static final int ERESTART = 85;

    /** Longest state of a session in the data of a message; a longer one lies in its one out-of-line region. */
    public static final int MAX_STATE_BYTES_IN_LINE = 192 * 1024;

    /** Of what {@link #HAND_OVER} answers. */
    public static final int TOKEN_BYTES = 16;

    /** A reply's identifier is its request's plus this, as MIG has it. */
    public static final int REPLY = 100;

    /** Types of sockets. */
    public static final int DATAGRAM = 0;

    public static final int STREAM = 1;

    /** Most bytes of a stream in one message, either way. */
    public static final int MAX_STREAM_BYTES = 64 * 1024;

    /** Most sockets that one {@link #SELECT} tells of; those beyond come first in the next one. */
    public static final int MAX_READY = 1_024;

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
