package org.machbed.netstack.tcp;

import org.machbed.netstack.state.StateTransfer;

/**
 * Our sequence space and the peer's window on it (RFC 9293 section 3.3.1, figure 3).
 *
 * <pre>
 *    acknowledged   |  on the way  | probe |  may be sent  |
 *  -----------------|--------------|-------|---------------|-----
 *                  una            nxt     max         una + window
 * </pre>
 *
 * RFC 9293's SND.NXT is {@code max}: what an acknowledgment may not exceed.
 */
final class SendSequence {
    /** No window, and so nothing that is on its way, is larger (RFC 7323 section 2.2). */
    private static final int LARGEST_FLIGHT_BYTES = 1 << 30;

    /** ISS: the number of our SYN. */
    int iss;

    /** SND.UNA: the oldest number not acknowledged. */
    int una;

    /** What new transmission goes on with: {@link #max}, but for the octet of a window probe. */
    int nxt;

    /** The highest number sent, plus one. */
    int max;

    /** SND.WND, in bytes. */
    int windowBytes;

    /** MAX.SND.WND (RFC 5961 section 5), also for silly window avoidance (RFC 9293 section 3.8.6.2.1). */
    int largestWindowBytes;

    /** Shift of the window field in what comes; 0 until both sides agreed. */
    int shift;

    /** SND.UP: the number after urgent data, of meaning while {@link #urgent}. */
    private int up;

    private boolean urgent;

    private int wl1;
    private int wl2;

    void start(int iss) {
        this.iss = iss;
        una = iss;
        nxt = iss;
        max = iss;
    }

    /** Our SYN, data or FIN up to {@code end} goes out. */
    void sent(int end) {
        nxt = end;
        max = SequenceNumber.max(max, end);
    }

    boolean synAcknowledged() {
        return una != iss;
    }

    /** What was sent and is not acknowledged. */
    int outstandingBytes() {
        return max - una;
    }

    /** FlightSize: what was sent and is not acknowledged, a window probe left out. */
    int flightBytes() {
        return nxt - una;
    }

    /** RFC 9293 section 3.10.7.4 fifth: the peer has everything before {@code ack}. */
    void acknowledged(int ack) {
        una = ack;
        nxt = SequenceNumber.max(nxt, ack);
        urgent &= SequenceNumber.greaterThan(up, ack);
    }

    /** SEG.SEQ of an ACK without text: SND.NXT, as far as a peer that shrank its window takes it. */
    int ackSequence() {
        int edge = una + windowBytes;
        return SequenceNumber.lessOrEqual(max, edge) ? max : edge;
    }

    /** Data up to {@code end} are urgent (RFC 9293 section 3.10.2). */
    void markUrgent(int end) {
        up = end;
        urgent = true;
    }

    /** The urgent field of a segment: how far behind its start urgent data end (MUST-62), 0 for none. */
    int urgentPointer(int sequence) {
        return urgent && SequenceNumber.greaterThan(up, sequence) ? Math.min(up - sequence, 0xFFFF) : 0;
    }

    /** How far the window reaches beyond what is sent; negative after the peer shrank it. */
    int usableBytes() {
        return una + windowBytes - nxt;
    }

    /** RFC 9293 section 3.10.7.4 fifth: SND.UNA &lt; SEG.ACK =&lt; SND.NXT. */
    boolean isNewAck(int ack) {
        return SequenceNumber.greaterThan(ack, una) && SequenceNumber.lessOrEqual(ack, max);
    }

    /** RFC 5961 section 5.2: (SND.UNA - MAX.SND.WND) =&lt; SEG.ACK =&lt; SND.NXT. */
    boolean isPlausibleAck(int ack) {
        return SequenceNumber.greaterOrEqual(ack, una - largestWindowBytes) && SequenceNumber.lessOrEqual(ack, max);
    }

    /** The window that the handshake brings. */
    void startWindow(int sequence, int ack, int bytes) {
        wl1 = sequence;
        wl2 = ack;
        windowBytes = bytes;
        largestWindowBytes = Math.max(largestWindowBytes, windowBytes);
    }

    /**
     * RFC 9293 section 3.10.7.4 fifth: takes the window unless an older segment brings it. A new acknowledgment was sent after all
     * that acknowledged less, so its window is the latest even when its text is sent again and its sequence number is old; with the
     * window of before, the edge would go further than any that was offered (section 3.8.6). It is given before
     * {@link #acknowledged} is.
     *
     * @return whether the right edge moved to the right
     */
    boolean updateWindow(int sequence, int ack, int bytes) {
        boolean newer = isNewAck(ack)
                || SequenceNumber.lessThan(wl1, sequence)
                || (wl1 == sequence && SequenceNumber.lessOrEqual(wl2, ack));
        if (!newer) {
            return false;
        }
        int previous = windowBytes;
        wl1 = SequenceNumber.max(wl1, sequence);
        wl2 = ack;
        windowBytes = bytes;
        largestWindowBytes = Math.max(largestWindowBytes, windowBytes);
        return windowBytes > previous;
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        iss = t.number(iss);
        una = t.number(una);
        nxt = una + t.within("SND.NXT - SND.UNA", nxt - una, 0, LARGEST_FLIGHT_BYTES);
        max = nxt + t.within("SND.MAX - SND.NXT", max - nxt, 0, LARGEST_FLIGHT_BYTES);
        windowBytes = t.within("SND.WND", windowBytes, 0, LARGEST_FLIGHT_BYTES);
        largestWindowBytes = t.within("MAX.SND.WND", largestWindowBytes, windowBytes, LARGEST_FLIGHT_BYTES);
        shift = t.within("Snd.Wind.Shift", shift, 0, TcpOptions.MAXIMUM_WINDOW_SCALE);
        up = t.number(up);
        urgent = t.flag("SND.UP's flag", urgent);
        wl1 = t.number(wl1);
        wl2 = t.number(wl2);
    }
}
