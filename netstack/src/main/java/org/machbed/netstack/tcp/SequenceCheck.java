package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;

/** First, check the sequence number (RFC 9293 section 3.10.7.4), and before it the timestamp (RFC 7323 section 5.3). */
final class SequenceCheck {
    private SequenceCheck() {}

    static boolean passes(TcpConnection c, Segment s, long nowNs) {
        boolean reset = s.has(TcpFlags.RST);
        if (!reset && c.timestamps.enabled && !timestampPasses(c, s, nowNs)) {
            return false;
        }
        // A reset must lie within the window (RFC 5961 section 3.2): not at its edge, where other segments without text
        // may.
        boolean acceptable = reset ? c.receive.isInWindow(s.sequence) : c.receive.isAcceptable(s.sequence, s.length());
        if (!acceptable && !fitsZeroWindow(c, s)) {
            c.count(StackCounter.DROP_TCP_OUT_OF_WINDOW);
            refuse(c, s, nowNs);
            return false;
        }
        if (!reset && c.timestamps.enabled) {
            c.timestamps.note(s.options.timestampValue(), s.sequence, c.receive.lastAckSent, nowNs);
        }
        return true;
    }

    private static boolean timestampPasses(TcpConnection c, Segment s, long nowNs) {
        if (!s.options.timestamps()) {
            c.count(StackCounter.DROP_TCP_TIMESTAMP_MISSING); // RFC 7323 section 3.2
            if (s.has(TcpFlags.SYN)) {
                onSyn(c, s, nowNs); // a peer that forgot the connection has forgotten its timestamps too
            }
            return false;
        }
        if (c.timestamps.isOld(s.options.timestampValue(), nowNs)) {
            c.count(StackCounter.DROP_TCP_PAWS);
            refuse(c, s, nowNs);
            return false;
        }
        return true;
    }

    /**
     * "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to accept valid ACKs, URGs,
     * and RSTs" (also MUST-66): its text is cut off, and it is acknowledged so that a probe hears of the window.
     */
    private static boolean fitsZeroWindow(TcpConnection c, Segment s) {
        if (c.receive.windowBytes() != 0 || s.sequence != c.receive.nxt || s.has(TcpFlags.SYN)) {
            return false;
        }
        if (s.textBytes != 0) {
            s.textBytes = 0;
            s.flags &= ~TcpFlags.FIN;
        }
        c.delayedAck.now();
        return true;
    }

    /** "If an incoming segment is not acceptable, an acknowledgment should be sent in reply (unless the RST bit is set)." */
    private static void refuse(TcpConnection c, Segment s, long nowNs) {
        if (s.has(TcpFlags.RST)) {
            return;
        }
        if (s.has(TcpFlags.SYN)) {
            onSyn(c, s, nowNs);
            return;
        }
        if (c.state == TcpState.TIME_WAIT && s.has(TcpFlags.FIN)) {
            c.linger.restart(
                    nowNs); // a retransmission of the peer's FIN: acknowledge it, and restart the 2 MSL timeout
        }
        if (s.textBytes != 0 || s.has(TcpFlags.FIN)) {
            c.delayedAck.now();
        } else {
            c.challengeAcks.answerStray(nowNs);
        }
    }

    /** The peer's SYN came again: our answer was lost. Any other SYN is challenged (RFC 5961 section 4.2). */
    private static void onSyn(TcpConnection c, Segment s, long nowNs) {
        if (c.state == TcpState.SYN_RECEIVED && s.sequence == c.receive.irs && !s.has(TcpFlags.ACK)) {
            c.handshake.answerSynAgain(nowNs);
        } else {
            c.challengeAcks.challenge(nowNs);
        }
    }
}
