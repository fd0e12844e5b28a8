package org.machbed.netstack.tcp;

/**
 * What the peer said it has of what we sent, and what follows from it (RFC 6675; RFC 2018 section 5). Names are the RFC's, but
 * that ends are exclusive: {@code una} is HighACK + 1, {@code highData} is HighData + 1 and so on. Blocks that cannot be - empty,
 * before {@code una}, beyond what was sent - are ignored, those that report duplicates (RFC 2883) are recognised and change
 * nothing. There are at most {@link SequenceRanges#MAXIMUM} ranges; what finds no room is taken for missing, which costs a
 * retransmission and nothing else. Guarded by the lock of the stack's owner.
 *
 * <p>A peer may take back what it acknowledged selectively (RFC 2018 section 8). It shows when its cumulative acknowledgment
 * reaches a range without passing it: see {@link #hasReneged}. As long as that is not seen the ranges survive a timeout, as RFC
 * 6675 section 5.1 allows to those who test for it.
 */
public final class SackScoreboard {
    /** RFC 6675 section 2. */
    public static final int DUPLICATE_THRESHOLD = 3;

    private final SequenceRanges sacked = new SequenceRanges();
    private int segmentBytes;
    private int una;
    private int highData;
    private int sackedBytes;
    private boolean duplicateReported;

    /** Octets before it are taken for lost unless SACKed: by SACKs above them, or by a timeout. */
    private int lostEdge;

    /** All before it were taken for lost by a timeout; of meaning while it is after {@link #una}. */
    private int timeoutEdge;

    /** HighRxt + 1. */
    private int highRetransmitted;

    private int rescueRetransmitted;
    private boolean rescueKnown;
    private boolean headDue;
    private int recoveryPoint;
    private int nextSequence;
    private int nextBytes;

    /** Begins anew: nothing is on its way, and the next octet to send has this sequence number. */
    public void reset(int sequence, int segmentBytes) {
        sacked.clear();
        sackedBytes = 0;
        duplicateReported = false;
        this.segmentBytes = segmentBytes;
        una = sequence;
        highData = sequence;
        lostEdge = sequence;
        timeoutEdge = sequence;
        highRetransmitted = sequence;
        recoveryPoint = sequence;
        rescueKnown = false;
        headDue = false;
    }

    /** SMSS changed. */
    public void segmentBytes(int segmentBytes) {
        this.segmentBytes = segmentBytes;
        findLostEdge();
    }

    /**
     * An acknowledgment came: Update() of RFC 6675 section 4.
     *
     * @param una SND.UNA, this acknowledgment included
     * @param highData SND.NXT, the highest that it ever was
     * @param blocks of the segment
     * @return how many octets are SACKed that were not before
     */
    public int update(int una, int highData, SackBlocks blocks) {
        acknowledge(una, highData);
        duplicateReported = false;
        int before = sackedBytes;
        for (int i = 0; i < blocks.sackBlocks(); i++) {
            int left = blocks.sackLeft(i);
            int right = blocks.sackRight(i);
            if (i == 0 && isDuplicate(left, right, blocks)) {
                duplicateReported = true;
            } else if (isOnItsWay(left, right)) {
                add(left, right);
            }
        }
        findLostEdge();
        return sackedBytes - before;
    }

    /** Whether a block is of octets sent and not acknowledged. One longer than all of these could reach around the sequence space. */
    private boolean isOnItsWay(int left, int right) {
        int length = right - left;
        return left - una > 0 && length > 0 && length < highData - una && right - highData <= 0;
    }

    /** Octets up to a sequence number were sent for the first time: they are on their way. */
    public void onSent(int highData) {
        this.highData = highData;
    }

    /** RFC 2883 section 4: the first block lies before the cumulative acknowledgment, or within the second one. */
    private boolean isDuplicate(int left, int right, SackBlocks blocks) {
        if (right - left <= 0) {
            return false;
        }
        return right - una <= 0
                || (blocks.sackBlocks() > 1 && left - blocks.sackLeft(1) >= 0 && right - blocks.sackRight(1) <= 0);
    }

