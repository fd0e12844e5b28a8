package org.machbed.netstack.tcp.congestion;

import org.machbed.netstack.state.StateTransfer;

/** RFC 5681 with appropriate byte counting (RFC 3465): one segment per window acknowledged, half of the flight at a loss. */
public final class NewReno extends LossBasedControl {
    /** Acknowledged since the window last grew in congestion avoidance (RFC 3465 section 2.1). */
    private long ackedBytes;

    @Override
    long avoid(long acked, long windowBytes, long smoothedRttNs, long nowNs) {
        ackedBytes += acked;
        if (ackedBytes < windowBytes) {
            return windowBytes;
        }
        ackedBytes -= windowBytes;
        ackedBytes = Math.min(ackedBytes, windowBytes);
        return windowBytes + segmentBytes();
    }

    /** RFC 5681 equation 4, the lower bound being the caller's. */
    @Override
    long reduce(long flightBytes, long windowBytes, boolean timeout) {
        return flightBytes / 2;
    }

    @Override
    void restart() {
        ackedBytes = 0;
    }

    @Override
    void transferGrowth(StateTransfer t) {
        ackedBytes = t.within("acknowledged since cwnd grew", ackedBytes, 0, Long.MAX_VALUE >> 1);
    }
}
