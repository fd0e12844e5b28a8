package org.machbed.netstack.tcp.congestion;

import org.machbed.netstack.state.StateTransfer;

/** What NewReno and CUBIC have in common: slow start, fast recovery, timeouts, restarts. They differ in the two hooks. */
abstract class LossBasedControl implements CongestionControl {
    /** RFC 6928 section 2. */
    static final int INITIAL_WINDOW_SEGMENTS = 10;

    static final int INITIAL_WINDOW_BYTES = 14_600;

    /** L of RFC 3465 section 2.2: an acknowledgment in slow start counts for two segments, since receivers delay them. */
    static final int SLOW_START_LIMIT_SEGMENTS = 2;

    /** The same after a timeout (RFC 3465 section 2.3), when one may cover much that arrived before. */
    static final int LIMIT_AFTER_TIMEOUT_SEGMENTS = 1;

    /**
     * A window counts as in use when no more than this is free: acknowledgments that come together are all heard before the room
     * that the first one made is filled.
     */
    static final int SLACK_SEGMENTS = 4;

    /** Windows beyond what can be advertised (RFC 7323 section 2.2) are of no use. */
    static final long MAXIMUM_WINDOW_BYTES = 1L << 30;

    private int segmentBytes = 536;
    private long windowBytes;
    private long thresholdBytes = Long.MAX_VALUE;
    private boolean inflated;
    private int limitSegments = SLOW_START_LIMIT_SEGMENTS;

    /** Lets the window grow in congestion avoidance: answers the new one. */
    abstract long avoid(long ackedBytes, long windowBytes, long smoothedRttNs, long nowNs);

    /** A loss was found: answers the new slow start threshold. {@code timeout} says how. */
    abstract long reduce(long flightBytes, long windowBytes, boolean timeout);

    /** The next growth begins anew, after a loss, a timeout or a rest. */
    abstract void restart();

    @Override
    public final void start(int segmentBytes, boolean handshakeLost) {
        this.segmentBytes = segmentBytes;
        windowBytes = handshakeLost ? segmentBytes : initialWindowBytes();
        thresholdBytes = Long.MAX_VALUE;
        limitSegments = SLOW_START_LIMIT_SEGMENTS;
        inflated = false;
        restart();
    }

    /** RFC 6928 section 2, equation 1. */
    final long initialWindowBytes() {
        return Math.min(
                (long) INITIAL_WINDOW_SEGMENTS * segmentBytes, Math.max(2L * segmentBytes, INITIAL_WINDOW_BYTES));
    }

    @Override
    public final void onSegmentSize(int segmentBytes) {
        this.segmentBytes = segmentBytes;
        windowBytes = Math.max(windowBytes, segmentBytes);
        restart();
    }

    final int segmentBytes() {
        return segmentBytes;
    }

    @Override
    public final void onAck(long ackedBytes, long flightBytes, long smoothedRttNs, long nowNs) {
        if (windowBytes < thresholdBytes) {
            if (2 * flightBytes < windowBytes) {
                return; // RFC 7661 section 4.3: less than half of the window was in use
            }
            long growth = Math.min(ackedBytes, (long) limitSegments * segmentBytes);
            windowBytes = Math.min(windowBytes + growth, Math.max(thresholdBytes, windowBytes));
        } else if (flightBytes + (long) SLACK_SEGMENTS * segmentBytes >= windowBytes) {
            windowBytes = Math.max(windowBytes, avoid(ackedBytes, windowBytes, smoothedRttNs, nowNs));
        } else {
            onApplicationLimited(nowNs);
        }
        windowBytes = Math.min(windowBytes, MAXIMUM_WINDOW_BYTES);
    }

    /** The window was not in use while it might have grown. */
    void onApplicationLimited(long nowNs) {}

    @Override
    public final void enterRecovery(long flightBytes, boolean inflated, long nowNs) {
        thresholdBytes = Math.max(reduce(flightBytes, windowBytes, false), 2L * segmentBytes);
        this.inflated = inflated;
        windowBytes = thresholdBytes + (inflated ? 3L * segmentBytes : 0);
        restart();
    }

    @Override
    public final void onDuplicateAck() {
        if (inflated) {
            windowBytes = Math.min(windowBytes + segmentBytes, MAXIMUM_WINDOW_BYTES);
        }
    }

    @Override
    public final void onPartialAck(long ackedBytes) {
        if (inflated) {
            long deflated = windowBytes - ackedBytes + (ackedBytes >= segmentBytes ? segmentBytes : 0);
            windowBytes = Math.max(deflated, segmentBytes);
        }
    }

    @Override
    public final void exitRecovery(long flightBytes, long nowNs) {
        if (thresholdBytes == Long.MAX_VALUE) {
            return; // it took over in the middle of the recovery, whose loss is none of its own
        }
        // RFC 6582 section 3.2 step 3, full acknowledgments, option 1: no burst when little is on its way.
        windowBytes = inflated
                ? Math.min(thresholdBytes, Math.max(flightBytes, segmentBytes) + segmentBytes)
                : thresholdBytes;
        inflated = false;
    }

    @Override
    public final void onRetransmissionTimeout(long flightBytes, boolean first, long nowNs) {
        if (first) {
            thresholdBytes = Math.max(reduce(flightBytes, windowBytes, true), 2L * segmentBytes);
        }
        windowBytes = segmentBytes; // LW: one full-sized segment
        limitSegments = LIMIT_AFTER_TIMEOUT_SEGMENTS;
        inflated = false;
        restart();
    }

    @Override
    public final void onIdleRestart(long nowNs) {
        windowBytes = Math.min(initialWindowBytes(), windowBytes); // RW = min(IW, cwnd)
        limitSegments = SLOW_START_LIMIT_SEGMENTS;
        restart();
    }

    @Override
    public final long windowBytes() {
        return windowBytes;
    }

    @Override
    public final long slowStartThresholdBytes() {
        return thresholdBytes;
    }

    @Override
    public final void transfer(StateTransfer t) {
        segmentBytes = t.within("the congestion control's SMSS", segmentBytes, 1, 0xFFFF);
        windowBytes = t.within("cwnd", windowBytes, 1, MAXIMUM_WINDOW_BYTES + 3L * 0xFFFF);
        thresholdBytes = t.within("ssthresh", thresholdBytes, 1, Long.MAX_VALUE);
        inflated = t.flag("an inflated cwnd", inflated);
        limitSegments = t.within("L", limitSegments, LIMIT_AFTER_TIMEOUT_SEGMENTS, SLOW_START_LIMIT_SEGMENTS);
        transferGrowth(t);
    }

    /** What the algorithm itself has learnt. */
    abstract void transferGrowth(StateTransfer t);
}
