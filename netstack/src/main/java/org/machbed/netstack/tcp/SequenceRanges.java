package org.machbed.netstack.tcp;

import java.util.Arrays;

/**
 * Ranges of sequence numbers, in order, none touching the next, and which of them changed last. There are at most
 * {@link #MAXIMUM}; the arrays grow to what was needed at once.
 */
final class SequenceRanges {
    /** A window of 4 MB in segments of 1460 octets, of which every twentieth is lost, has some 140. */
    static final int MAXIMUM = 256;

    private static final int SMALLEST = 8;

    private int[] left = new int[SMALLEST];
    private int[] right = new int[SMALLEST];

    /** When each last changed, by {@link #changes}. */
    private long[] changed = new long[SMALLEST];

    private final int[] recent = new int[TcpOptions.MAXIMUM_SACK_BLOCKS];
    private boolean recentKnown;
    private long changes;
    private int count;

    void clear() {
        count = 0;
        recentKnown = false;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    int left(int index) {
        return left[index];
    }

    int right(int index) {
        return right[index];
    }

    /** The end of the last one, or this when there is none. */
    int end(int none) {
        return count == 0 ? none : right[count - 1];
    }

    int bytes() {
        int bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += right[i] - left[i];
        }
        return bytes;
    }

    /** Index of the first range that ends at a sequence number or later. */
    int firstTouching(int sequence) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (right[middle] - sequence < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Whether a range can be added: it touches one, or there is room. */
    boolean hasRoomFor(int first, int rangeLeft, int rangeRight) {
        return count < MAXIMUM || (first < count && left[first] - rangeRight <= 0 && right[first] - rangeLeft >= 0);
    }

    /** Adds a range, of which {@code first} is {@link #firstTouching}; those that it touches become one with it. */
    void merge(int first, int rangeLeft, int rangeRight) {
        int after = afterTouching(first, rangeRight);
        int mergedLeft = rangeLeft;
        int mergedRight = rangeRight;
        if (after > first) {
            mergedLeft = SequenceNumber.min(rangeLeft, left[first]);
            mergedRight = SequenceNumber.max(rangeRight, right[after - 1]);
        }
        replace(first, after, 1);
        left[first] = mergedLeft;
        right[first] = mergedRight;
        changed[first] = ++changes;
    }

    /** Forgets the ranges that octets before {@code end} reach or touch; answers where the last one ends, or {@code end}. */
    int absorb(int first, int end) {
        int after = afterTouching(first, end);
        int absorbedEnd = after > first ? SequenceNumber.max(end, right[after - 1]) : end;
        replace(first, after, 0);
        return absorbedEnd;
    }

    /** Forgets what lies before a sequence number. */
    void cut(int sequence) {
        int gone = firstTouching(sequence + 1);
        if (gone > 0) {
            replace(0, gone, 0);
        }
        if (count > 0 && left[0] - sequence < 0) {
            left[0] = sequence;
        }
    }

    private int afterTouching(int first, int end) {
        int after = first;
        while (after < count && left[after] - end <= 0) {
            after++;
        }
        return after;
    }

    /** Lets {@code size} ranges stand where those from {@code first} to {@code after} stood. */
    private void replace(int first, int after, int size) {
        int moved = first + size - after;
        if (count + moved > left.length) {
            int capacity = Math.min(MAXIMUM, 2 * left.length);
            left = Arrays.copyOf(left, capacity);
            right = Arrays.copyOf(right, capacity);
            changed = Arrays.copyOf(changed, capacity);
        }
        if (moved != 0) {
            System.arraycopy(left, after, left, first + size, count - after);
            System.arraycopy(right, after, right, first + size, count - after);
            System.arraycopy(changed, after, changed, first + size, count - after);
        }
        count += moved;
        recentKnown = false;
    }

    /** Index of the range that changed last ({@code order} 0), next to last (1), and so on up to 3. */
    int recent(int order) {
        if (!recentKnown) {
            recentKnown = true;
            long before = Long.MAX_VALUE;
            for (int i = 0; i < Math.min(count, recent.length); i++) {
                recent[i] = lastChangedBefore(before);
                before = changed[recent[i]];
            }
        }
        return recent[order];
    }

    private int lastChangedBefore(long before) {
        int found = -1;
        for (int i = 0; i < count; i++) {
            if (changed[i] < before && (found < 0 || changed[i] > changed[found])) {
                found = i;
            }
        }
        return found;
    }
}
