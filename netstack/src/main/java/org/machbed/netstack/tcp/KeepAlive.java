package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.time.WheelTimer;

/**
 * Keep-alives (RFC 9293 section 3.8.4): off unless asked for; after long silence a segment of no text, one number before
 * what the peer expects, asks whether it is still there. No answer to one of them means nothing, none to nine the end.
 */
final class KeepAlive {
    static final long INTERVAL_NS = 75_000_000_000L;
    static final int PROBES = 9;
    private static final long SECOND_NS = 1_000_000_000L;

    private final TcpConnection c;
    private final WheelTimer timer;
    private boolean enabled;
    private long idleNs = ConnectionOptions.KEEP_ALIVE_SECONDS * SECOND_NS;
    private int probes;

    KeepAlive(TcpConnection connection) {
        this.c = connection;
        this.timer = new WheelTimer(this::onTimeout);
    }

    boolean isEnabled() {
        return enabled;
    }

    void enable(boolean wanted, long nowNs) {
        enabled = wanted;
        probes = 0;
        if (wanted && c.state.isSynchronized()) {
            start(nowNs);
        } else {
            stop();
        }
    }

    /** How long the peer is silent before it is asked (MUST-27). */
    void idleSeconds(int seconds, long nowNs) {
        idleNs = seconds * SECOND_NS;
        if (timer.isScheduled()) {
            c.layer.timers.schedule(timer, Math.max(nowNs, c.heardNs + idleNs), nowNs);
        }
    }

    /** The connection is established. */
    void start(long nowNs) {
        if (enabled) {
            c.layer.timers.schedule(timer, nowNs + idleNs, nowNs);
        }
    }

    /** An acceptable segment came. The timer stays where it is and finds out when it fires. */
    void onHeard() {
        probes = 0;
    }

    void stop() {
        c.layer.timers.cancel(timer);
    }

    private void onTimeout(long nowNs) {
        if (c.state == TcpState.TIME_WAIT || c.state == TcpState.CLOSED) {
            return;
        }
        long dueNs = c.heardNs + idleNs;
        if (probes == 0 && nowNs < dueNs) {
            c.layer.timers.schedule(timer, dueNs, nowNs); // heard of since
            return;
        }
        if (c.send.outstandingBytes() != 0 || c.persist.isRunning()) {
            c.layer.timers.schedule(timer, Math.max(dueNs, nowNs + INTERVAL_NS), nowNs); // retransmissions ask already
            return;
        }
        if (probes == PROBES) {
            c.count(StackCounter.TCP_KEEP_ALIVE_TIMEOUTS);
            c.timeOut(nowNs);
            return;
        }
        probes++;
        c.count(StackCounter.TCP_KEEP_ALIVES_SENT);
        c.layer.timers.schedule(timer, nowNs + INTERVAL_NS, nowNs);
        c.layer.output.send(c, c.send.una - 1, 0, 0, nowNs);
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        enabled = t.flag("SO_KEEPALIVE", enabled);
        idleNs = t.within("TCP_KEEPIDLE", idleNs, 0, Integer.MAX_VALUE * SECOND_NS);
        probes = t.within("keep-alives", probes, 0, PROBES);
        t.timer(timer, c.layer.timers);
    }
}
