package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.time.WheelTimer;

/**
 * Asks a peer whose window is closed, or too small to be worth a segment, whether that is still so (RFC 9293 section 3.8.6.1): one
 * octet beyond the window, first after a retransmission timeout and then ever more rarely. It also is the override timer of silly
 * window avoidance (section 3.8.6.2.1): a window that is small but not closed gets what fits.
 */
final class Persist {
    /** As rarely as this at last. */
    static final long LONGEST_NS = 60_000_000_000L;

    private final TcpConnection c;
    private final WheelTimer timer;
    private int probes;

    /** When this began. */
    private long sinceNs;

    Persist(TcpConnection connection) {
        this.c = connection;
        this.timer = new WheelTimer(this::onTimeout);
    }

    boolean isRunning() {
        return timer.isScheduled();
    }

    /** Something waits to be sent, nothing is on its way that would bring an ACK, and the window does not let it go. */
    void start(long nowNs) {
        if (!timer.isScheduled()) {
            sinceNs = nowNs;
            schedule(nowNs);
        }
    }

    private void schedule(long nowNs) {
        long delayNs = Math.min(c.rtt.rtoNs() << Math.min(probes, 16), LONGEST_NS);
        c.layer.timers.schedule(timer, nowNs + delayNs, nowNs);
    }

    void stop() {
        probes = 0;
        c.layer.timers.cancel(timer);
    }

    private void onTimeout(long nowNs) {
        // MUST-37: a peer that acknowledges probes is waited for without limit, unless our application has gone.
        long patientSinceNs = c.receiveClosed ? sinceNs : Math.max(sinceNs, c.heardNs);
        if (nowNs - patientSinceNs >= c.userTimeoutNs) {
            c.timeOut(nowNs);
            return;
        }
        probes++;
        schedule(nowNs);
        if (c.transmission.probe(nowNs)) {
            c.count(StackCounter.TCP_ZERO_WINDOW_PROBES_SENT);
        }
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        probes = t.within("window probes", probes, 0, Integer.MAX_VALUE - 1);
        sinceNs = t.past(sinceNs);
        t.timer(timer, c.layer.timers);
    }
}
