package org.machbed.link.segment;

/**
 * The medium that all stations of a segment share: it carries one frame at a time, at its rate. A station that finds it busy sends
 * behind the frame that is on it (no collisions are played). Keeps no time itself: it says when a frame has
 * arrived, and the receiver waits till then.
 */
final class Medium {
    /** Preamble and start delimiter (8), frame check sequence (4) and the gap to the next frame (12): IEEE 802.3. */
    private static final int OVERHEAD_BYTES = 24;

    /** What {@link #send} answers when the frame cannot be sent in reasonable time. */
    static final long REFUSED = Long.MIN_VALUE;

    /** A frame that would wait longer than this for the medium is refused. */
    private static final long LONGEST_WAIT_NS = 2_000_000_000L;

    /** Nobody can have made the medium busy for longer: a word that says so is nonsense, and counts as idle. */
    private static final long MOST_BUSY_NS = 2 * LONGEST_WAIT_NS;

    private static final double NS_PER_S = 1e9;

    private final StationTable table;
    private final SegmentOptions options;
    private final double nsPerByte;

    Medium(StationTable table, SegmentOptions options) {
        this.table = table;
        this.options = options;
        this.nsPerByte = options.rateBitsPerSecond() == 0 ? 0 : Byte.SIZE * NS_PER_S / options.rateBitsPerSecond();
    }

    /** Whether anything takes time on it; where nothing does, nobody need ask what time it is. */
    boolean isTimed() {
        return options.timed();
    }

    /**
     * Sends a frame; answers when it arrives, never 0, or {@link #REFUSED}.
     *
     * @param nowNs {@link System#nanoTime}, which all stations of the machine share
     */
    long send(int frameBytes, long nowNs) {
        long sentNs = options.rateBitsPerSecond() == 0 ? nowNs : occupy(frameBytes, nowNs);
        if (sentNs == REFUSED) {
            return REFUSED;
        }
        long dueNs = sentNs + options.delayNs();
        // 0 is for a frame that arrives at once.
        return dueNs == 0 ? 1 : dueNs;
    }

    private long occupy(int frameBytes, long nowNs) {
        long durationNs = (long) ((frameBytes + OVERHEAD_BYTES) * nsPerByte);
        while (true) {
            long busyNs = table.busyUntilNs();
            long ahead = busyNs - nowNs;
            if (ahead > LONGEST_WAIT_NS && ahead <= MOST_BUSY_NS) {
                return REFUSED;
            }
            long startNs = ahead > 0 && ahead <= MOST_BUSY_NS ? busyNs : nowNs;
            if (table.tryOccupy(busyNs, startNs + durationNs)) {
                return startNs + durationNs;
            }
        }
    }
}
