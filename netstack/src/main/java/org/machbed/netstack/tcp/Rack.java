package org.machbed.netstack.tcp;

import org.machbed.netstack.state.StateTransfer;

/**
 * Recent acknowledgment: finds losses by the times at which segments were sent (RFC 8985 section 6). A segment is lost when one that
 * was sent later arrived, and a round trip and the reordering window have passed since it was sent; that goes for retransmissions
 * as well. Names are the RFC's. Guarded by the lock of the stack's owner.
 */
final class Rack {
    /** DupThresh: without reordering so many SACKed segments need no window (section 6.2 step 4). */
    static final int DUPLICATE_THRESHOLD = 3;

    /** Section 6.2 step 4: so many recoveries without a D-SACK bring the smallest window back. */
    private static final int PERSISTENCE_RECOVERIES = 16;

    private final MinimumRtt minimumRtt = new MinimumRtt();

    /** RACK.rtt: of the segment sent last among those that the latest acknowledgment reported. */
    private long rttNs;

    /** RACK.xmit_ts and RACK.end_seq: of the segment sent last among all that arrived; of meaning when {@link #delivered}. */
    private long sentNs;

    private int endSequence;
    private boolean delivered;

    /** RACK.fack: the end of the highest segment that arrived. */
    private int forwardAck;

    private boolean reorderingSeen;

    /** RACK.dsack_round: D-SACKs up to the acknowledgment of it count once; of meaning when {@link #inDuplicateRound}. */
    private int duplicateRound;

    private boolean inDuplicateRound;

    /** RACK.reo_wnd_mult. */
    private int windowMultiplier = 1;

    /** RACK.reo_wnd_persist. */
    private int windowPersistence = PERSISTENCE_RECOVERIES;

    /** When the retransmission that was found lost last had been sent. */
    private long lostRetransmissionNs;

    private boolean retransmissionLost;

    /** Begins anew: nothing is on its way, and the next octet to send has this sequence number. */
    void start(int sequence) {
        delivered = false;
        forwardAck = sequence;
        reorderingSeen = false;
        inDuplicateRound = false;
        windowMultiplier = 1;
        windowPersistence = PERSISTENCE_RECOVERIES;
        minimumRtt.reset();
    }

    /** RACK_sent_after(): whether a transmission was after another one. */
    private static boolean sentAfter(long sentNs, int end, long otherNs, int otherEnd) {
        return sentNs - otherNs > 0 || (sentNs == otherNs && SequenceNumber.greaterThan(end, otherEnd));
    }

    /**
     * A segment is acknowledged for the first time (section 6.2 steps 1 to 3).
     *
     * @param retransmitted whether it was sent more than once
     * @param echoIsOlder whether the timestamp that came back is of before {@code segmentSentNs}, so that an earlier copy arrived
     */
    void onDelivered(int end, long segmentSentNs, boolean retransmitted, boolean echoIsOlder, long nowNs) {
        long sampleNs = nowNs - segmentSentNs;
        if (!retransmitted) {
            minimumRtt.onSample(sampleNs, nowNs);
        }
        noteOrder(end, retransmitted);
        boolean spurious = retransmitted && (echoIsOlder || sampleNs < minimumRtt.ns());
        if (spurious) {
            return;
        }
        rttNs = sampleNs;
        if (!delivered || sentAfter(segmentSentNs, end, sentNs, endSequence)) {
            delivered = true;
            sentNs = segmentSentNs;
            endSequence = end;
        }
    }

    /** Step 3: a segment below the highest that arrived, and sent once, was overtaken. */
    private void noteOrder(int end, boolean retransmitted) {
        if (SequenceNumber.greaterThan(end, forwardAck)) {
            forwardAck = end;
        } else if (SequenceNumber.lessThan(end, forwardAck) && !retransmitted) {
            reorderingSeen = true;
        }
    }

