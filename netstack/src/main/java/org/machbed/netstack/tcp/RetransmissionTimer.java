package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.time.WheelTimer;

/**
 * The retransmission timer (RFC 6298 section 5) and the limit of patience (RFC 9293 section 3.8.3). It runs while anything that we
 * sent is not acknowledged, unless the window is closed: then {@link Persist} asks. Before it expires it may be time for a tail loss
 * probe or for what is left of RACK's reordering window: one timer serves all three (RFC 8985 section 5.3).
 */
final class RetransmissionTimer {
    /** RFC 9293 section 3.8.3 (MUST-23): R2 of a SYN is at least 3 minutes. */
    static final long SYN_TIMEOUT_NS = 180_000_000_000L;

    /** What the timer is set for. */
    private enum Purpose {
        RETRANSMISSION,
        LOSS_PROBE,
        REORDERING
    }

    private static final Purpose[] PURPOSES = Purpose.values();

    private final TcpConnection c;
    private final WheelTimer timer;
    private Purpose purpose = Purpose.RETRANSMISSION;

    /** When the retransmission timeout is over, whatever comes before; of meaning while the timer runs. */
    private long expiryNs;

    /** Timeouts since something new was acknowledged. */
    private int timeouts;

    /** When waiting for what is not acknowledged began. */
    private long sinceNs;

    RetransmissionTimer(TcpConnection connection) {
        this.c = connection;
        this.timer = new WheelTimer(this::onTimer);
    }

    /** Something was sent (section 5.1): starts it unless it runs. */
    void onSent(long nowNs) {
        if (!timer.isScheduled()) {
            sinceNs = timeouts == 0 ? nowNs : sinceNs;
            expireAfterTimeout(nowNs);
        }
    }

    private void expireAfterTimeout(long nowNs) {
        expiryNs = nowNs + c.rtt.rtoNs();
        set(Purpose.RETRANSMISSION, expiryNs, nowNs);
    }

    private void set(Purpose next, long deadlineNs, long nowNs) {
        purpose = next;
        c.layer.timers.schedule(timer, deadlineNs, nowNs);
    }

    /** Something new was acknowledged (sections 5.2 and 5.3). */
    void onAcked(long nowNs) {
        timeouts = 0;
        c.layer.timers.cancel(timer);
        if (c.send.outstandingBytes() != 0) {
            onSent(nowNs);
        }
    }

    /** Whether it is set for the end of RACK's reordering window, after which it is free for a probe. */
    boolean awaitsReordering() {
        return timer.isScheduled() && purpose == Purpose.REORDERING;
    }

    /** A tail loss probe is to be sent after so long, unless the timeout comes before (RFC 8985 section 7.2). */
    void probeAfter(long delayNs, long nowNs) {
        if (timer.isScheduled()) {
            if (delayNs < expiryNs - nowNs) {
                set(Purpose.LOSS_PROBE, nowNs + delayNs, nowNs);
            } else if (purpose == Purpose.LOSS_PROBE) {
                set(Purpose.RETRANSMISSION, expiryNs, nowNs);
            }
        }
    }

    /** RACK is to look for losses again after so long (RFC 8985 section 6.2 step 5). */
    void detectLossAfter(long delayNs, long nowNs) {
        if (timer.isScheduled()) {
            set(Purpose.REORDERING, nowNs + Math.min(delayNs, expiryNs - nowNs), nowNs);
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

    private void onTimer(long nowNs) {
        switch (purpose) {
            case RETRANSMISSION -> onTimeout(nowNs);
            case LOSS_PROBE -> {
                set(Purpose.RETRANSMISSION, expiryNs, nowNs);
                if (c.recovery.sendProbe(nowNs)) {
                    expireAfterTimeout(nowNs); // RFC 8985 section 7.3
                }
            }
            case REORDERING -> {
                set(Purpose.RETRANSMISSION, expiryNs, nowNs);
                c.recovery.detectLoss(nowNs);
                c.transmission.run(nowNs);
            }
        }
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

    /** For a migration. */
    void transfer(StateTransfer t) {
        purpose = t.constant("what the retransmission timer is set for", purpose, PURPOSES);
        expiryNs = t.deadline(timer.isScheduled() ? expiryNs : t.nowNs());
        timeouts = t.within("timeouts", timeouts, 0, Integer.MAX_VALUE - 1);
        sinceNs = t.past(sinceNs);
        t.timer(timer, c.layer.timers);
    }
}
