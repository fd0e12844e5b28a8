package org.machbed.netstack.tcp;

import org.machbed.netstack.state.StateTransfer;

/**
 * The retransmission timeout, from measured round-trip times (RFC 6298). The caller sees to Karn's algorithm (section 3): it
 * gives no sample of a segment that was sent more than once, unless timestamps tell the copies apart.
 *
 * <p>RFC 6298 section 2.4 asks, as a SHOULD, that the timeout be at least 1 second, for the coarse clocks and the delayed
 * acknowledgments of 500 ms of its time. Here the clock ticks every millisecond or less, and, as in Linux, the variation counts
 * for at least 200 ms: the timeout stays that much above the smoothed round-trip time, which is longer than today's receivers
 * hold an acknowledgment back, and a lost last segment costs a fifth of the time. A caller may ask for 1 second.
 */
public final class RttEstimator {
    /** Before any measurement (section 2.1). */
    public static final long INITIAL_RTO_NS = 1_000_000_000L;

    /** Once data flow, for a connection whose SYN had to be repeated (section 5.7). */
    static final long AFTER_LOST_SYN_RTO_NS = 3_000_000_000L;

    /** What the timeout exceeds the smoothed round-trip time by, at least. */
    public static final long MINIMUM_VARIATION_NS = 200_000_000L;

    /** Section 2.5 allows a maximum of at least 60 seconds. */
    public static final long MAXIMUM_RTO_NS = 120_000_000_000L;

    /** So many make the longest timeout of the shortest one. */
    private static final int MOST_BACK_OFFS = 10;

    private final long minimumVariationNs;
    private long smoothedNs;
    private long variationNs;
    private long baseRtoNs = INITIAL_RTO_NS;
    private int backOffs;
    private boolean measured;

    public RttEstimator() {
        this(MINIMUM_VARIATION_NS);
    }

    /**
     * @param minimumVariationNs what the timeout exceeds the smoothed round-trip time by, at least; no less than the granularity
     *     of the timers (G in section 2.3)
     */
    public RttEstimator(long minimumVariationNs) {
        this.minimumVariationNs = minimumVariationNs;
    }

    /** A round trip was measured, one per flight (sections 2.2 and 2.3). */
    public void onSample(long rttNs) {
        onSample(rttNs, 1);
    }

    /**
     * One of several round trips of a flight was measured. The gains shrink with their number, so that the memory of the average
     * stays as long as with one (RFC 7323 section 4.2 and appendix G).
     *
     * @param rttNs at least 0
     * @param expectedSamples in one round trip: FlightSize / (2 SMSS), rounded up; at least 1
     */
    public void onSample(long rttNs, int expectedSamples) {
        long sampleNs = Math.min(rttNs, MAXIMUM_RTO_NS);
        if (!measured) {
            measured = true;
            smoothedNs = sampleNs;
            variationNs = sampleNs / 2;
        } else {
            long errorNs = sampleNs - smoothedNs;
            variationNs += (Math.abs(errorNs) - variationNs) / (4L * expectedSamples);
            smoothedNs += errorNs / (8L * expectedSamples);
        }
        baseRtoNs = Math.min(MAXIMUM_RTO_NS, smoothedNs + Math.max(minimumVariationNs, 4 * variationNs));
        backOffs = 0;
    }

    /** How many samples a round trip gives, for {@link #onSample(long, int)}: every second segment is acknowledged. */
    public static int expectedSamples(long flightBytes, int segmentBytes) {
        return (int) Math.max(1, (flightBytes + 2L * segmentBytes - 1) / (2L * segmentBytes));
    }

    /** The timeout expired: the next one is twice as long (section 5.5), until a sample comes. */
    public void backOff() {
        if (rtoNs() < MAXIMUM_RTO_NS) {
            backOffs++;
        }
    }

    /** The connection is established, and its SYN was sent more than once without a sample since (section 5.7). */
    public void onEstablishedAfterLostSyn() {
        if (!measured) {
            baseRtoNs = AFTER_LOST_SYN_RTO_NS;
            backOffs = 0;
        }
    }

    /** What to set the retransmission timer to, back-off included. */
    public long rtoNs() {
        return Math.min(MAXIMUM_RTO_NS, baseRtoNs << backOffs);
    }

    /** How often in a row the timeout expired, as far as it made it longer. */
    public int backOffs() {
        return backOffs;
    }

    /** SRTT, 0 before the first sample. */
    public long smoothedNs() {
        return smoothedNs;
    }

    /** RTTVAR, 0 before the first sample. */
    public long variationNs() {
        return variationNs;
    }

    /** Whether there was a sample. */
    public boolean isMeasured() {
        return measured;
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        smoothedNs = t.within("SRTT", smoothedNs, 0, MAXIMUM_RTO_NS);
        variationNs = t.within("RTTVAR", variationNs, 0, MAXIMUM_RTO_NS);
        baseRtoNs = t.within("RTO", baseRtoNs, minimumVariationNs, MAXIMUM_RTO_NS);
        backOffs = t.within("back-offs", backOffs, 0, MOST_BACK_OFFS);
        measured = t.flag("a measured RTT", measured);
    }
}
