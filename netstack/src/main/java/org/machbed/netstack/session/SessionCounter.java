package org.machbed.netstack.session;

/** What becomes of frames to and from sessions, and of what is remembered of them. */
public enum SessionCounter {
    // Frames that came in
    /** Delivered: a whole datagram or segment, or a first fragment. */
    DELIVERED,
    /** Delivered: a fragment after the first. */
    FRAGMENT_DELIVERED,
    /** A fragment kept until its datagram's first one says whose it is. */
    FRAGMENT_KEPT,
    /** For no session; a later fragment too, when its first one was for none. */
    NO_SESSION,
    /** A fragment after the first of a session that is gone. */
    SESSION_GONE,

    // Frames that are no session's, whichever way they go
    /** Shorter than an Ethernet header. */
    TOO_SHORT,
    /** Another Ethernet type; ARP too. */
    NOT_IPV4,
    /** Version, lengths or checksum of the IPv4 header. */
    MALFORMED_IPV4,
    /** Neither UDP nor TCP. */
    OTHER_PROTOCOL,
    /** Empty, of a length that is no multiple of 8, beyond 65,535 octets, or over a TCP header (RFC 3128). */
    MALFORMED_FRAGMENT,
    /** A UDP or TCP header that is cut short or whose length is impossible. */
    MALFORMED_TRANSPORT,

    // Frames that a session may not send
    /** The source is another station. */
    FORGED_STATION,
    /** The source is not the session's own address, port and protocol. */
    FORGED_SOURCE,
    /** The destination is not the peer's address and port. */
    FORGED_DESTINATION,
    /** IP options: with a source route a packet goes elsewhere than its destination says. */
    IP_OPTIONS,
    /** A fragment of a datagram whose first one the session did not send, or that another session is sending. */
    FORGED_FRAGMENT,

    // What was forgotten
    /** A kept fragment that made room for a newer one. */
    KEPT_PUSHED_OUT,
    /** A kept fragment whose first one did not come in time. */
    KEPT_OVERDUE,
    /** A kept fragment whose first one turned out to be for no session. */
    KEPT_FOR_NOBODY,
    /** A fragmented datagram under way that made room for a newer one. */
    DATAGRAM_PUSHED_OUT,
    /** A fragmented datagram whose fragments did not all come in time. */
    DATAGRAM_OVERDUE
}
