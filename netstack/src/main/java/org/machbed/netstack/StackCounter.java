package org.machbed.netstack;

/** What a stack counts. Every packet, fragment or datagram that is refused or given up counts under
 * the {@code DROP_} that says why. */
public enum StackCounter {
    FRAMES_RECEIVED,
    FRAMES_SENT,
    /** The link had no room for a frame. */
    DROP_OUTPUT_FULL,

    // Ethernet
    /** Shorter than the 14-octet header. */
    DROP_ETHERNET_TOO_SHORT,
    /** Longer than the link's MTU allows. */
    DROP_ETHERNET_TOO_LONG,
    /** To another station. */
    DROP_ETHERNET_NOT_FOR_US,
    /** From a group address, which cannot send. */
    DROP_ETHERNET_GROUP_SOURCE,
    /** A type that is neither IPv4 nor ARP, an IEEE 802.3 length among them. */
    DROP_ETHERNET_UNKNOWN_TYPE,

    // ARP
    ARP_REQUESTS_RECEIVED,
    ARP_REPLIES_RECEIVED,
    ARP_REQUESTS_SENT,
    ARP_REPLIES_SENT,
    ARP_ANNOUNCEMENTS_SENT,
    /** ARP packets that came to a stack without ARP. */
    DROP_ARP_NOT_OURS,
    /** Another station claimed our address. */
    ARP_CONFLICTS,
    /** A known address moved to another station. */
    ARP_CHANGES,
    /** An address that nobody answered for. */
    ARP_FAILURES,
    /** Neighbours' stations asked of somebody else, where ARP is not ours. */
    NEIGHBOUR_REQUESTS,
    /** A neighbour forgotten to make room for another one. */
    ARP_EVICTIONS,
    /** Shorter than 28 octets, or with lengths that do not fit the types. */
    DROP_ARP_MALFORMED,
    /** Another hardware or protocol type than Ethernet and IPv4, or an operation other than request and reply. */
    DROP_ARP_UNSUPPORTED,
    /** A sender that cannot be a neighbour. */
    DROP_ARP_ILLEGAL_SENDER,
    /** A conflicting claim to our address. */
    DROP_ARP_CONFLICT,
    /** A packet that waited for an address and made room for a newer one. */
    DROP_ARP_QUEUE_FULL,
    /** A packet that waited for an address which nobody answered for. */
    DROP_ARP_UNRESOLVED,

    // IPv4
    IPV4_PACKETS_RECEIVED,
    IPV4_PACKETS_DELIVERED,
    IPV4_PACKETS_SENT,
    IPV4_FRAGMENTS_RECEIVED,
    IPV4_FRAGMENTS_SENT,
    IPV4_REASSEMBLED,
    DROP_IPV4_TOO_SHORT,
    DROP_IPV4_VERSION,
    DROP_IPV4_HEADER_LENGTH,
    DROP_IPV4_TOTAL_LENGTH,
    DROP_IPV4_CHECKSUM,
    /** An option whose length runs out of the header or is impossible. */
    DROP_IPV4_OPTIONS,
    /** A source route that asks us to forward. */
    DROP_IPV4_SOURCE_ROUTE,
    /** A source that is not one host elsewhere (RFC 1122 section 3.2.1.3). */
    DROP_IPV4_ILLEGAL_SOURCE,
    /** For another host: we do not forward. */
    DROP_IPV4_NOT_FOR_US,
    /** For a group that we have not joined. */
    DROP_IPV4_MULTICAST,
    /** One host's packet in a frame to many stations (RFC 1122 section 3.3.6). */
    DROP_IPV4_BROADCAST_FRAME,
    DROP_IPV4_UNKNOWN_PROTOCOL,
    /** A fragment with no data, of a length that is no multiple of 8, or ending beyond 65,535 octets. */
    DROP_IPV4_FRAGMENT_MALFORMED,
    /** A fragment that came twice. */
    DROP_IPV4_FRAGMENT_DUPLICATE,
    /** A datagram given up because a fragment contradicted another one. */
    DROP_IPV4_FRAGMENT_OVERLAP,
    /** An unfinished datagram that made room for a newer one. */
    DROP_IPV4_REASSEMBLY_FULL,
    /** A datagram whose fragments did not all come in time. */
    DROP_IPV4_REASSEMBLY_TIMEOUT,
    DROP_IPV4_NO_ROUTE,
    DROP_IPV4_HOST_UNREACHABLE,
    /** Packets to ourselves beyond what the loopback queue holds. */
    DROP_LOOPBACK_FULL,

