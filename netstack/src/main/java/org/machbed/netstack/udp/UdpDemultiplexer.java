package org.machbed.netstack.udp;

import org.jspecify.annotations.Nullable;

/**
 * Finds the endpoint for a datagram by hash, the most specific first: connected to its source, bound to its destination address,
 * bound to its port (RFC 1122 section 4.1.3.5). Of several equals the one that came last receives.
 */
public final class UdpDemultiplexer {
    private static final int BUCKETS = 256;

    private final @Nullable UdpEndpoint[] buckets = new UdpEndpoint[BUCKETS];
    private int connected;

    /** Lets an endpoint receive what is for these addresses and ports. */
    public void add(UdpEndpoint endpoint, int localIpv4, int localPort, int remoteIpv4, int remotePort) {
        endpoint.localIpv4 = localIpv4;
        endpoint.localPort = localPort;
        endpoint.remoteIpv4 = remoteIpv4;
        endpoint.remotePort = remotePort;
        int bucket = hash(localIpv4, localPort, remoteIpv4, remotePort);
        endpoint.next = buckets[bucket];
        buckets[bucket] = endpoint;
        connected += remoteIpv4 != 0 ? 1 : 0;
    }

    /** Ends what {@link #add} began; the endpoint's addresses are 0 afterwards. */
    @SuppressWarnings("ReferenceEquality") // an endpoint is itself
    public void remove(UdpEndpoint endpoint) {
        int bucket = hash(endpoint.localIpv4, endpoint.localPort, endpoint.remoteIpv4, endpoint.remotePort);
        UdpEndpoint previous = null;
        UdpEndpoint at = buckets[bucket];
        while (at != null && at != endpoint) {
            previous = at;
            at = at.next;
        }
        if (at == null) {
            throw new IllegalArgumentException("the endpoint of port " + endpoint.localPort + " is not in the table");
        }
        if (previous == null) {
            buckets[bucket] = at.next;
        } else {
            previous.next = at.next;
        }
        connected -= endpoint.remoteIpv4 != 0 ? 1 : 0;
        endpoint.next = null;
        endpoint.localIpv4 = 0;
        endpoint.localPort = 0;
        endpoint.remoteIpv4 = 0;
        endpoint.remotePort = 0;
    }

    /** The endpoint that receives a datagram to one host. */
    @Nullable
    UdpEndpoint find(int localIpv4, int localPort, int remoteIpv4, int remotePort) {
        UdpEndpoint endpoint = connected == 0 ? null : exact(localIpv4, localPort, remoteIpv4, remotePort);
        if (endpoint == null) {
            endpoint = exact(localIpv4, localPort, 0, 0);
        }
        return endpoint != null ? endpoint : exact(0, localPort, 0, 0);
    }

    private @Nullable UdpEndpoint exact(int localIpv4, int localPort, int remoteIpv4, int remotePort) {
        UdpEndpoint endpoint = buckets[hash(localIpv4, localPort, remoteIpv4, remotePort)];
        while (endpoint != null && !matches(endpoint, localIpv4, localPort, remoteIpv4, remotePort)) {
            endpoint = endpoint.next;
        }
        return endpoint;
    }

    /**
     * All endpoints that receive a datagram to a broadcast address: bound to the port, at that address or any.
     *
     * @param found where they go, as far as there is room
     * @return how many
     */
    int findAll(int groupIpv4, int localPort, int remoteIpv4, int remotePort, @Nullable UdpEndpoint[] found) {
        int count = 0;
        for (UdpEndpoint head : buckets) {
            for (UdpEndpoint at = head; at != null; at = at.next) {
                boolean here = at.localPort == localPort && (at.localIpv4 == 0 || at.localIpv4 == groupIpv4);
                boolean fromThere = at.remoteIpv4 == 0 || (at.remoteIpv4 == remoteIpv4 && at.remotePort == remotePort);
                if (here && fromThere && count < found.length) {
                    found[count++] = at;
                }
            }
        }
        return count;
    }

    /**
     * Whether somebody is bound to the port at an address that overlaps with this one, and either of the two minds
     * (SO_REUSEADDR).
     */
    public boolean isTaken(int localIpv4, int localPort, boolean reuseAddress) {
        for (UdpEndpoint head : buckets) {
            for (UdpEndpoint at = head; at != null; at = at.next) {
                boolean overlaps = at.localIpv4 == 0 || localIpv4 == 0 || at.localIpv4 == localIpv4;
                if (at.localPort == localPort && overlaps && !(reuseAddress && at.reuseAddress())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean matches(UdpEndpoint endpoint, int localIpv4, int localPort, int remoteIpv4, int remotePort) {
        return endpoint.localPort == localPort
                && endpoint.localIpv4 == localIpv4
                && endpoint.remoteIpv4 == remoteIpv4
                && endpoint.remotePort == remotePort;
    }

    private static int hash(int localIpv4, int localPort, int remoteIpv4, int remotePort) {
        int mixed = localPort << 16 | remotePort;
        mixed = (mixed ^ localIpv4 * 0x85EB_CA6B) * 0xC2B2_AE35;
        mixed = (mixed ^ mixed >>> 15 ^ remoteIpv4) * 0x9E37_79B9;
        return mixed >>> 24;
    }
}
