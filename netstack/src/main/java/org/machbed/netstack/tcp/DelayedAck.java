package org.machbed.netstack.tcp;

import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.time.WheelTimer;

/**
 * When text is acknowledged (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2): every second full-sized segment at once, a lone one
 * after {@link #DELAY_NS} unless something else is sent before. A young connection acknowledges everything at once, so that the
 * peer's slow start gets going and its delayed segments do not wait (Linux calls this quick acknowledgments). So does one that has
 * just lost something: the peer's window is small then, and one lost acknowledgment would leave it waiting for a delayed one.
 *
 * <p>Behind a gap the first segments are acknowledged at once. With SACK the peer knows of its loss then, and every second segment
 * is enough for the rest, which at high rates come in hundreds: each acknowledgment says all (Linux compresses them further).
 */
final class DelayedAck {
    /** MUST-40: less than 500 ms. Linux's least is the same. */
    static final long DELAY_NS = 40_000_000L;

    private static final int QUICK_SEGMENTS = 16;

    /** RFC 5681 section 3.2: so many duplicates tell a peer of its loss. */
    private static final int DUPLICATES = 3;

    /** How long one behind a gap waits for the next. */
    static final long DELAY_BEHIND_GAP_NS = 1_000_000L;

    /** A segment shorter than this is not what the peer's MSS makes. */
    private static final int LEAST_FULL_SIZED_BYTES = 536;

    private final TcpConnection c;
    private final WheelTimer timer;
    private int quickSegments = QUICK_SEGMENTS;
    private boolean now;
    private int waitingBytes;

    /** Segments that came behind the present gap. */
    private int behindGap;

    /** The longest segment seen: our estimate of the peer's full size. */
    private int fullSizedBytes = LEAST_FULL_SIZED_BYTES;

    DelayedAck(TcpConnection connection) {
        this.c = connection;
        this.timer = new WheelTimer(this::onTimeout);
    }

    /** The segment at hand is acknowledged when all of it has been dealt with. */
    void now() {
        now = true;
    }

    /** Text came that fills a gap, was here before or finds no room (RFC 5681 section 4.2). */
    void onDisorder() {
        quickSegments = QUICK_SEGMENTS;
        behindGap = 0;
        now = true;
    }

    /** New text came behind a gap, all of which is kept. */
    void onTextBehindGap(int bytes, long nowNs) {
        quickSegments = QUICK_SEGMENTS;
        behindGap = Math.min(behindGap + 1, DUPLICATES + 1);
        waitingBytes += bytes;
        if (!c.offer.sack || behindGap <= DUPLICATES || waitingBytes >= 2 * fullSizedBytes) {
            now = true;
        } else if (!timer.isScheduled()) {
            c.layer.timers.schedule(timer, nowNs + DELAY_BEHIND_GAP_NS, nowNs);
        }
    }

    /** In-order text came. */
    void onText(int bytes, long nowNs) {
        fullSizedBytes = Math.max(fullSizedBytes, bytes);
        waitingBytes += bytes;
        if (quickSegments > 0) {
            quickSegments--;
            now = true;
        } else if (waitingBytes >= 2 * fullSizedBytes) {
            now = true;
        } else if (!timer.isScheduled()) {
            c.layer.timers.schedule(timer, nowNs + DELAY_NS, nowNs);
        }
    }

    /** Whether an acknowledgment must go out before the call into the stack returns. */
    boolean isDue() {
        return now;
    }

    /** A segment with an ACK went out. */
    void onAckSent() {
        now = false;
        waitingBytes = 0;
        c.layer.timers.cancel(timer);
    }

    /** The link had no room: tries again soon. */
    void retryAt(long deadlineNs, long nowNs) {
        c.layer.timers.schedule(timer, deadlineNs, nowNs);
    }

    void stop() {
        now = false;
        c.layer.timers.cancel(timer);
    }

    private void onTimeout(long nowNs) {
        now = true;
        c.transmission.run(nowNs);
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        quickSegments = t.within("quick acknowledgments", quickSegments, 0, QUICK_SEGMENTS);
        now = t.flag("an acknowledgment that is due", now);
        waitingBytes = t.within("unacknowledged octets", waitingBytes, 0, Integer.MAX_VALUE);
        behindGap = t.within("segments behind the gap", behindGap, 0, DUPLICATES + 1);
        fullSizedBytes = t.within("a full-sized segment", fullSizedBytes, 0, 0xFFFF);
        t.timer(timer, c.layer.timers);
    }
}
