package org.machbed.netstack.ipv4;

import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.StackConfiguration;

/** Our address and what the network around it means by which address (RFC 1122 section 3.2.1.3). Immutable. */
public final class LocalAddresses {
    private final int ours;
    private final int mask;

    /** Networks of one or two addresses have no broadcast address (RFC 3021). */
    private final boolean hasDirectedBroadcast;

    public LocalAddresses(StackConfiguration configuration) {
        ours = configuration.ipv4();
        mask = Ipv4Address.mask(configuration.prefixLength());
        hasDirectedBroadcast = configuration.prefixLength() < 31;
    }

    public int ours() {
        return ours;
    }

    public boolean isOurs(int ipv4) {
        return ipv4 == ours;
    }

    /** Whether packets to it never leave this host. */
    public boolean isThisHost(int ipv4) {
        return ipv4 == ours || Ipv4Address.isLoopback(ipv4);
    }

    /** Limited or directed broadcast. */
    public boolean isBroadcast(int ipv4) {
        return ipv4 == Ipv4Address.LIMITED_BROADCAST || (hasDirectedBroadcast && ipv4 == (ours | ~mask));
    }

    /** Whether packets to it are for several hosts. */
    public boolean isGroup(int ipv4) {
        return isBroadcast(ipv4) || Ipv4Address.isMulticast(ipv4);
    }

    /** Whether it can name one host: what a source address must do. Ours and 127.0.0.0/8 do. */
    public boolean isOneHost(int ipv4) {
        if (Ipv4Address.isThisNetwork(ipv4) || ipv4 >>> 28 >= 0xE) {
            return false;
        }
        boolean attached = ((ipv4 ^ ours) & mask) == 0;
        return !attached || !hasDirectedBroadcast || ((ipv4 & ~mask) != 0 && (ipv4 | mask) != -1);
    }

    /** Whether it can be the source of a packet that came over the link: one host, and another one than this. */
    public boolean isOtherHost(int ipv4) {
        return isOneHost(ipv4) && !isThisHost(ipv4);
    }

    /** The source of our packets to a destination, for a socket that does not care. */
    public int sourceFor(int destination) {
        return Ipv4Address.isLoopback(destination) ? Ipv4Address.LOOPBACK : ours;
    }
}
