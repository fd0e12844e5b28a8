package org.machbed.netstack.tcp;

import org.machbed.netstack.state.StateTransfer;

/**
 * What we expect of the peer's sequence space, and the window that we offered of it (RFC 9293 section 3.3.1, figure 4).
 *
 * <pre>
 *        taken          |   may come now    |  not offered yet
 *  ---------------------|-------------------|------------------
 *                      nxt                 edge
 * </pre>
 *
 * The edge never goes back: a window once offered is not shrunk (RFC 9293 section 3.8.6, SHLD-14).
 */
final class ReceiveSequence {
    private static final int LARGEST_FIELD = 0xFFFF;

    /** IRS: the number of the peer's SYN. */
    int irs;

    /** RCV.NXT: the next number that we expect. */
    int nxt;

    /** RCV.NXT + RCV.WND as the peer was last told. */
    int edge;

    /** RCV.UP: the number after urgent data, but never further back than what was read, so that it compares. */
    private int up;

    /** The acknowledgment number that we sent last (RFC 7323 section 4.3, Last.ACK.sent). */
    int lastAckSent;

    /** Shift of the window field in what we send; 0 until both sides agreed (RFC 7323 section 2.2). */
    int shift;

    /** Whether a segment told where the peer's stream ends, and where. */
    boolean finKnown;

    int fin;

    /** The peer's SYN came; a window that our own SYN offered counts from here. */
    void start(int irs) {
        int offeredBytes = windowBytes();
        this.irs = irs;
        nxt = irs + 1;
        edge = nxt + offeredBytes;
        up = nxt;
        lastAckSent = nxt;
    }

    /** RCV.WND. */
    int windowBytes() {
        return edge - nxt;
    }

    /**
     * RFC 9293 section 3.4, table 5, with one addition that Linux makes too: a segment that occupies nothing may lie on the right
     * edge itself, where a sender's SND.NXT is while its full window is on the way.
     */
    boolean isAcceptable(int sequence, int length) {
        int window = windowBytes();
        if (length == 0) {
            return SequenceNumber.inWindow(sequence, nxt, window + 1);
        }
        if (window == 0) {
            return false;
        }
        // They overlap: one begins in the other. That also holds for a segment longer than the window, and asks for no
        // order of
        // numbers, which half of the sequence space away would be the wrong way round.
        return isInWindow(sequence) || SequenceNumber.inWindow(nxt, sequence, length);
    }

    /** Whether it is one of the numbers that may come now. */
    boolean isInWindow(int sequence) {
        return SequenceNumber.inWindow(sequence, nxt, windowBytes());
    }

    /**
     * The window field of a segment about to be sent, which moves the edge. The window grows only by what is worth a segment
     * (RFC 9293 section 3.8.6.2.2: silly window syndrome avoidance), and where the shift cuts off bits it is rounded so that the
     * edge does not move back (RFC 7323 section 2.4).
     *
     * @param freeBytes for which there is room behind {@link #nxt}
     * @param worthwhileBytes by which the edge moves at least, if it does
     */
    int offer(int freeBytes, int worthwhileBytes) {
        int current = windowBytes();
        int roundingBytes = (1 << shift) - 1;
        int offered = freeBytes - roundingBytes;
        int bytes = offered - current >= worthwhileBytes ? offered : current;
        int field = Math.min(bytes >> shift, LARGEST_FIELD);
        if (field << shift < current) {
            field = (current + roundingBytes) >> shift;
        }
        edge = nxt + (field << shift);
        return field;
    }

    /** Urgent data end before {@code end} (SEG.UP); answers whether that is further than the user has heard of (MUST-32). */
    boolean urgent(int end) {
        boolean news = SequenceNumber.greaterThan(end, up);
        up = SequenceNumber.max(up, end);
        return news;
    }

    /** The user took everything before {@code sequence}. */
    void onRead(int sequence) {
        up = SequenceNumber.max(up, sequence);
    }

    /** How far urgent data reach behind {@code readSequence}; 0 when all were read (MUST-33). */
    int urgentBytes(int readSequence) {
        return up - readSequence;
    }

    /** Whether {@link #offer} would move the edge. */
    boolean wouldGrow(int freeBytes, int worthwhileBytes) {
        int offered = Math.min(freeBytes - ((1 << shift) - 1), LARGEST_FIELD << shift);
        return offered - windowBytes() >= worthwhileBytes;
    }

    /**
     * The window field of a SYN, never shifted (RFC 7323 section 2.2): when an ACK before it, sent with a shift, offered more than
     * the field can say, that stands.
     */
    int offerUnscaled(int freeBytes) {
        int field = Math.min(Math.max(windowBytes(), freeBytes), LARGEST_FIELD);
        edge = SequenceNumber.max(edge, nxt + field);
        return field;
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        irs = t.number(irs);
        nxt = t.number(nxt);
        edge = nxt + t.within("RCV.WND", edge - nxt, 0, LARGEST_FIELD << TcpOptions.MAXIMUM_WINDOW_SCALE);
        up = t.number(up);
        lastAckSent = t.number(lastAckSent);
        shift = t.within("Rcv.Wind.Shift", shift, 0, TcpOptions.MAXIMUM_WINDOW_SCALE);
        finKnown = t.flag("the peer's FIN", finKnown);
        fin = t.number(fin);
    }
}