    private void add(int left, int right) {
        int first = sacked.firstTouching(left);
        if (sacked.hasRoomFor(first, left, right)) {
            sacked.merge(first, left, right);
            sackedBytes = sacked.bytes();
        }
    }

    /** Forgets what is acknowledged cumulatively. */
    private void acknowledge(int una, int highData) {
        this.highData = highData;
        if (una == this.una) {
            return;
        }
        this.una = una;
        sacked.cut(una);
        sackedBytes = sacked.bytes();
        headDue = false;
        highRetransmitted = SequenceNumber.max(highRetransmitted, una);
        timeoutEdge = SequenceNumber.max(timeoutEdge, una);
        lostEdge = SequenceNumber.max(lostEdge, una);
    }

    /**
     * Where IsLost() of RFC 6675 section 4 ends: what lies before three ranges, or before more than two segments' octets, is lost.
     * The third range from the top decides at the latest.
     */
    private void findLostEdge() {
        lostEdge = timeoutEdge;
        long above = 0;
        for (int i = sacked.count() - 1; i >= 0; i--) {
            above += sacked.right(i) - sacked.left(i);
            boolean enoughRanges = sacked.count() - i >= DUPLICATE_THRESHOLD;
            if (enoughRanges || above > (long) (DUPLICATE_THRESHOLD - 1) * segmentBytes) {
                lostEdge = SequenceNumber.max(lostEdge, sacked.left(i));
                return;
            }
        }
    }

    /** IsLost(): whether an octet that is not acknowledged in any way is taken for lost. */
    public boolean isLost(int sequence) {
        return lostEdge - sequence > 0;
    }

    /** Whether an octet is acknowledged selectively. */
    public boolean isSacked(int sequence) {
        int i = sacked.firstTouching(sequence + 1);
        return i < sacked.count() && sacked.left(i) - sequence <= 0;
    }

    /** How many octets are acknowledged selectively. */
    public int sackedBytes() {
        return sackedBytes;
    }

    /** How many octets are acknowledged selectively from a sequence number on. */
    public int sackedBytesFrom(int sequence) {
        int bytes = 0;
        for (int i = sacked.count() - 1; i >= 0 && sacked.right(i) - sequence > 0; i--) {
            bytes += sacked.right(i) - SequenceNumber.max(sacked.left(i), sequence);
        }
        return bytes;
    }

    /** What was sent again as the oldest segment is lost too: it is the next to send once more. */
    public void retransmitOldestAgain() {
        headDue = true;
    }

    /** Whether the last {@link #update} had a block that reports a duplicate (RFC 2883). */
    public boolean duplicateReported() {
        return duplicateReported;
    }

    /** Whether the peer took back what it had SACKed: it acknowledges up to a range and not the range. */
    public boolean hasReneged() {
        return !sacked.isEmpty() && sacked.left(0) - una <= 0;
    }

    /** Forgets all SACKs, since the peer may have dropped what they reported (RFC 2018 section 8). */
    public void forget() {
        sacked.clear();
        sackedBytes = 0;
        findLostEdge();
    }

    /** SetPipe(): how many octets are thought to be on their way (RFC 6675 section 4). */
    public int pipeBytes() {
        int pipe = 0;
        int at = una;
        for (int i = 0; i <= sacked.count(); i++) {
            int end = i < sacked.count() ? sacked.left(i) : highData;
            pipe += pipeOfHole(at, end);
            at = i < sacked.count() ? sacked.right(i) : end;
        }
        return pipe;
    }

    private int pipeOfHole(int left, int right) {
        int notLost = right - SequenceNumber.max(left, lostEdge);
        int retransmitted = SequenceNumber.min(right, highRetransmitted) - left;
        return Math.max(0, notLost) + Math.max(0, retransmitted);
    }

