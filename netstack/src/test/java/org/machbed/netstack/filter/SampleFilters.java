package org.machbed.netstack.filter;

/**
 * Programs that between them use all of the language, for tests of what runs them.
 *
 * <p>All throw {@link IllegalArgumentException} for a priority, port or prefix that does not exist.
 */
final class SampleFilters {
    /** UDP and an unfragmented datagram or its first fragment: only these carry ports (RFC 791 section 3.2, RFC 768). */
    private static final String UDP_WITH_PORTS = """
            PUSHWORD+6
            PUSHLIT|CAND 0x0800
            PUSHWORD+11; PUSHLIT|AND 0x00ff
            PUSHLIT|CAND 17
            PUSHWORD+10; PUSHLIT|AND 0x1fff
            PUSHZERO|CAND
            """;

    /** Leaves the number of the first word after the IPv4 header: 7 + 2 x IHL, whatever options there are. */
    private static final String TRANSPORT_WORD = """
            PUSHWORD+7; PUSHLIT|AND 0x0f00
            PUSHLIT|RSH 7; PUSHLIT|ADD 7
            """;

    private SampleFilters() {}

    /** Every frame. */
    static PacketFilter all(int priority) {
        return StandardFilters.filter(priority, "");
    }

    /** ARP requests and replies (RFC 826). */
    static PacketFilter arp(int priority) {
        return StandardFilters.filter(priority, "PUSHWORD+6; PUSHLIT|EQ 0x0806");
    }

    /** IPv4 for {@code ipv4}, for the broadcast address of its subnet, or for 255.255.255.255 (RFC 1122 section 3.2.1.3). */
    static PacketFilter ipv4To(int ipv4, int prefixLength, int priority) {
        return StandardFilters.filter(
                priority, "PUSHWORD+6; PUSHLIT|CAND 0x0800\n" + StandardFilters.destinations(ipv4, prefixLength));
    }

    /** UDP to {@code port} of {@code ipv4}; not the fragments after the first, which name no port. */
    static PacketFilter udpPort(int ipv4, int port, int priority) {
        return StandardFilters.filter(
                priority,
                UDP_WITH_PORTS + TRANSPORT_WORD + "PUSHLIT|ADD 1; PUSHIND\nPUSHLIT|CAND " + port(port) + "\n"
                        + equal(15, ipv4));
    }

    /** UDP of one session: from one remote address and port to one local address and port. */
    static PacketFilter udpSession(int localIpv4, int localPort, int remoteIpv4, int remotePort, int priority) {
        return StandardFilters.filter(
                priority,
                UDP_WITH_PORTS + TRANSPORT_WORD
                        + "PUSHSTK+0; PUSHLIT|ADD 1; PUSHIND\nPUSHLIT|CAND " + port(localPort)
                        + "\nPUSHIND\nPUSHLIT|CAND " + port(remotePort) + "\n"
                        + equal(13, remoteIpv4) + equal(15, localIpv4));
    }

    private static String equal(int word, int ipv4) {
        return "PUSHWORD+" + (word + 1) + "; PUSHLIT|CAND " + StandardFilters.low(ipv4) + "\nPUSHWORD+" + word
                + "; PUSHLIT|CAND " + StandardFilters.high(ipv4) + "\n";
    }

    private static int port(int port) {
        if (port < 1 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
        }
        return port;
    }
}
