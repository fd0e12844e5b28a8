package org.machbed.link.linux;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Behind which peer a station was heard last, as a bridge learns it (IEEE 802.1Q clause 8.7). A bounded table: a station has a few
 * places, by its address, and displaces another when all are taken; one that is not known costs a flood and nothing else. Nothing
 * ages, since the next frame of a station that has moved teaches the new place.
 *
 * <p>The receiving thread learns while the sending thread looks up. No garbage.
 */
final class LearnedStations {
    static final int UNKNOWN = -1;

    /** In the table; a power of two. */
    static final int PLACES = 1_024;

    /** Places that one station may have. */
    private static final int WAYS = 4;

    /** An entry is the station's 48 bits above the peer's number and one, so that no entry is 0. */
    private static final int PEER_BITS = 16;

    private static final long PEER_MASK = (1L << PEER_BITS) - 1;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final AtomicLongArray entries = new AtomicLongArray(PLACES);

    /** Which of a full set goes next. */
    private int victim;

    /** The receiving thread alone. */
    void learn(long station, int peer) {
        long entry = station << PEER_BITS | (peer + 1);
        int set = set(station);
        int place = set + victim;
        for (int i = set; i < set + WAYS; i++) {
            long there = entries.getPlain(i);
            if (there == entry) {
                return;
            }
            if (there == 0 || there >>> PEER_BITS == station) {
                entries.setOpaque(i, entry);
                return;
            }
        }
        victim = (victim + 1) % WAYS;
        entries.setOpaque(place, entry);
    }

    /** The peer's number, or {@link #UNKNOWN}. */
    int peerOf(long station) {
        int set = set(station);
        for (int i = set; i < set + WAYS; i++) {
            long entry = entries.getOpaque(i);
            if (entry != 0 && entry >>> PEER_BITS == station) {
                return (int) (entry & PEER_MASK) - 1;
            }
        }
        return UNKNOWN;
    }

    /** First of the places of a station. */
    private static int set(long station) {
        return (int) ((station * SPREAD) >>> 40) & (PLACES - 1) & -WAYS;
    }
}
