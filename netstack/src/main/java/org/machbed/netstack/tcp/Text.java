package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;

/** Seventh, process the segment text, and eighth, check the FIN bit (RFC 9293 section 3.10.7.4). */
final class Text {
    private Text() {}

    static void take(TcpConnection c, Segment s, long nowNs) {
        if (c.state == TcpState.CLOSED || (s.textBytes == 0 && !s.has(TcpFlags.FIN))) {
            return;
        }
        if (!c.state.receivesText()) {
            // A FIN was received before: text behind it is ignored, and so is another FIN.
            c.count(StackCounter.DROP_TCP_DATA_AFTER_CLOSE);
            c.delayedAck.now();
            return;
        }
        int previous = c.receive.nxt;
        if (s.textBytes != 0 && !takeText(c, s, nowNs)) {
            return;
        }
        noteFin(c, s);
        boolean advanced = c.receive.nxt != previous;
        if (c.receive.finKnown && c.receive.nxt == c.receive.fin) {
            takeFin(c, nowNs);
        }
        if (advanced) {
            c.raise(PendingEvents.READABLE);
        }
    }

    /** Answers whether the connection is still there. */
    private static boolean takeText(TcpConnection c, Segment s, long nowNs) {
        ReceiveSequence receive = c.receive;
        cutAtEdge(receive, s);
        int end = s.sequence + s.textBytes;
        if (c.receiveClosed && SequenceNumber.greaterThan(end, receive.nxt)) {
            // RFC 9293 section 3.6.1: data for an application that has gone SHOULD be answered by a reset, since they
            // are lost.
            c.count(StackCounter.DROP_TCP_DATA_AFTER_CLOSE);
            c.abort(TcpError.RESET, nowNs);
            return false;
        }
        boolean inOrder = SequenceNumber.lessOrEqual(s.sequence, receive.nxt);
        boolean hadGap = c.received.hasGaps();
        int previous = receive.nxt;
        int previouslyBehindGap = c.received.outOfOrderBytes();
        c.reception.store(s, nowNs);
        int advancedBytes = receive.nxt - previous;
        if (!inOrder) {
            c.count(StackCounter.TCP_OUT_OF_ORDER_SEGMENTS);
        }
        if (!inOrder && hadGap && c.received.outOfOrderBytes() - previouslyBehindGap == s.textBytes) {
            c.delayedAck.onTextBehindGap(s.textBytes, nowNs);
        } else if (!inOrder || hadGap || advancedBytes != s.textBytes) {
            c.delayedAck.onDisorder();
        } else {
            c.delayedAck.onText(advancedBytes, nowNs);
        }
        return true;
    }

    /** What lies beyond the window, and with it a FIN at its end, is left for later. */
    private static void cutAtEdge(ReceiveSequence receive, Segment s) {
        int edge = receive.finKnown ? receive.fin : receive.edge;
        int beyond = s.sequence + s.textBytes - edge;
        if (beyond > 0) {
            s.textBytes = Math.max(0, s.textBytes - beyond);
            s.flags &= ~TcpFlags.FIN;
        }
    }

    /**
     * Where the stream ends, once the segment that says so has come. A FIN just behind the window is taken too, since it needs no
     * room; one whose text was cut off at the window's edge will come again.
     */
    private static void noteFin(TcpConnection c, Segment s) {
        if (!s.has(TcpFlags.FIN) || c.receive.finKnown) {
            return;
        }
        int fin = s.sequence + s.textBytes;
        if (SequenceNumber.greaterOrEqual(fin, c.receive.nxt) && SequenceNumber.lessOrEqual(fin, c.receive.edge)) {
            c.receive.finKnown = true;
            c.receive.fin = fin;
        }
        c.delayedAck.now();
    }

    private static void takeFin(TcpConnection c, long nowNs) {
        ReceiveSequence receive = c.receive;
        receive.nxt++;
        receive.edge = SequenceNumber.max(receive.edge, receive.nxt);
        c.delayedAck.now();
        c.state = c.state.afterFin();
        if (c.state == TcpState.TIME_WAIT) {
            c.enterTimeWait(nowNs);
        }
        c.raise(PendingEvents.READABLE);
    }
}
