package org.machbed.netstack.filter;

/**
 * The programs that the servers and libraries install. Each tests first what most frames fail. Words are counted from the
 * Ethernet header; IPv4 begins at word 7 (RFC 894), its destination is words 15 and 16 (RFC 791 section 3.1).
 *
 * <p>All throw {@link IllegalArgumentException} for a priority, port or prefix that does not exist.
 */
public final class StandardFilters {
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

    private StandardFilters() {}

    /** Every frame. */
    public static PacketFilter all(int priority) {
        return filter(priority, "");
    }

    /** ARP requests and replies (RFC 826). */
    public static PacketFilter arp(int priority) {
        return filter(priority, "PUSHWORD+6; PUSHLIT|EQ 0x0806");
    }

    /** IPv4 for {@code ipv4}, for the broadcast address of its subnet, or for 255.255.255.255 (RFC 1122 section 3.2.1.3). */
    public static PacketFilter ipv4To(int ipv4, int prefixLength, int priority) {
        return filter(priority, "PUSHWORD+6; PUSHLIT|CAND 0x0800\n" + destinations(ipv4, prefixLength));
    }

    /** What one IPv4 stack needs: {@link #arp} and {@link #ipv4To} in one program. */
    public static PacketFilter ipv4Family(int ipv4, int prefixLength, int priority) {
        return filter(
                priority,
                "PUSHWORD+6; PUSHLIT|COR 0x0806\nPUSHWORD+6; PUSHLIT|CAND 0x0800\n" + destinations(ipv4, prefixLength));
    }

    /** UDP to {@code port} of {@code ipv4}; not the fragments after the first, which name no port. */
    public static PacketFilter udpPort(int ipv4, int port, int priority) {
        return filter(
                priority,
                UDP_WITH_PORTS + TRANSPORT_WORD + "PUSHLIT|ADD 1; PUSHIND\nPUSHLIT|CAND " + port(port) + "\n"
                        + equal(15, ipv4));
    }

    /** UDP of one session: from one remote address and port to one local address and port. */
    public static PacketFilter udpSession(int localIpv4, int localPort, int remoteIpv4, int remotePort, int priority) {
        return filter(
                priority,
                UDP_WITH_PORTS + TRANSPORT_WORD
                        + "PUSHSTK+0; PUSHLIT|ADD 1; PUSHIND\nPUSHLIT|CAND " + port(localPort)
                        + "\nPUSHIND\nPUSHLIT|CAND " + port(remotePort) + "\n"
                        + equal(13, remoteIpv4) + equal(15, localIpv4));
    }

    private static String destinations(int ipv4, int prefixLength) {
        if (prefixLength < 0 || prefixLength > 32) {
            throw new IllegalArgumentException("prefix length " + prefixLength + " is not between 0 and 32");
        }
        // A shift by 32 would be one by 0 in Java.
        int hostBits = prefixLength == 0 ? -1 : (1 << (32 - prefixLength)) - 1;
        // RFC 3021: a prefix of 31 or 32 bits has no broadcast address of its own.
        String subnetBroadcast = prefixLength > 30 ? "" : matchWhenTrue(ipv4 | hostBits);
        return matchWhenTrue(ipv4) + subnetBroadcast + matchWhenTrue(-1) + "PUSHZERO\n";
    }

    private static String matchWhenTrue(int destination) {
        return "PUSHWORD+16; PUSHLIT|EQ " + low(destination) + "\nPUSHWORD+15; PUSHLIT|EQ " + high(destination)
                + "\nAND; PUSHZERO|CNAND\n";
    }

    private static String equal(int word, int ipv4) {
        return "PUSHWORD+" + (word + 1) + "; PUSHLIT|CAND " + low(ipv4) + "\nPUSHWORD+" + word + "; PUSHLIT|CAND "
                + high(ipv4) + "\n";
    }

    private static int high(int ipv4) {
        return ipv4 >>> 16;
    }

    private static int low(int ipv4) {
        return ipv4 & 0xffff;
    }

    private static int port(int port) {
        if (port < 1 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
        }
        return port;
    }

    private static PacketFilter filter(int priority, String text) {
        try {
            return PacketFilter.compile(FilterAssembler.assemble(text), priority);
        } catch (FilterException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
