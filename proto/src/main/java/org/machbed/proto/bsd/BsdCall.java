package org.machbed.proto.bsd;

/** Message identifiers of the socket calls, and the names of the servers that answer them in the bootstrap directory. */
public final class BsdCall {
    /** The Unix server: all calls. */
    public static final String UNIX_SERVER = "unix-server";
    /** The restructured UDP server: the same calls, without a system-call emulator in front. */
    public static final String UDP_SERVER = "udp-server";

    /**
     * Makes a socket. The request's first port descriptor, when it has one, is a send right to a port of the client's: when
     * that port dies, with the client for instance, the server closes the socket.
     */
    public static final int SOCKET = 3000;

    public static final int BIND = 3001;
    public static final int CONNECT = 3002;
    public static final int SEND_TO = 3003;
    public static final int RECEIVE_FROM = 3004;
    public static final int LOCAL_ADDRESS = 3005;
    public static final int GET_OPTION = 3006;
    public static final int SET_OPTION = 3007;
    public static final int CLOSE = 3008;
    /** A reply's identifier is its request's plus this, as MIG has it. */
    public static final int REPLY = 100;

    private BsdCall() {}
}
