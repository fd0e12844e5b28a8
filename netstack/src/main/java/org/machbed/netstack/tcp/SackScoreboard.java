package org.machbed.netstack.tcp;

/**
 * What the peer said it has of what we sent (RFC 2018 section 5, RFC 8985 section 4). Blocks that cannot be - empty, before what is
 * acknowledged, beyond what was sent - are ignored, those that report duplicates (RFC 2883) are recognised and change nothing. A
 * segment counts as SACKed when all of it is; one that arrived in part is taken for missing, which costs a retransmission and
 * nothing else. Guarded by the lock of the stack's owner.
 *
 * <p>A peer may take back what it acknowledged selectively (RFC 2018 section 8). It shows when its cumulative acknowledgment
 * reaches a SACKed segment without passing it: see {@link #hasReneged}. As long as that is not seen SACKs survive a timeout, as RFC
 * 6675 section 5.1 allows to those who test for it.
 */
final class SackScoreboard {
    private final SentSegments segments;
    private int una;
    private boolean duplicateReported;
    private int duplicateEnd;

    SackScoreboard(SentSegments segments) {
        this.segments = segments;
    }

    /** Begins anew: nothing is on its way, and the next octet to send has this sequence number. */
    void reset(int sequence) {
        segments.reset(sequence);
        una = sequence;
        duplicateReported = false;
    }

    /**
     * An acknowledgment came. Segments are reported in the order of their sequence numbers, however its blocks are ordered, or an
     * acknowledgment that was lost would look like reordering.
     *
     * @param una SND.UNA, this acknowledgment included
     * @param blocks of the segment
     * @return how many octets are SACKed that were not before
     */
    int update(int una, SackBlocks blocks, DeliveryListener deliveries) {
        acknowledge(una, deliveries);
        duplicateReported = blocks.sackBlocks() != 0 && isDuplicate(blocks);
        int before = segments.sackedBytes();
        int done = duplicateReported ? 1 : 0; // bits, one for each block
        for (int next = lowest(blocks, done); next >= 0; next = lowest(blocks, done)) {
            done |= 1 << next;
            take(blocks.sackLeft(next), blocks.sackRight(next), deliveries);
        }
        return segments.sackedBytes() - before;
    }

    private void acknowledge(int una, DeliveryListener deliveries) {
        this.una = una;
        while (!segments.isEmpty() && segments.end(0) - una <= 0) {
            if (!segments.isSacked(0)) {
                deliveries.onDelivered(segments.end(0), segments.sentNs(0), segments.isRetransmitted(0));
            }
            segments.removeFirst();
        }
        segments.cut(una);
    }

    /** RFC 2883 section 4: the first block lies before the cumulative acknowledgment, or within the second one. */
    private boolean isDuplicate(SackBlocks blocks) {
        int left = blocks.sackLeft(0);
        int right = blocks.sackRight(0);
        if (right - left <= 0) {
            return false;
        }
        duplicateEnd = right;
        return right - una <= 0
                || (blocks.sackBlocks() > 1 && left - blocks.sackLeft(1) >= 0 && right - blocks.sackRight(1) <= 0);
    }

    /** Index of the block that begins first of those that are not done, -1 for none. */
    private int lowest(SackBlocks blocks, int done) {
        int lowest = -1;
        for (int i = 0; i < blocks.sackBlocks(); i++) {
            boolean isDone = (done & (1 << i)) != 0;
            if (!isDone && (lowest < 0 || blocks.sackLeft(i) - blocks.sackLeft(lowest) < 0)) {
                lowest = i;
            }
        }
        return lowest;
    }

    private void take(int left, int right, DeliveryListener deliveries) {
        if (!isOnItsWay(left, right)) {
            return;
        }
        for (int i = segments.firstFrom(left); i < segments.count() && segments.end(i) - right <= 0; i++) {
            if (!segments.isSacked(i)) {
                deliveries.onDelivered(segments.end(i), segments.sentNs(i), segments.isRetransmitted(i));
                segments.markSacked(i);
            }
        }
    }

    /** Whether a block is of octets sent and not acknowledged. One longer than all of these could reach around the sequence space. */
    private boolean isOnItsWay(int left, int right) {
        int length = right - left;
        int end = segments.end();
        return left - una > 0 && length > 0 && length < end - una && right - end <= 0;
    }

    /** Whether the last {@link #update} had a block that reports a duplicate (RFC 2883). */
    boolean duplicateReported() {
        return duplicateReported;
    }

    /** Whether the duplicate that was reported ends at a sequence number. */
    boolean duplicateReported(int end) {
        return duplicateReported && duplicateEnd == end;
    }

    /** Whether the peer took back what it had SACKed: it acknowledges up to a segment and not the segment. */
    boolean hasReneged() {
        return !segments.isEmpty() && segments.isSacked(0);
    }
}
