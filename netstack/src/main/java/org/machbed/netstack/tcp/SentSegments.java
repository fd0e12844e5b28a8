package org.machbed.netstack.tcp;

/**
 * What was sent and is not acknowledged cumulatively, segment by segment in the order of sequence numbers, none missing: when each
 * went out last, and what became of it (the per-segment variables of RFC 8985 section 5.2). Ends are exclusive. The arrays grow to
 * what was needed at once. Guarded by the lock of the stack's owner.
 */
final class SentSegments {
    /**
     * No more are sent for the first time: what is remembered of one costs as much as a short one's text. In segments of 1448
     * octets that is a flight of 11 MB.
     */
    static final int MAXIMUM = 8192;

    private static final int SMALLEST = 16;

    private static final int SACKED = 1;
    private static final int LOST = 2;
    private static final int RETRANSMITTED = 4;

    private int[] end = new int[SMALLEST];
    private long[] sentNs = new long[SMALLEST];
    private byte[] flags = new byte[SMALLEST];

    /** Where the oldest one is; the others follow, around the end of the arrays. */
    private int first;

    private int count;
    private int una;
    private int sackedBytes;
    private int sackedCount;
    private int lostBytes;

    /** Begins anew: nothing is on its way, and the next octet to send has this sequence number. */
    void reset(int sequence) {
        count = 0;
        una = sequence;
        sackedBytes = 0;
        sackedCount = 0;
        lostBytes = 0;
    }

    private int slot(int index) {
        return (first + index) & (end.length - 1);
    }

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    boolean hasRoom() {
        return count < MAXIMUM;
    }

    /** First sequence number of a segment; segments count from the oldest, 0. */
    int start(int index) {
        return index == 0 ? una : end[slot(index - 1)];
    }

    int end(int index) {
        return end[slot(index)];
    }

    int lengthBytes(int index) {
        return end(index) - start(index);
    }

    /** Where all of it ends. */
    int end() {
        return start(count);
    }

    /** When a segment went out last. */
    long sentNs(int index) {
        return sentNs[slot(index)];
    }

    private boolean has(int index, int flag) {
        return (flags[slot(index)] & flag) != 0;
    }

    boolean isSacked(int index) {
        return has(index, SACKED);
    }

    /** Whether a segment is taken for lost and was not sent again since. */
    boolean isLost(int index) {
        return has(index, LOST);
    }

    /** Whether a segment was ever sent again. */
    boolean isRetransmitted(int index) {
        return has(index, RETRANSMITTED);
    }

    int sackedBytes() {
        return sackedBytes;
    }

    int sackedCount() {
        return sackedCount;
    }

    /** What is to be sent again. */
    int lostBytes() {
        return lostBytes;
    }

    /** What is thought to be on its way: all but what arrived, and what is taken for lost and was not sent again. */
    int pipeBytes() {
        return end() - una - sackedBytes - lostBytes;
    }

    /** Octets up to {@code newEnd} go out for the first time. */
    void onSent(int newEnd, long nowNs) {
        append(newEnd, nowNs, 0);
    }

    private void append(int newEnd, long nowNs, int newFlags) {
        if (count == end.length) {
            grow();
        }
        int slot = slot(count);
        end[slot] = newEnd;
        sentNs[slot] = nowNs;
        flags[slot] = (byte) newFlags;
        count++;
    }

    private void grow() {
        int[] ends = new int[2 * count];
        long[] times = new long[2 * count];
        byte[] states = new byte[2 * count];
        for (int i = 0; i < count; i++) {
            int slot = slot(i);
            ends[i] = end[slot];
            times[i] = sentNs[slot];
            states[i] = flags[slot];
        }
        end = ends;
        sentNs = times;
        flags = states;
        first = 0;
    }

    /** Gives memory back that a large flight needed, if nothing is on its way. */
    void trim() {
        if (count == 0 && end.length > SMALLEST) {
            end = new int[SMALLEST];
            sentNs = new long[SMALLEST];
            flags = new byte[SMALLEST];
        }
    }

