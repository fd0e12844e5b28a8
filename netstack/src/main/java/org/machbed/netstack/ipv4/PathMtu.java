package org.machbed.netstack.ipv4;

/** Path MTUs smaller than the link's, learnt from "fragmentation needed" (RFC 1191). */
public final class PathMtu {
    /** Destinations remembered at once; a newer one takes the place of the oldest. */
    static final int CAPACITY = 32;

    /** RFC 1191 section 6.3: after ten minutes a larger packet is tried again. */
    static final long AGEING_NS = 600_000_000_000L;

    /**
     * No smaller value is believed, so that a forged error cannot make us send crumbs. The path may be smaller still, so packets
     * to such a destination may be fragmented on the way.
     */
    public static final int FLOOR_BYTES = 552;

    /** RFC 1191 section 7.1, table 7-1: for routers that do not say their MTU. */
    private static final int[] PLATEAUS = {32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508, 296, 68};

    private final int linkMtuBytes;
    private final int[] destinations = new int[CAPACITY];
    private final int[] mtus = new int[CAPACITY];
    private final long[] notedNs = new long[CAPACITY];
    private int size;

    public PathMtu(int linkMtuBytes) {
        this.linkMtuBytes = linkMtuBytes;
    }

    /** The largest packet of the link. */
    int linkMtuBytes() {
        return linkMtuBytes;
    }

    /** The largest packet for a destination, as far as known. */
    public int mtuTo(int destination, long nowNs) {
        return size == 0 ? linkMtuBytes : find(destination, nowNs);
    }

    private int find(int destination, long nowNs) {
        int i = indexOf(destination);
        if (i < 0) {
            return linkMtuBytes;
        }
        if (nowNs - notedNs[i] >= AGEING_NS) {
            size--;
            destinations[i] = destinations[size];
            mtus[i] = mtus[size];
            notedNs[i] = notedNs[size];
            return linkMtuBytes;
        }
        return mtus[i];
    }

    /** Whether routers may fragment packets to the destination: its path is narrower than what we believe. */
    public boolean mayFragment(int destination) {
        if (size == 0) {
            return false;
        }
        int i = indexOf(destination);
        return i >= 0 && mtus[i] == FLOOR_BYTES;
    }

    private int indexOf(int destination) {
        for (int i = 0; i < size; i++) {
            if (destinations[i] == destination) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Notes what a router said.
     *
     * @param nextHopMtuBytes the router's MTU, 0 when it does not say
     * @param packetBytes length of the packet that was too big, for the plateaus
     * @return whether this made the path narrower
     */
    boolean note(int destination, int nextHopMtuBytes, int packetBytes, long nowNs) {
        int mtu = nextHopMtuBytes != 0 ? nextHopMtuBytes : plateauBelow(packetBytes);
        mtu = Math.max(mtu, FLOOR_BYTES);
        if (mtu >= mtuTo(destination, nowNs)) {
            return false;
        }
        int i = indexOf(destination);
        if (i < 0) {
            i = size < CAPACITY ? size++ : oldest();
        }
        destinations[i] = destination;
        mtus[i] = mtu;
        notedNs[i] = nowNs;
        return true;
    }

    private static int plateauBelow(int packetBytes) {
        for (int plateau : PLATEAUS) {
            if (plateau < packetBytes) {
                return plateau;
            }
        }
        return PLATEAUS[PLATEAUS.length - 1];
    }

    private int oldest() {
        int oldest = 0;
        for (int i = 1; i < size; i++) {
            if (notedNs[i] < notedNs[oldest]) {
                oldest = i;
            }
        }
        return oldest;
    }
}
