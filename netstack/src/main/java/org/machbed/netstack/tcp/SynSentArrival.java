package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;

/** SEGMENT ARRIVES in SYN-SENT (RFC 9293 section 3.10.7.3), in the RFC's five steps. */
final class SynSentArrival {
    private SynSentArrival() {}

    static void process(TcpConnection c, Segment s, long nowNs) {
        boolean acknowledges = s.has(TcpFlags.ACK);
        // First: an ACK of anything but our SYN is answered by a reset.
        if (acknowledges && !c.send.isNewAck(s.ack)) {
            c.count(StackCounter.DROP_TCP_UNACCEPTABLE_ACK);
            c.layer.output.sendResetFor(s, nowNs);
            return;
        }
        // Second: a reset is believed when it acknowledges our SYN (RFC 5961 section 3.2 too). Third, security, is not
        // there.
        if (s.has(TcpFlags.RST)) {
            if (acknowledges) {
                c.reset(nowNs);
            } else {
                c.count(StackCounter.DROP_TCP_BLIND_RESET);
            }
            return;
        }
        // Fourth and fifth.
        if (!s.has(TcpFlags.SYN)) {
            c.count(StackCounter.DROP_TCP_ILLEGAL_FLAGS);
            return;
        }
        c.handshake.takePeersSyn(s, nowNs);
        if (acknowledges) {
            establish(c, s, nowNs);
        } else {
            // Simultaneous open (figure 7): the text, if any, comes again once we have answered.
            c.state = TcpState.SYN_RECEIVED;
            c.retransmission.restart(nowNs);
            c.handshake.answerSyn(nowNs);
        }
    }

    private static void establish(TcpConnection c, Segment s, long nowNs) {
        c.handshake.synAcknowledged(s, nowNs);
        c.delayedAck.now();
        s.removeSyn();
        // "If there are other controls or text in the segment, then continue processing at the sixth step."
        if (s.length() != 0 && c.receive.isAcceptable(s.sequence, s.length())) {
            Text.take(c, s, nowNs);
        }
    }
}
