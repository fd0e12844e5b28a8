package org.machbed.netstack.tcp;

/**
 * Finds round trips for {@link RttEstimator} (RFC 6298 sections 3 and 4): of the SYN, and of segments that were sent once, never of
 * one that was sent twice (Karn's algorithm); where that leaves no sample, timestamps give one (RFC 7323 section 4).
 */
final class Timing {
    private final TcpConnection c;
    private boolean running;
    private long synSentNs;

    Timing(TcpConnection connection) {
        this.c = connection;
    }

    /** Our SYN goes out for the first time. */
    void onSynSent(long nowNs) {
        running = true;
        synSentNs = nowNs;
    }

    /** Our SYN was sent again: an acknowledgment could be for either copy. */
    void forget() {
        running = false;
    }

    void onSynAcked(Segment s, long nowNs) {
        if (running) {
            running = false;
            c.rtt.onSample(Math.max(0, nowNs - synSentNs));
        } else {
            sampleByTimestamp(s, 1, nowNs);
        }
    }

    /**
     * An acknowledgment came.
     *
     * @param advances whether it is of something new
     * @param roundTripNs of a segment that was sent once and is reported for the first time; negative when there is none
     * @param flightBytes before it
     */
    void onAck(Segment s, boolean advances, long roundTripNs, int flightBytes, long nowNs) {
        int samples = RttEstimator.expectedSamples(flightBytes, c.segmentBytes());
        if (roundTripNs >= 0) {
            c.rtt.onSample(roundTripNs, samples);
            c.recovery.onRttSample();
        } else if (advances && sampleByTimestamp(s, samples, nowNs)) {
            c.recovery.onRttSample();
        }
    }

    private boolean sampleByTimestamp(Segment s, int samples, long nowNs) {
        if (!c.timestamps.enabled || !s.options.timestamps() || s.options.timestampEcho() == 0) {
            return false;
        }
        long roundTripNs = c.timestamps.roundTripNs(s.options.timestampEcho(), nowNs);
        if (roundTripNs < 0) {
            return false;
        }
        c.rtt.onSample(roundTripNs, samples);
        return true;
    }
}
