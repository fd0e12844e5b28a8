package org.machbed.netstack.tcp;

import org.machbed.netstack.state.StateTransfer;

/**
 * RACK.min_RTT (RFC 8985 section 6.2 step 1): the least round-trip time of the last minutes, so that a path that became longer is
 * not measured by the old one for ever. It is the least of this period and the one before.
 */
final class MinimumRtt {
    /** Linux's window is as long. */
    static final long PERIOD_NS = 300_000_000_000L;

    private long currentNs;
    private long previousNs;
    private long periodSinceNs;
    private boolean known;

    void reset() {
        known = false;
        currentNs = 0;
        previousNs = 0;
    }

    void onSample(long rttNs, long nowNs) {
        if (!known) {
            known = true;
            currentNs = rttNs;
            previousNs = rttNs;
            periodSinceNs = nowNs;
        } else if (nowNs - periodSinceNs >= PERIOD_NS) {
            previousNs = currentNs;
            currentNs = rttNs;
            periodSinceNs = nowNs;
        } else {
            currentNs = Math.min(currentNs, rttNs);
        }
    }

    /** 0 before the first sample. */
    long ns() {
        return Math.min(currentNs, previousNs);
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        currentNs = t.within("the least RTT", currentNs, 0, Long.MAX_VALUE);
        previousNs = t.within("the least RTT before", previousNs, 0, Long.MAX_VALUE);
        periodSinceNs = t.past(periodSinceNs);
        known = t.flag("a least RTT", known);
    }
}
