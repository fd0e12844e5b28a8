package org.machbed.netstack.filter;

/**
 * The programs that the servers install. Each tests first what most frames fail. Words are counted from the Ethernet header;
 * IPv4 begins at word 7 (RFC 894), its destination is words 15 and 16 (RFC 791 section 3.1).
 *
 * <p>All throw {@link IllegalArgumentException} for a priority or prefix that does not exist.
 */
public final class StandardFilters {
    private StandardFilters() {}

    /**
     * What one IPv4 stack needs: ARP (RFC 826), and IPv4 for {@code ipv4}, for the broadcast address of its subnet, or for
     * 255.255.255.255 (RFC 1122 section 3.2.1.3).
     */
    public static PacketFilter ipv4Family(int ipv4, int prefixLength, int priority) {
        return filter(
                priority,
                "PUSHWORD+6; PUSHLIT|COR 0x0806\nPUSHWORD+6; PUSHLIT|CAND 0x0800\n" + destinations(ipv4, prefixLength));
    }

    static String destinations(int ipv4, int prefixLength) {
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

    static int high(int ipv4) {
        return ipv4 >>> 16;
    }

    static int low(int ipv4) {
        return ipv4 & 0xffff;
    }

    static PacketFilter filter(int priority, String text) {
        try {
            return PacketFilter.compile(FilterAssembler.assemble(text), priority);
        } catch (FilterException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
