package org.machbed.netstack.tcp;

import org.machbed.netstack.time.WheelTimer;

/**
 * Gives the memory of empty buffers back when nothing has used them for a while, so that connections that have nothing to say do
 * not hold what others wait for. A busy connection keeps its memory from one segment to the next.
 */
final class IdleBuffers {
    static final long IDLE_NS = 1_000_000_000L;

    private final TcpConnection c;
    private final WheelTimer timer;
    private long usedNs;

    IdleBuffers(TcpConnection connection) {
        this.c = connection;
        this.timer = new WheelTimer(this::onTimeout);
    }

    /** Octets went into a buffer, or out of one. */
    void onUsed(long nowNs) {
        usedNs = nowNs;
        if (!timer.isScheduled() && holdsMemory() && c.state != TcpState.CLOSED) {
            c.layer.timers.schedule(timer, nowNs + IDLE_NS, nowNs);
        }
    }

    void stop() {
        c.layer.timers.cancel(timer);
    }

    private boolean holdsMemory() {
        return c.sendBuffer.memoryBytes() != 0 || c.received.memoryBytes() != 0;
    }

    /** What is not empty is looked at again when it is used again: it cannot become empty before. */
    private void onTimeout(long nowNs) {
        if (nowNs - usedNs < IDLE_NS) {
            c.layer.timers.schedule(timer, usedNs + IDLE_NS, nowNs);
            return;
        }
        c.onChanged();
        c.sendBuffer.trim();
        c.received.trim();
        c.recovery.trim();
    }
}
