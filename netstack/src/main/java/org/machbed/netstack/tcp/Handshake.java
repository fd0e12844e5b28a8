package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;

/** How a connection begins, from CLOSED to ESTABLISHED (RFC 9293 section 3.5): SYNs sent, answered and learnt from. */
final class Handshake {
    private final TcpConnection c;

    Handshake(TcpConnection connection) {
        this.c = connection;
    }

    /** User call OPEN, active (RFC 9293 section 3.10.1). */
    void open(long nowNs) {
        c.send.start(c.layer.initialSequence(c, nowNs));
        c.sendBuffer.reset(c.send.iss + 1);
        c.state = TcpState.SYN_SENT;
        c.heardNs = nowNs;
        c.count(StackCounter.TCP_CONNECTIONS_OPENED);
        sendSyn(nowNs);
    }

    /** A SYN came to a listener (RFC 9293 section 3.10.7.2). */
    void openPassively(Segment s, long nowNs) {
        c.send.start(c.layer.initialSequence(c, nowNs));
        c.sendBuffer.reset(c.send.iss + 1);
        c.state = TcpState.SYN_RECEIVED;
        takePeersSyn(s, nowNs);
        sendSyn(nowNs);
    }

    /** The handshake is over and a cookie of ours tells what it said. */
    void openFromCookie(Segment s, int mssBytes, long nowNs) {
        c.send.start(s.ack - 1);
        c.send.sent(s.ack);
        c.sendBuffer.reset(s.ack);
        c.state = TcpState.SYN_RECEIVED;
        startReceiving(s.sequence - 1);
        c.size.peerMssBytes(mssBytes);
        c.offer.agreeByEcho(s.options);
        if (c.offer.windowScale >= 0) {
            c.send.shift = SynCookies.windowScale(s.options.timestampEcho());
            c.receive.shift = c.offer.windowScale;
        }
        if (c.offer.timestamps) {
            c.timestamps.start(s.options.timestampValue(), nowNs);
        }
        c.receive.offerUnscaled(c.received.windowBytes());
    }

    /** Learns from the peer's SYN what its side of the connection is like. */
    void takePeersSyn(Segment s, long nowNs) {
        startReceiving(s.sequence);
        c.heardNs = nowNs;
        c.offer.agree(s.options);
        if (s.options.mssBytes() != 0) {
            c.size.peerMssBytes(s.options.mssBytes());
        }
        if (c.offer.windowScale >= 0) {
            c.send.shift = s.options.windowScale();
            c.receive.shift = c.offer.windowScale;
        }
        if (c.offer.timestamps) {
            c.timestamps.start(s.options.timestampValue(), nowNs);
        }
        c.send.startWindow(s.sequence, s.has(TcpFlags.ACK) ? s.ack : c.send.iss, s.window);
    }

    private void startReceiving(int irs) {
        c.receive.start(irs);
        c.received.reset(irs + 1);
    }

    private void sendSyn(long nowNs) {
        boolean withAck = c.state == TcpState.SYN_RECEIVED;
        c.reports.noteOutcome(c.layer.output.sendSyn(c, withAck, nowNs));
        if (c.state == TcpState.CLOSED) {
            return; // there is no way to the peer
        }
        c.send.sent(c.send.iss + 1);
        c.timing.onSynSent(nowNs);
        c.retransmission.onSent(nowNs);
    }

    /** The retransmission timer of a SYN expired. */
    void repeatSyn(long nowNs) {
        c.timing.forget(); // Karn's algorithm (RFC 6298 section 3)
        c.count(StackCounter.TCP_SEGMENTS_RETRANSMITTED);
        c.reports.noteOutcome(c.layer.output.sendSyn(c, c.state == TcpState.SYN_RECEIVED, nowNs));
    }

    /** The peer's SYN crossed ours: it is answered by our SYN once more, with ACK. */
    void answerSyn(long nowNs) {
        c.timing.forget();
        c.reports.noteOutcome(c.layer.output.sendSyn(c, true, nowNs));
    }

    /** The peer's SYN came again. */
    void answerSynAgain(long nowNs) {
        if (c.challengeAcks.mayAnswerStray(nowNs)) {
            c.count(StackCounter.TCP_SEGMENTS_RETRANSMITTED);
            answerSyn(nowNs);
        }
    }

    /** Our SYN is acknowledged: the connection is established (RFC 9293 section 3.10.7.3 fourth, 3.10.7.4 fifth). */
    void synAcknowledged(Segment s, long nowNs) {
        boolean lost = c.retransmission.timeouts() != 0;
        c.timing.onSynAcked(s, nowNs);
        c.send.acknowledged(c.send.iss + 1);
        c.send.startWindow(s.sequence, s.ack, s.windowBytes(c.send.shift));
        c.state = c.state.afterSynAcknowledged();
        c.heardNs = nowNs;
        c.retransmission.stop();
        if (lost) {
            c.rtt.onEstablishedAfterLostSyn();
        }
        c.size.start(nowNs);
        c.congestion.start(c.segmentBytes(), lost);
        c.recovery.start();
        c.keepAlive.start(nowNs);
        c.raise(PendingEvents.CONNECTED | PendingEvents.WRITABLE);
        TcpListener from = c.listener;
        if (from != null) {
            c.listener = null;
            from.onEstablished(c);
        }
        if (c.closeRequested) {
            c.state = c.state.afterClose();
        }
    }
}