    // ICMP
    ICMP_ECHO_REQUESTS_RECEIVED,
    ICMP_ECHO_REPLIES_RECEIVED,
    ICMP_ECHO_REPLIES_SENT,
    ICMP_ERRORS_RECEIVED,
    ICMP_ERRORS_SENT,
    /** An error not sent for the rate limit. */
    ICMP_ERRORS_RATE_LIMITED,
    /** An error not sent for RFC 1122 section 3.2.2. */
    ICMP_ERRORS_WITHHELD,
    /** A smaller path MTU noted. */
    ICMP_PATH_MTU_CHANGES,
    DROP_ICMP_TOO_SHORT,
    DROP_ICMP_CHECKSUM,
    /** An echo request to a broadcast address. */
    DROP_ICMP_BROADCAST,
    /** A type that hosts need not handle, or an unknown one (RFC 1122 section 3.2.2: silently discarded). */
    DROP_ICMP_IGNORED_TYPE,
    /** An error whose quotation is cut short or not a packet of ours. */
    DROP_ICMP_BAD_QUOTE,
    /** An error about something that no socket has to do with. */
    DROP_ICMP_UNRELATED,

    // UDP
    UDP_DATAGRAMS_RECEIVED,
    UDP_DATAGRAMS_SENT,
    DROP_UDP_TOO_SHORT,
    DROP_UDP_LENGTH,
    DROP_UDP_CHECKSUM,
    DROP_UDP_NO_PORT,
    /** The socket's queue was full. */
    DROP_UDP_QUEUE_FULL,
    /** All sockets' queues together were full. */
    DROP_UDP_MEMORY_FULL,

    /** For a socket that is in another stack just now. */
    DROP_UDP_SESSION_AWAY,

