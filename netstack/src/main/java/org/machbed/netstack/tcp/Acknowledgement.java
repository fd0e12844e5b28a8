package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;

/** Fifth, check the ACK field (RFC 9293 section 3.10.7.4). */
final class Acknowledgement {
    private Acknowledgement() {}

    static boolean passes(TcpConnection c, Segment s, long nowNs) {
        if (!s.has(TcpFlags.ACK)) {
            c.count(StackCounter.DROP_TCP_NO_ACK);
            return false;
        }
        if (c.state == TcpState.SYN_RECEIVED && !completesHandshake(c, s, nowNs)) {
            return false;
        }
        if (!c.send.isPlausibleAck(s.ack)) {
            // RFC 5961 section 5.2, and what RFC 9293 asks for an ACK of what was not sent yet.
            c.count(StackCounter.DROP_TCP_UNACCEPTABLE_ACK);
            c.challengeAcks.challenge(nowNs);
            return false;
        }
        c.heardNs = nowNs;
        c.keepAlive.onHeard();
        take(c, s, nowNs);
        return c.state != TcpState.CLOSED;
    }

    /** "If SND.UNA &lt; SEG.ACK =&lt; SND.NXT, then enter ESTABLISHED state", otherwise a reset answers. */
    private static boolean completesHandshake(TcpConnection c, Segment s, long nowNs) {
        if (!c.send.isNewAck(s.ack)) {
            c.count(StackCounter.DROP_TCP_UNACCEPTABLE_ACK);
            c.layer.output.sendResetFor(s, nowNs);
            return false;
        }
        if (!c.listenerHasRoom()) {
            // As Linux: the ACK is as good as lost, and the repeated SYN and ACK will bring another one.
            c.count(StackCounter.DROP_TCP_ACCEPT_QUEUE_FULL);
            return false;
        }
        c.handshake.synAcknowledged(s, nowNs);
        return true;
    }

    private static void take(TcpConnection c, Segment s, long nowNs) {
        SendSequence send = c.send;
        int flightBefore = send.flightBytes();
        int previousWindow = send.windowBytes;
        int ackedBytes = send.isNewAck(s.ack) ? s.ack - send.una : 0;
        boolean current = ackedBytes != 0 || s.ack == send.una;
        boolean reopened =
                current && send.updateWindow(s.sequence, s.ack, s.windowBytes(send.shift)) && previousWindow == 0;
        if (ackedBytes != 0) {
            send.acknowledged(s.ack);
            c.reports.forget();
            c.forgetSent(s.ack, nowNs);
        }
        int newlySacked = c.recovery.update(s, nowNs);
        c.timing.onAck(s, ackedBytes != 0, c.recovery.roundTripNs(), flightBefore, nowNs);
        boolean repeats = saysNothingNew(c, s, ackedBytes, previousWindow);
        c.recovery.onProbeAck(s, repeats && s.options.sackBlocks() == 0, flightBefore, nowNs);
        if (ackedBytes != 0) {
            c.recovery.onNewAck(ackedBytes, flightBefore, nowNs);
            c.retransmission.onAcked(nowNs);
        } else if (newlySacked != 0 || (!c.offer.sack && repeats && c.send.flightBytes() != 0)) {
            c.recovery.onDuplicateAck(nowNs);
        }
        c.recovery.detectLoss(nowNs);
        if (reopened && c.retransmission.timeouts() != 0) {
            c.recovery.onWindowReopened();
        }
        if (ackedBytes != 0) {
            finish(c, nowNs);
        }
    }

    private static void finish(TcpConnection c, long nowNs) {
        if (c.finAcknowledged()) {
            onFinAcknowledged(c, nowNs);
        }
        c.raise(PendingEvents.WRITABLE);
    }

    /** RFC 5681 section 2: with something on its way it is a duplicate. */
    private static boolean saysNothingNew(TcpConnection c, Segment s, int ackedBytes, int previousWindow) {
        return ackedBytes == 0 && s.ack == c.send.una && s.length() == 0 && c.send.windowBytes == previousWindow;
    }

    private static void onFinAcknowledged(TcpConnection c, long nowNs) {
        TcpState next = c.state.afterFinAcknowledged();
        if (next == TcpState.CLOSED) {
            c.end(null, nowNs);
            return;
        }
        boolean changed = next != c.state;
        c.state = next;
        if (next == TcpState.TIME_WAIT) {
            c.enterTimeWait(nowNs);
        } else if (changed && next == TcpState.FIN_WAIT_2 && c.receiveClosed) {
            c.linger.restart(nowNs);
        }
    }
}
