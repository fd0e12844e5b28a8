package org.machbed.netstack.tcp.congestion;

import org.machbed.netstack.state.StateTransfer;

/**
 * CUBIC (RFC 9438): in congestion avoidance the window is a cubic function of the time since the last loss, flat around the
 * size at which that loss happened, and no less than what Reno would have. Windows are in segments, as in the RFC, and times in
 * seconds, both {@code double}: Java's arithmetic is the same everywhere, so that equal events give equal windows.
 */
public final class Cubic extends LossBasedControl {
    /** Section 5.1, in segments per second cubed. */
    static final double C = 0.4;

    /** Section 4.6: what a loss leaves of the window. */
    static final double BETA = 0.7;

    /** Section 4.3: what makes the additive increase as fast as Reno's on average. */
    static final double ALPHA = 3 * (1 - BETA) / (1 + BETA);

    private static final double NS_PER_SECOND = 1e9;

    /** No window has more segments, and no stage more seconds. */
    private static final double LARGEST = 1L << 40;

    /** Size at the last loss, less when fast convergence makes way (section 4.7); 0 before any. */
    private double maximum;

    /** The window just before the last reduction (cwnd_prior). */
    private double prior;

    /** K: how long after {@link #epochNs} the function reaches {@link #maximum}. */
    private double plateauSeconds;

    /** What Reno's window would be (W_est). */
    private double estimate;

    /** The window itself, whose fractions the window in bytes has no room for. */
    private double window;

    /** When this stage of congestion avoidance began; of meaning when {@link #inEpoch}. */
    private long epochNs;

    private boolean inEpoch;

    /** Since when the window has not been in use; of meaning when {@link #limited}. */
    private long limitedSinceNs;

    private boolean limited;

    @Override
    long avoid(long ackedBytes, long windowBytes, long smoothedRttNs, long nowNs) {
        double segment = segmentBytes();
        if (!inEpoch) {
            beginEpoch(windowBytes / segment, nowNs);
        } else if (limited) {
            epochNs += nowNs - limitedSinceNs;
        }
        limited = false;
        double acked = ackedBytes / segment;
        estimate += (estimate >= prior ? 1 : ALPHA) * (acked / window);
        double seconds = (nowNs - epochNs) / NS_PER_SECOND;
        if (cubic(seconds) < estimate) {
            window = Math.max(window, estimate); // section 4.3: the Reno-friendly region
        } else {
            double target = cubic(seconds + smoothedRttNs / NS_PER_SECOND);
            target = Math.max(window, Math.min(target, 1.5 * window)); // section 4.2
            window += (target - window) / window * acked; // sections 4.4 and 4.5, byte counting
        }
        return (long) (window * segment);
    }

    private void beginEpoch(double size, long nowNs) {
        inEpoch = true;
        epochNs = nowNs;
        window = size;
        estimate = size;
        if (maximum > size) {
            plateauSeconds = StrictMath.cbrt((maximum - size) / C);
        } else {
            plateauSeconds = 0; // section 4.8: slow start or a first stage that went beyond
            maximum = size;
        }
    }

    /** W_cubic (section 4.2, equation 1). */
    private double cubic(double seconds) {
        double distance = seconds - plateauSeconds;
        return C * distance * distance * distance + maximum;
    }

    /** Section 5.8: time in which the window was not in use does not count. */
    @Override
    void onApplicationLimited(long nowNs) {
        if (inEpoch && !limited) {
            limited = true;
            limitedSinceNs = nowNs;
        }
    }

    /** Sections 4.6 to 4.8. */
    @Override
    long reduce(long flightBytes, long windowBytes, boolean timeout) {
        double size = (double) windowBytes / segmentBytes();
        double convergent = size < maximum ? size * (1 + BETA) / 2 : size;
        maximum = timeout ? 0 : convergent; // after a timeout the next stage sets it, and K is 0
        prior = size;
        return flightBytes * 7 / 10; // beta, without rounding errors
    }

    @Override
    void restart() {
        inEpoch = false;
        limited = false;
    }

    @Override
    void transferGrowth(StateTransfer t) {
        maximum = t.real("W_max", maximum, 0, LARGEST);
        prior = t.real("cwnd_prior", prior, 0, LARGEST);
        plateauSeconds = t.real("K", plateauSeconds, 0, LARGEST);
        estimate = t.real("W_est", estimate, 0, LARGEST);
        window = t.real("cwnd in segments", window, inEpoch(t) ? Double.MIN_NORMAL : 0, LARGEST);
        epochNs = t.past(epochNs);
        limitedSinceNs = t.past(limitedSinceNs);
        limited = t.flag("an application limit", limited);
    }

    private boolean inEpoch(StateTransfer t) {
        inEpoch = t.flag("congestion avoidance", inEpoch);
        return inEpoch;
    }
}
