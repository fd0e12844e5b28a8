package org.machbed.netstack.ipv4;

import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.StackConfiguration;

/** The next hop for a destination: the longest matching prefix wins (RFC 1122 section 3.3.1). */
public final class RouteTable {
    /** {@link #nextHop} for a destination that no route leads to. */
    public static final int NO_ROUTE = 0;

    /** Routes at most, the attached network and the default gateway included. */
    public static final int CAPACITY = 16;

    /** Longest prefix first. */
    private final int[] networks = new int[CAPACITY];

    private final int[] masks = new int[CAPACITY];

    /** 0 for directly attached. */
    private final int[] gateways = new int[CAPACITY];

    private final int ours;
    private final int attachedMask;
    private int size;

    /** A table with the attached network and, if there is one, the default gateway. */
    public RouteTable(StackConfiguration configuration) {
        ours = configuration.ipv4();
        attachedMask = Ipv4Address.mask(configuration.prefixLength());
        insert(ours & attachedMask, attachedMask, 0);
        if (configuration.gatewayIpv4() != 0) {
            add(0, 0, configuration.gatewayIpv4());
        }
    }

    /**
     * Adds a route through a gateway.
     *
     * @throws IllegalArgumentException when the gateway is not on the attached network or the network has bits behind its prefix
     * @throws IllegalStateException when there are {@link #CAPACITY} routes
     */
    public void add(int network, int prefixLength, int gateway) {
        int mask = Ipv4Address.mask(prefixLength);
        if ((network & ~mask) != 0) {
            throw new IllegalArgumentException(
                    "route " + Ipv4Address.format(network) + "/" + prefixLength + " has bits behind its prefix");
        }
        if (gateway == ours || gateway == 0 || ((gateway ^ ours) & attachedMask) != 0) {
            throw new IllegalArgumentException("gateway " + Ipv4Address.format(gateway) + " is not a neighbour");
        }
        if (size == CAPACITY) {
            throw new IllegalStateException("there are " + CAPACITY + " routes already");
        }
        insert(network, mask, gateway);
    }

    private void insert(int network, int mask, int gateway) {
        int at = size;
        while (at > 0 && Integer.compareUnsigned(masks[at - 1], mask) < 0) {
            networks[at] = networks[at - 1];
            masks[at] = masks[at - 1];
            gateways[at] = gateways[at - 1];
            at--;
        }
        networks[at] = network;
        masks[at] = mask;
        gateways[at] = gateway;
        size++;
    }

    /** The neighbour to send to, or {@link #NO_ROUTE}. */
    public int nextHop(int destination) {
        for (int i = 0; i < size; i++) {
            if ((destination & masks[i]) == networks[i]) {
                return gateways[i] == 0 ? destination : gateways[i];
            }
        }
        return NO_ROUTE;
    }
}
