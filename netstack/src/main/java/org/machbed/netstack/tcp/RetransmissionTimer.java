package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;
import org.machbed.netstack.time.WheelTimer;

/**
 * The retransmission timer (RFC 6298 section 5) and the limit of patience (RFC 9293 section 3.8.3). It runs while anything that we
 * sent is not acknowledged, unless the window is closed: then {@link Persist} asks.
 */
final class RetransmissionTimer {
    /** RFC 9293 section 3.8.3 (MUST-23): R2 of a SYN is at least 3 minutes. */
    static final long SYN_TIMEOUT_NS = 180_000_000_000L;

    private final TcpConnection c;
    private final WheelTimer timer;

    /** Timeouts since something new was acknowledged. */
    private int timeouts;

    /** When waiting for what is not acknowledged began. */
    private long sinceNs;

    RetransmissionTimer(TcpConnection connection) {
        this.c = connection;
        this.timer = new WheelTimer(this::onTimeout);
    }

    /** Something was sent (section 5.1): starts it unless it runs. */
    void onSent(long nowNs) {
        if (!timer.isScheduled()) {
            sinceNs = timeouts == 0 ? nowNs : sinceNs;
            c.layer.timers.schedule(timer, nowNs + c.rtt.rtoNs(), nowNs);
        }
    }

    /** Something new was acknowledged (sections 5.2 and 5.3). */
    void onAcked(long nowNs) {
        timeouts = 0;
        c.layer.timers.cancel(timer);
        if (c.send.outstandingBytes() != 0) {
            onSent(nowNs);
        }
    }

    /** Begins anew: what was sent before does not matter any more. */
    void restart(long nowNs) {
        stop();
        onSent(nowNs);
    }

    void stop() {
        timeouts = 0;
        c.layer.timers.cancel(timer);
    }

    boolean isRunning() {
        return timer.isScheduled();
    }

    /** How often in a row it expired. */
    int timeouts() {
        return timeouts;
    }

    private void onTimeout(long nowNs) {
        long patienceNs = c.state.isSynchronized() ? c.userTimeoutNs : SYN_TIMEOUT_NS;
        if (c.send.windowBytes == 0 && c.state.isSynchronized()) {
            sinceNs = Math.max(
                    sinceNs, c.heardNs); // SHLD-17: what a shrunk window does not cover is no reason to give up
        }
        if (nowNs - sinceNs >= patienceNs) {
            c.timeOut(nowNs); // section 3.8.3: R2
            return;
        }
        c.count(StackCounter.TCP_RETRANSMISSION_TIMEOUTS);
        timeouts++;
        c.timing.forget(); // Karn's algorithm (RFC 6298 section 3)
        boolean first = timeouts == 1;
        c.rtt.backOff(); // section 5.5
        onSent(nowNs); // section 5.6
        if (c.state == TcpState.SYN_SENT || c.state == TcpState.SYN_RECEIVED) {
            c.handshake.repeatSyn(nowNs);
        } else {
            c.recovery.onTimeout(first, nowNs); // section 5.4
            c.transmission.run(nowNs);
        }
    }
}