    /** The oldest one is acknowledged as a whole. */
    void removeFirst() {
        forget(0, lengthBytes(0));
        una = end(0);
        first = slot(1);
        count--;
    }

    /** All before a sequence number is acknowledged, which lies within the oldest segment or beyond what was sent. */
    void cut(int sequence) {
        if (count != 0 && sequence - una > 0) {
            forgetBytes(0, sequence - una);
        }
        una = sequence;
    }

    private void forget(int index, int bytes) {
        forgetBytes(index, bytes);
        if (isSacked(index)) {
            sackedCount--;
        }
    }

    private void forgetBytes(int index, int bytes) {
        if (isSacked(index)) {
            sackedBytes -= bytes;
        } else if (isLost(index)) {
            lostBytes -= bytes;
        }
    }

    void markSacked(int index) {
        forget(index, lengthBytes(index));
        flags[slot(index)] = (byte) ((flags[slot(index)] & ~LOST) | SACKED);
        sackedBytes += lengthBytes(index);
        sackedCount++;
    }

    /** The peer may have dropped what it SACKed (RFC 2018 section 8). */
    void forgetSacks() {
        for (int i = 0; i < count; i++) {
            flags[slot(i)] &= ~SACKED;
        }
        sackedBytes = 0;
        sackedCount = 0;
    }

    /** A segment that did not arrive is taken for lost. */
    void markLost(int index) {
        if (!has(index, LOST | SACKED)) {
            flags[slot(index)] |= LOST;
            lostBytes += lengthBytes(index);
        }
    }

    void markAllLost() {
        for (int i = 0; i < count; i++) {
            markLost(i);
        }
    }

    /** The oldest segment that is taken for lost, -1 for none. */
    int firstLost() {
        int index = lostBytes == 0 ? count : 0;
        while (index < count && !isLost(index)) {
            index++;
        }
        return index == count ? -1 : index;
    }

    /** The last segment that is not SACKed, -1 for none. */
    int lastMissing() {
        int index = count - 1;
        while (index >= 0 && isSacked(index)) {
            index--;
        }
        return index;
    }

    /** How many octets from a lost segment on are lost, as far as they matter: up to a limit. */
    int lostRunBytes(int index, int limitBytes) {
        int bytes = 0;
        for (int i = index; i < count && isLost(i) && bytes < limitBytes; i++) {
            bytes += lengthBytes(i);
        }
        return Math.min(bytes, limitBytes);
    }

    /** Octets from the start of a segment on went out again: one or more segments, or a part of one, which then are two. */
    void onRetransmitted(int index, int lengthBytes, long nowNs) {
        int sentEnd = start(index) + lengthBytes;
        for (int i = index; i < count && sentEnd - start(i) > 0; i++) {
            if (sentEnd - end(i) < 0) {
                split(i, sentEnd);
            }
            forgetBytes(i, lengthBytes(i));
            int slot = slot(i);
            flags[slot] = (byte) ((flags[slot] & ~LOST) | RETRANSMITTED);
            sentNs[slot] = nowNs;
            sackedBytes += isSacked(i) ? lengthBytes(i) : 0;
        }
    }

    /** Makes two segments of one. */
    private void split(int index, int at) {
        int last = count - 1;
        append(end(last), sentNs(last), flags[slot(last)]);
        for (int i = last; i > index; i--) {
            int from = slot(i - 1);
            int to = slot(i);
            end[to] = end[from];
            sentNs[to] = sentNs[from];
            flags[to] = flags[from];
        }
        end[slot(index)] = at;
        sackedCount += isSacked(index) ? 1 : 0;
    }

    /** The first segment that begins at a sequence number or later; {@link #count} when none does. */
    int firstFrom(int sequence) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (start(middle) - sequence < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** It is not known how often they were sent. */
    void markSentAgain() {
        for (int i = 0; i < count; i++) {
            flags[slot(i)] |= RETRANSMITTED;
        }
    }
}
