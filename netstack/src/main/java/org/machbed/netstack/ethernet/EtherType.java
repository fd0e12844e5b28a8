package org.machbed.netstack.ethernet;

/** Ethernet types (RFC 894, RFC 826). */
public final class EtherType {
    public static final int IPV4 = 0x0800;
    public static final int ARP = 0x0806;

    private EtherType() {}

    /** As tcpdump prints it. */
    public static String name(int type) {
        return switch (type) {
            case IPV4 -> "IPv4 (0x0800)";
            case ARP -> "ARP (0x0806)";
            default -> "Unknown (0x%04x)".formatted(type);
        };
    }
}