    /** Whether a recovery is to begin (RFC 6675 section 5, steps 1 and 2). */
    public boolean isRecoveryDue(int duplicateAcks) {
        return duplicateAcks >= DUPLICATE_THRESHOLD || isLost(una);
    }

    /** A recovery begins (RFC 6675 section 5, step 4): {@link #nextSegment} is first of all the oldest one. */
    public void enterRecovery() {
        recoveryPoint = highData;
        highRetransmitted = una;
        rescueKnown = false;
        headDue = true;
    }

    /** When {@code una} gets there the recovery is over (RFC 6675 section 5). */
    public int recoveryPoint() {
        return recoveryPoint;
    }

    /**
     * The retransmission timeout expired: all that is not SACKed is taken for lost, and is sent again from the oldest on (RFC 6675
     * section 5.1).
     */
    public void onRetransmissionTimeout() {
        if (hasReneged()) {
            forget();
        }
        recoveryPoint = highData;
        timeoutEdge = highData;
        highRetransmitted = una;
        rescueKnown = false;
        headDue = false;
        findLostEdge();
    }

    /**
     * NextSeg(): what to send now, if the window has room (RFC 6675 section 4). {@link #nextSequence} and {@link #nextBytes} say
     * which octets, when they are to be sent again.
     *
     * @param newData whether there is what was never sent and the peer's window has room for it
     */
    public NextSegment nextSegment(boolean newData) {
        int sequence = headDue ? una : firstHole(SequenceNumber.max(una, highRetransmitted));
        int end = holeEnd(sequence);
        if (end - sequence > 0 && (headDue || isLost(sequence))) {
            return next(NextSegment.LOST, sequence, end);
        }
        if (newData) {
            return NextSegment.NEW_DATA;
        }
        if (end - sequence > 0 && sacked.end(una) - sequence > 0) {
            return next(NextSegment.UNSACKED, sequence, end);
        }
        return rescue();
    }

    private NextSegment next(NextSegment rule, int sequence, int end) {
        nextSequence = sequence;
        nextBytes = Math.min(end - sequence, segmentBytes);
        return rule;
    }

    /** The first octet from here on that is not SACKed. */
    private int firstHole(int sequence) {
        int i = sacked.firstTouching(sequence + 1);
        return i < sacked.count() && sacked.left(i) - sequence <= 0 ? sacked.right(i) : sequence;
    }

    private int holeEnd(int sequence) {
        int i = sacked.firstTouching(sequence + 1);
        return i < sacked.count() ? sacked.left(i) : highData;
    }

    /** Rule 4: the segment that has the highest octet which is not SACKed, if the last rescue was acknowledged. */
    private NextSegment rescue() {
        if (!rescueKnown || una - rescueRetransmitted <= 0) {
            return NextSegment.NONE;
        }
        int last = sacked.count() - 1;
        boolean endSacked = last >= 0 && sacked.right(last) == highData;
        int end = endSacked ? sacked.left(last) : highData;
        int below = endSacked ? last - 1 : last;
        int left = below >= 0 ? sacked.right(below) : una;
        int sequence = SequenceNumber.max(left, end - segmentBytes);
        return end - sequence > 0 ? next(NextSegment.RESCUE, sequence, end) : NextSegment.NONE;
    }

    /** Which octet {@link #nextSegment} said to send again first. */
    public int nextSequence() {
        return nextSequence;
    }

    /** How many octets {@link #nextSegment} said to send again. */
    public int nextBytes() {
        return nextBytes;
    }

    /** Octets were sent again by one of the rules (RFC 6675 section 5, steps 4.2 and C). */
    public void onRetransmitted(NextSegment rule, int sequence, int lengthBytes) {
        headDue = false;
        if (rule == NextSegment.RESCUE) {
            rescueRetransmitted = recoveryPoint;
            return;
        }
        highRetransmitted = SequenceNumber.max(highRetransmitted, sequence + lengthBytes);
        if (!rescueKnown) {
            rescueKnown = true;
            rescueRetransmitted = highRetransmitted;
        }
    }
}
