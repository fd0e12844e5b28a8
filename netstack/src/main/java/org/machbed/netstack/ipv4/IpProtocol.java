package org.machbed.netstack.ipv4;

/** Protocol numbers above IPv4 (IANA, formerly RFC 790). */
public final class IpProtocol {
    public static final int ICMP = 1;
    public static final int TCP = 6;
    public static final int UDP = 17;

    private IpProtocol() {}

    /** As tcpdump prints it. */
    public static String name(int protocol) {
        return switch (protocol) {
            case ICMP -> "ICMP";
            case TCP -> "TCP";
            case UDP -> "UDP";
            default -> "proto " + protocol;
        };
    }
}