    /**
     * Step 4, of D-SACKs: an acknowledgment has been dealt with.
     *
     * @param duplicateReported whether it had a D-SACK: something was sent again without need
     */
    void onAcknowledgment(int una, int next, boolean duplicateReported) {
        if (inDuplicateRound && SequenceNumber.greaterOrEqual(una, duplicateRound)) {
            inDuplicateRound = false;
        }
        if (!inDuplicateRound && duplicateReported) {
            inDuplicateRound = true;
            duplicateRound = next;
            windowMultiplier++;
            windowPersistence = PERSISTENCE_RECOVERIES;
        }
    }

    /** Step 4: a recovery, fast or after a timeout, is over. */
    void onRecoveryOver() {
        windowPersistence--;
        if (windowPersistence <= 0) {
            windowMultiplier = 1;
        }
    }

    /** Step 4: RACK.reo_wnd. */
    long reorderingWindowNs(int sackedSegments, boolean recovering, long smoothedRttNs) {
        if (!reorderingSeen && (recovering || sackedSegments >= DUPLICATE_THRESHOLD)) {
            return 0;
        }
        return Math.min(windowMultiplier * (minimumRtt.ns() / 4), smoothedRttNs);
    }

    /**
     * Step 5: marks what is lost.
     *
     * @param recovering whether a recovery is going on
     * @return after how long what is left may be lost too, 0 when nothing will be
     */
    long detectLoss(SentSegments segments, boolean recovering, long smoothedRttNs, long nowNs) {
        retransmissionLost = false;
        if (!delivered) {
            return 0;
        }
        long patienceNs = rttNs + reorderingWindowNs(segments.sackedCount(), recovering, smoothedRttNs);
        long longestNs = 0;
        for (int i = 0; i < segments.count(); i++) {
            boolean before = sentAfter(sentNs, endSequence, segments.sentNs(i), segments.end(i));
            if (before && !segments.isSacked(i) && !segments.isLost(i)) {
                long remainingNs = segments.sentNs(i) + patienceNs - nowNs;
                if (remainingNs <= 0) {
                    take(segments, i);
                } else {
                    longestNs = Math.max(longestNs, remainingNs);
                }
            } else if (!before && !segments.isRetransmitted(i)) {
                break; // all behind it went out later still
            }
        }
        return longestNs;
    }

    private void take(SentSegments segments, int index) {
        if (segments.isRetransmitted(index)) {
            lostRetransmissionNs = retransmissionLost
                    ? Math.max(lostRetransmissionNs, segments.sentNs(index))
                    : segments.sentNs(index);
            retransmissionLost = true;
        }
        segments.markLost(index);
    }

    /** Whether the last {@link #detectLoss} found a retransmission lost that was sent at a time or later. */
    boolean foundRetransmissionLost(long sinceNs) {
        return retransmissionLost && lostRetransmissionNs - sinceNs >= 0;
    }

    /** Section 6.3: the retransmission timer expired; the oldest segment is lost, and what has been on its way for long. */
    void markLostOnTimeout(SentSegments segments, long smoothedRttNs, long nowNs) {
        long patienceNs = rttNs + reorderingWindowNs(segments.sackedCount(), true, smoothedRttNs);
        for (int i = 0; i < segments.count(); i++) {
            if (i == 0 || segments.sentNs(i) + patienceNs - nowNs <= 0) {
                segments.markLost(i);
            }
        }
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        minimumRtt.transfer(t);
        rttNs = t.within("RACK.rtt", rttNs, 0, Long.MAX_VALUE >> 1);
        sentNs = t.past(sentNs);
        endSequence = t.number(endSequence);
        delivered = t.flag("RACK.xmit_ts", delivered);
        forwardAck = t.number(forwardAck);
        reorderingSeen = t.flag("RACK.reordering_seen", reorderingSeen);
        duplicateRound = t.number(duplicateRound);
        inDuplicateRound = t.flag("RACK.dsack_round", inDuplicateRound);
        windowMultiplier = t.within("RACK.reo_wnd_mult", windowMultiplier, 1, Integer.MAX_VALUE);
        windowPersistence =
                t.within("RACK.reo_wnd_persist", windowPersistence, Integer.MIN_VALUE, PERSISTENCE_RECOVERIES);
    }
}
