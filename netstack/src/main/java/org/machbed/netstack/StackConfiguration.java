package org.machbed.netstack;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.arp.NeighbourRequests;
import org.machbed.netstack.tcp.TcpConfiguration;

/**
 * What one network stack needs to know.
 *
 * @param mac our station address, an individual one
 * @param ipv4 our IPv4 address, in host order
 * @param prefixLength bits of the directly attached network, 0 to 32
 * @param gatewayIpv4 where to send what is not for that network, 0 for nowhere
 * @param mtuBytes largest IPv4 packet of the link, 68 (RFC 791 section 3.2) to 65,535
 * @param seed of everything random in the stack (ephemeral ports, identifications); a host that strangers can reach takes it
 *     from a secure generator, a simulation from its own seed
 * @param udpChecksum whether outgoing UDP datagrams carry a checksum (RFC 1122 section 4.1.3.4 asks for yes by default)
 * @param tcp what TCP needs to know
 * @param timeToLive of all packets (RFC 1122 section 3.2.1.7), 1 to 255
 * @param neighbours who knows the stations of neighbours: {@code null} for ARP; otherwise the stack sends no ARP packets, does not
 *     announce itself and ignores ARP packets that come
 */
public record StackConfiguration(
        MacAddress mac,
        int ipv4,
        int prefixLength,
        int gatewayIpv4,
        int mtuBytes,
        long seed,
        boolean udpChecksum,
        TcpConfiguration tcp,
        int timeToLive,
        @Nullable NeighbourRequests neighbours) {
    /** RFC 791 section 3.2: every internet module must be able to forward this much without fragmentation. */
    public static final int MINIMUM_MTU_BYTES = 68;

    public static final int MAXIMUM_MTU_BYTES = 65_535;

    /** RFC 1700. */
    public static final int DEFAULT_TIME_TO_LIVE = 64;

    /** A configuration with {@link #DEFAULT_TIME_TO_LIVE}. */
    public StackConfiguration(
            MacAddress mac,
            int ipv4,
            int prefixLength,
            int gatewayIpv4,
            int mtuBytes,
            long seed,
            boolean udpChecksum,
            TcpConfiguration tcp) {
        this(mac, ipv4, prefixLength, gatewayIpv4, mtuBytes, seed, udpChecksum, tcp, DEFAULT_TIME_TO_LIVE, null);
    }

    /** A configuration with {@link TcpConfiguration#DEFAULT} too. */
    public StackConfiguration(
            MacAddress mac, int ipv4, int prefixLength, int gatewayIpv4, int mtuBytes, long seed, boolean udpChecksum) {
        this(mac, ipv4, prefixLength, gatewayIpv4, mtuBytes, seed, udpChecksum, TcpConfiguration.DEFAULT);
    }

    public StackConfiguration {
        if (!MacAddress.isStation(mac.bits())) {
            throw new IllegalArgumentException("mac " + mac + " does not name one station");
        }
        int mask = Ipv4Address.mask(prefixLength);
        if (Ipv4Address.isThisNetwork(ipv4)
                || Ipv4Address.isLoopback(ipv4)
                || Ipv4Address.isMulticast(ipv4)
                || ipv4 >>> 28 == 0xF
                || (prefixLength < 31 && ((ipv4 & ~mask) == 0 || (ipv4 | mask) == -1))) {
            throw new IllegalArgumentException(
                    "ipv4 " + Ipv4Address.format(ipv4) + "/" + prefixLength + " does not name one host");
        }
        if (gatewayIpv4 != 0 && ((gatewayIpv4 ^ ipv4) & mask) != 0) {
            throw new IllegalArgumentException("gateway " + Ipv4Address.format(gatewayIpv4)
                    + " is not on the network of " + Ipv4Address.format(ipv4) + "/" + prefixLength);
        }
        if (mtuBytes < MINIMUM_MTU_BYTES || mtuBytes > MAXIMUM_MTU_BYTES) {
            throw new IllegalArgumentException(
                    "mtuBytes " + mtuBytes + " is not in " + MINIMUM_MTU_BYTES + " to " + MAXIMUM_MTU_BYTES);
        }
        if (timeToLive < 1 || timeToLive > 255) {
            throw new IllegalArgumentException("timeToLive " + timeToLive + " is not in 1 to 255");
        }
    }

    public StackConfiguration withTimeToLive(int hops) {
        return new StackConfiguration(
                mac, ipv4, prefixLength, gatewayIpv4, mtuBytes, seed, udpChecksum, tcp, hops, neighbours);
    }

    /** The same without ARP. */
    public StackConfiguration withNeighbours(NeighbourRequests requests) {
        return new StackConfiguration(
                mac, ipv4, prefixLength, gatewayIpv4, mtuBytes, seed, udpChecksum, tcp, timeToLive, requests);
    }
}
