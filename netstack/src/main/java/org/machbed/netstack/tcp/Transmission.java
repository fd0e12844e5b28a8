package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;
import org.machbed.netstack.ipv4.SendOutcome;
import org.machbed.netstack.state.StateTransfer;

/**
 * Decides what goes out now: what loss recovery wants again, new text as far as both windows reach, FIN behind it, and if nothing
 * of that carried it, an ACK that is due. Small segments wait as RFC 9293 asks: for more to say (Nagle, section 3.7.4), or for
 * more window (sender's silly window avoidance, section 3.8.6.2.1).
 */
final class Transmission {
    /** When the link had no room, how long to wait for some. */
    private static final long NO_ROOM_DELAY_NS = 1_000_000L;

    private final TcpConnection c;

    /** When text went out last (RFC 5681 section 4.1). */
    private long lastSentNs;

    /** Whether the user wants small segments to go at once (TCP_NODELAY, MUST-17). */
    boolean noDelay;

    Transmission(TcpConnection connection) {
        this.c = connection;
    }

    void run(long nowNs) {
        if (c.state.transmits()) {
            c.size.update(nowNs);
            restartAfterIdleness(nowNs);
            if (c.recovery.retransmit(nowNs)) {
                boolean more = true;
                while (more) {
                    more = sendNext(nowNs);
                }
            }
            c.recovery.scheduleProbe(nowNs);
            watchWindow(nowNs);
        }
        if (c.delayedAck.isDue() && c.state != TcpState.CLOSED) {
            acknowledge(nowNs);
        }
    }

    /** Sends an ACK and nothing else. */
    void acknowledge(long nowNs) {
        if (c.layer.output.send(c, c.send.ackSequence(), 0, 0, nowNs) == SendOutcome.NO_ROOM) {
            c.delayedAck.retryAt(nowNs + NO_ROOM_DELAY_NS, nowNs);
        }
    }

    private void restartAfterIdleness(long nowNs) {
        if (c.send.flightBytes() == 0 && unsentBytes() > 0 && nowNs - lastSentNs > c.rtt.rtoNs()) {
            c.congestion.onIdleRestart(nowNs);
            lastSentNs = nowNs;
        }
    }

    /** Text behind SND.NXT. */
    private int unsentBytes() {
        return Math.max(0, c.sendBuffer.bytesFrom(c.send.nxt));
    }

    /** Whether FIN is to follow the text and is not sent, or not sent again, yet. */
    private boolean finIsUnsent() {
        return c.state.finQueued() && SequenceNumber.lessOrEqual(c.send.nxt, c.sendBuffer.endSequence());
    }

    /** Sends the next segment in sequence, if it may go; answers whether to ask again. */
    private boolean sendNext(long nowNs) {
        int unsent = unsentBytes();
        boolean fin = finIsUnsent();
        if (unsent == 0 && !fin) {
            return false;
        }
        int usable = c.send.usableBytes();
        int length = Math.clamp(usable, 0, Math.min(unsent, c.size.textRoomBytes()));
        boolean last = length == unsent;
        boolean withFin = fin && last && usable > length;
        boolean may = c.recovery.hasRoom() && c.recovery.mayGo(length) && isWorthwhile(length, last, withFin);
        return (length != 0 || withFin) && may && transmit(length, last, withFin, nowNs);
    }

    /**
     * Sends the next segment in sequence whatever the congestion window says (RFC 8985 section 7.3); answers whether it went. It is
     * pushed: nothing follows before its acknowledgment, which a receiver that waits for a second segment would hold back.
     */
    boolean sendProbe(long nowNs) {
        int unsent = unsentBytes();
        int usable = c.send.usableBytes();
        int length = Math.clamp(usable, 0, Math.min(unsent, c.size.textRoomBytes()));
        boolean withFin = finIsUnsent() && length == unsent && usable > length;
        return (length != 0 || withFin) && c.recovery.hasRoom() && transmit(length, true, withFin, nowNs);
    }

