package org.machbed.kernel.device;

/** Why a level above the device level let go of a frame, in the order of the levels. */
public enum DropReason {
    /** Family: the type field is an IEEE 802.3 length; no family here speaks LLC. */
    LENGTH_INSTEAD_OF_TYPE,
    /** Family: no configured family has this EtherType. */
    UNSUPPORTED_TYPE,
    /** Family: less than an IPv4 header, or less than the header length it names (RFC 791 section 3.1). */
    IPV4_TRUNCATED_HEADER,
    /** Family: version is not 4, or the header length is below five words. */
    IPV4_MALFORMED_HEADER,
    /** Family: total length is below the header length or beyond the frame. */
    IPV4_BAD_TOTAL_LENGTH,
    /** Family: header checksum is wrong (RFC 1122 section 3.2.1.2). */
    IPV4_BAD_CHECKSUM,
    /** Family: less than an ARP packet for IPv4 over Ethernet, or not one (RFC 826). */
    ARP_MALFORMED,
    /** Session: a fragment after the first of a datagram whose session is gone. */
    SESSION_GONE,
    /** Session or family: the window's pools had no buffer, or all were locked (reynolds91, free space). */
    WINDOW_NO_BUFFER,
    /** Session or family: the frame is longer than a buffer of the window. */
    WINDOW_FRAME_TOO_LONG,
    /** Session or family: the window's IN queue was full, or spoilt by its owner. */
    WINDOW_QUEUE_FULL,
    /** Session or family: the window's owner has cut its memory short. */
    WINDOW_CUT_SHORT,
    /** Hardware-independent: nobody's filter matched and no family owner took it. */
    NO_TAKER,
    /** Hardware-independent: the queue of the port of a filter that matched was full. */
    PORT_QUEUE_FULL,
    /** Hardware-independent: the port of a filter that matched had died. */
    PORT_DEAD,
    /** Write: the wire had no room. */
    WIRE_FULL,
    /** Write: a window's OUT queue held a descriptor that points outside the pools or to an impossible frame. */
    WINDOW_BAD_DESCRIPTOR,
    /** Write: none of the sessions of a session window may send it; {@code SessionCounter} tells why. */
    OUTGOING_REFUSED,
    /** Write: shorter than an Ethernet header. */
    WRITE_TOO_SHORT,
    /** Write: longer than the device's MTU and an Ethernet header. */
    WRITE_TOO_LONG
}
