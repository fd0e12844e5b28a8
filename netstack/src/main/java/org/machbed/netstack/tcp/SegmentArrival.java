package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;

/**
 * SEGMENT ARRIVES, "otherwise" (RFC 9293 section 3.10.7.4): what SYN-RECEIVED and the synchronized states do with a segment, in
 * the RFC's eight steps. Each is a method or a class of its own, and answers whether the next one is taken.
 */
final class SegmentArrival {
    private SegmentArrival() {}

    static void process(TcpConnection c, Segment s, long nowNs) {
        if (isSimultaneousSynAck(c, s)) {
            s.removeSyn();
        }
        boolean goesOn = SequenceCheck.passes(c, s, nowNs) // first
                && noReset(c, s, nowNs) // second; third, security and compartment, is not there
                && noSyn(c, s, nowNs) // fourth
                && Acknowledgement.passes(c, s, nowNs); // fifth
        if (goesOn) {
            urgent(c, s); // sixth
            Text.take(c, s, nowNs); // seventh and eighth
        }
    }

    /**
     * The SYN and ACK with which a peer answers our SYN that crossed its own (RFC 9293 section 3.5, figure 7, lines 5 to 7): its SYN
     * is the one that we know, so that it is left of the window.
     */
    private static boolean isSimultaneousSynAck(TcpConnection c, Segment s) {
        return c.state == TcpState.SYN_RECEIVED
                && !c.passive
                && s.has(TcpFlags.SYN)
                && s.has(TcpFlags.ACK)
                && !s.has(TcpFlags.RST)
                && s.sequence == c.receive.irs;
    }

    /**
     * Second, check the RST bit (RFC 5961 section 3.2): only a reset with exactly the next sequence number is believed; another
     * one in the window is answered so that an honest peer can correct itself.
     */
    private static boolean noReset(TcpConnection c, Segment s, long nowNs) {
        if (!s.has(TcpFlags.RST)) {
            return true;
        }
        if (s.sequence == c.receive.nxt) {
            c.reset(nowNs);
        } else {
            c.count(StackCounter.DROP_TCP_BLIND_RESET);
            c.challengeAcks.challenge(nowNs);
        }
        return false;
    }

    /**
     * Fourth, check the SYN bit. In a synchronized state it is answered by a challenge, wherever it lies (RFC 5961 section 4.2);
     * in SYN-RECEIVED after a passive open the connection returns to LISTEN (RFC 9293 section 3.10.7.4).
     */
    private static boolean noSyn(TcpConnection c, Segment s, long nowNs) {
        if (!s.has(TcpFlags.SYN)) {
            return true;
        }
        c.count(StackCounter.DROP_TCP_UNEXPECTED_SYN);
        if (c.state == TcpState.SYN_RECEIVED && c.passive) {
            c.end(null, nowNs);
        } else {
            c.challengeAcks.challenge(nowNs);
        }
        return false;
    }

    /** Sixth, check the URG bit: the urgent data stay in line (RFC 6093), and the user is told and may ask where they end. */
    private static void urgent(TcpConnection c, Segment s) {
        if (s.has(TcpFlags.URG) && c.state.receivesText()) {
            c.reception.urgent(s.header.sequence() + s.header.urgentPointer());
        }
    }
}
