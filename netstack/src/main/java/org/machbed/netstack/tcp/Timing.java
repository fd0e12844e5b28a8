package org.machbed.netstack.tcp;

/**
 * Measures round trips for {@link RttEstimator} (RFC 6298 sections 3 and 4): one segment of each flight is timed, never one that
 * was sent twice (Karn's algorithm); where that leaves no sample, timestamps give one (RFC 7323 section 4).
 */
final class Timing {
    private boolean running;

    /** An acknowledgment of this number ends the measurement. */
    private int end;

    private long sentNs;

    /** New text, or a SYN, up to {@code end} goes out. */
    void onSent(int end, long nowNs) {
        if (!running) {
            running = true;
            this.end = end;
            sentNs = nowNs;
        }
    }

    /** Something was sent again: an acknowledgment could be for either copy. */
    void forget() {
        running = false;
    }

    /** Something new is acknowledged up to {@code ack}. */
    void onAcked(TcpConnection c, Segment s, long nowNs) {
        if (running) {
            if (SequenceNumber.greaterOrEqual(s.ack, end)) {
                running = false;
                c.rtt.onSample(Math.max(0, nowNs - sentNs));
            }
        } else if (c.timestamps.enabled && s.options.timestamps() && s.options.timestampEcho() != 0) {
            long roundTripNs = c.timestamps.roundTripNs(s.options.timestampEcho(), nowNs);
            if (roundTripNs >= 0) {
                c.rtt.onSample(roundTripNs, RttEstimator.expectedSamples(c.send.outstandingBytes(), c.segmentBytes()));
            }
        }
    }
}