    /**
     * RFC 9293 section 3.8.6.2.1: (1) a full segment, (2) all that there is, unless Nagle holds it, or (3) a good part of the largest
     * window. The override timeout of (4) is {@link Persist}'s.
     */
    private boolean isWorthwhile(int length, boolean last, boolean withFin) {
        boolean nothingOnTheWay = noDelay || c.send.flightBytes() == 0;
        return length == c.size.textRoomBytes()
                || withFin
                || (last && nothingOnTheWay)
                || (nothingOnTheWay && 2 * length >= c.send.largestWindowBytes && length != 0);
    }

    private boolean transmit(int length, boolean push, boolean withFin, long nowNs) {
        int sequence = c.send.nxt;
        int end = sequence + length + (withFin ? 1 : 0);
        int flags = (push && length != 0 ? TcpFlags.PSH : 0) | (withFin ? TcpFlags.FIN : 0);
        SendOutcome outcome = c.layer.output.send(c, sequence, flags, length, nowNs);
        if (stalls(outcome, nowNs)) {
            return false;
        }
        c.send.sent(end);
        c.recovery.onSent(nowNs);
        c.persist.stop();
        c.retransmission.onSent(nowNs);
        lastSentNs = nowNs;
        return true;
    }

    /** Sends once more what was sent before, FIN behind it too; answers how many numbers went, 0 for none. */
    int repeat(int sequence, int lengthBytes, long nowNs) {
        int sentEnd = SequenceNumber.min(c.send.max, c.sendBuffer.endSequence());
        int text = Math.clamp(sentEnd - sequence, 0, lengthBytes);
        boolean last = sequence + text == c.sendBuffer.endSequence();
        boolean withFin = last && c.state.finQueued() && SequenceNumber.greaterThan(c.send.max, sequence + text);
        if (text == 0 && !withFin) {
            return 0;
        }
        int flags = (last && text != 0 ? TcpFlags.PSH : 0) | (withFin ? TcpFlags.FIN : 0);
        if (stalls(c.layer.output.send(c, sequence, flags, text, nowNs), nowNs)) {
            return 0;
        }
        c.count(StackCounter.TCP_SEGMENTS_RETRANSMITTED);
        c.retransmission.onSent(nowNs);
        return text + (withFin ? 1 : 0);
    }

    /**
     * Whether sending is to stop here. A full link is asked again soon; a path that is gone or narrower than thought is as good as
     * a loss, which the retransmission timer sees to.
     */
    private boolean stalls(SendOutcome outcome, long nowNs) {
        if (outcome == SendOutcome.NO_ROOM) {
            c.delayedAck.retryAt(nowNs + NO_ROOM_DELAY_NS, nowNs);
        } else {
            c.reports.noteOutcome(outcome);
        }
        return outcome == SendOutcome.NO_ROOM || outcome == SendOutcome.TOO_BIG;
    }

    /** Lets {@link Persist} ask while something waits and nothing that is on its way will bring an ACK. */
    private void watchWindow(long nowNs) {
        boolean waits = unsentBytes() != 0 || finIsUnsent();
        if (waits && c.send.flightBytes() == 0) {
            c.retransmission.stop();
            c.persist.start(nowNs);
        } else {
            c.persist.stop();
        }
    }

    /**
     * {@link Persist}'s time came: sends what fits into a small window, or one octet (or FIN) beyond a closed one; answers whether
     * it was such a probe. A probe does not move SND.NXT: its octet goes again with the others once there is a window.
     */
    boolean probe(long nowNs) {
        int unsent = unsentBytes();
        int usable = Math.max(0, c.send.usableBytes());
        int length = Math.min(unsent, Math.min(c.size.textRoomBytes(), usable));
        boolean closed = length == 0;
        if (closed) {
            length = Math.min(unsent, 1);
        }
        boolean withFin = length == 0 && finIsUnsent();
        boolean last = length == unsent;
        if (!closed) {
            transmit(length, last, c.state.finQueued() && last && usable > length, nowNs);
            return false;
        }
        int flags = (last && length != 0 ? TcpFlags.PSH : 0) | (withFin ? TcpFlags.FIN : 0);
        int sequence = c.send.nxt;
        c.layer.output.send(c, sequence, flags, length, nowNs);
        c.send.max = SequenceNumber.max(c.send.max, sequence + length + (withFin ? 1 : 0));
        return true;
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        lastSentNs = t.past(lastSentNs);
        noDelay = t.flag("TCP_NODELAY", noDelay);
    }
}
