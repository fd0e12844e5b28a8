package org.machbed.netstack.tcp;

/** Why a connection ended otherwise than by both sides' FIN, or what the network said of it meanwhile. */
public enum TcpError {
    /** A reset answered our SYN, or the network said that nobody is there. */
    REFUSED,
    /** A reset ended the connection. */
    RESET,
    /** Nothing was heard for too long (RFC 9293 section 3.8.3, R2; section 3.8.4, keep-alives). */
    TIMED_OUT,
    NET_UNREACHABLE,
    HOST_UNREACHABLE,
    /** Somebody on the way could make no sense of our packet (RFC 792, parameter problem). */
    PROTOCOL
}