    // TCP
    TCP_SEGMENTS_RECEIVED,
    TCP_SEGMENTS_SENT,
    /** Segments sent again, for whatever reason; they count as sent too. */
    TCP_SEGMENTS_RETRANSMITTED,
    /** Connections that we opened, from CLOSED to SYN-SENT. */
    TCP_CONNECTIONS_OPENED,
    /** Connections that others opened, handed to a listener in ESTABLISHED. */
    TCP_CONNECTIONS_ACCEPTED,
    /** Connections that a reset or a time-out ended. */
    TCP_CONNECTIONS_ABORTED,
    /** Attempts to connect that a reset, an error or a time-out ended. */
    TCP_CONNECTIONS_FAILED,
    TCP_RESETS_SENT,
    /** Resets that ended a connection. */
    TCP_RESETS_RECEIVED,
    /** Acknowledgments that ask the peer to confirm a SYN, reset or ACK that may be forged (RFC 5961). */
    TCP_CHALLENGE_ACKS_SENT,
    /** Challenge ACKs not sent for the rate limit (RFC 5961 section 7). */
    TCP_CHALLENGE_ACKS_RATE_LIMITED,
    /** An option of a length that cannot be (RFC 9293 section 3.2). */
    TCP_OPTIONS_MALFORMED,
    /** A window scale above 14, taken for 14 (RFC 7323 section 2.3). */
    TCP_WINDOW_SCALE_TOO_LARGE,
    TCP_DUPLICATE_ACKS_RECEIVED,
    /** Loss recoveries begun by duplicate or selective acknowledgments (RFC 5681, RFC 8985). */
    TCP_FAST_RETRANSMITS,
    /** Segments sent to find out whether the end of a flight arrived (RFC 8985 section 7). */
    TCP_TAIL_LOSS_PROBES_SENT,
    TCP_RETRANSMISSION_TIMEOUTS,
    /** A peer that took back what it had acknowledged selectively (RFC 2018 section 8). */
    TCP_SACK_RENEGED,
    /** SACK blocks that report data received twice (RFC 2883). */
    TCP_DUPLICATE_SACKS_RECEIVED,
    /** Segments whose data came before that which goes before them, and were kept. */
    TCP_OUT_OF_ORDER_SEGMENTS,
    TCP_ZERO_WINDOW_PROBES_SENT,
    TCP_KEEP_ALIVES_SENT,
    /** Connections ended because nobody answered keep-alives. */
    TCP_KEEP_ALIVE_TIMEOUTS,
    /** SYN and ACK sent without keeping state (RFC 4987 section 3.6). */
    TCP_SYN_COOKIES_SENT,
    TCP_SYN_COOKIES_ACCEPTED,
    /** A connection in TIME-WAIT that made room for a new one of the same addresses (RFC 6191, RFC 9293 section 3.6.1). */
    TCP_TIME_WAIT_REUSED,
    /** Connections that left for another stack. */
    TCP_SESSIONS_EXPORTED,
    /** Connections that came from another stack. */
    TCP_SESSIONS_IMPORTED,
    /** A segment made smaller for a path MTU (RFC 1191). */
    TCP_PATH_MTU_REDUCTIONS,
    DROP_TCP_TOO_SHORT,
    /** A data offset below 5, or beyond the segment's end. */
    DROP_TCP_HEADER_LENGTH,
    DROP_TCP_CHECKSUM,
    /** To a broadcast or multicast address (RFC 9293 section 3.9.2.3, MUST-57). */
    DROP_TCP_GROUP,
    /** A source port of 0, which cannot be answered. */
    DROP_TCP_PORT_ZERO,
    /** For no connection and no listener: answered by a reset. */
    DROP_TCP_NO_CONNECTION,
    /** For a connection that is in another stack just now. */
    DROP_TCP_SESSION_AWAY,
    /** Control bits that no state takes, such as SYN with FIN. */
    DROP_TCP_ILLEGAL_FLAGS,
    /** Sequence numbers outside the receive window (RFC 9293 section 3.10.7.4, first). */
    DROP_TCP_OUT_OF_WINDOW,
    /** A reset in the window whose sequence number is not exactly the next one (RFC 5961 section 3.2). */
    DROP_TCP_BLIND_RESET,
    /** A SYN in a synchronized state (RFC 5961 section 4.2). */
    DROP_TCP_UNEXPECTED_SYN,
    /** An acknowledgment of what was never sent, or of long ago (RFC 5961 section 5.2). */
    DROP_TCP_UNACCEPTABLE_ACK,
    /** A segment without ACK in a state that wants it. */
    DROP_TCP_NO_ACK,
    /** A timestamp older than the last one (RFC 7323 section 5.3). */
    DROP_TCP_PAWS,
    /** No timestamps though they were agreed on (RFC 7323 section 3.2). */
    DROP_TCP_TIMESTAMP_MISSING,
    /** Data after our application closed or after the peer's FIN. */
    DROP_TCP_DATA_AFTER_CLOSE,
    /** Data that all buffers together, or too many gaps, had no room for. */
    DROP_TCP_MEMORY_FULL,
    /** A SYN while the listener's half-open connections were at their bound and cookies not in use. */
    DROP_TCP_LISTEN_OVERFLOW,
    /** A connection for which the accept queue had no room. */
    DROP_TCP_ACCEPT_QUEUE_FULL,
    /** An acknowledgment that completes no cookie of ours, or too late. */
    DROP_TCP_SYN_COOKIE;

    private final boolean drop = name().startsWith("DROP_");

    /** Whether it counts packets refused or discarded. */
    public boolean isDrop() {
        return drop;
    }
}
