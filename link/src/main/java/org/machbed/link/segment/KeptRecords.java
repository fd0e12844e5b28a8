package org.machbed.link.segment;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The records of a ring whose frames were kept, oldest first. The receiving thread keeps and reclaims; any thread gives back. No
 * garbage.
 */
final class KeptRecords {
    /** Frames of a ring that may be kept at a time: a power of two. */
    static final int CAPACITY = 256;

    /** What {@link #add} answers when there are {@link #CAPACITY}. */
    static final int FULL = -1;

    private static final VarHandle LENT = MethodHandles.arrayElementVarHandle(int[].class);

    private final long[] starts = new long[CAPACITY];

    /** 1 from {@link #add} to {@link #giveBack}. */
    private final int[] lent = new int[CAPACITY];

    /** Numbers, counted from 0, of the oldest record here and of the next one to come. */
    private long oldest;

    private long next;

    /** Keeps the record at position {@code start}; answers its slot. */
    int add(long start) {
        if (next - oldest == CAPACITY) {
            return FULL;
        }
        int slot = slot(next++);
        starts[slot] = start;
        LENT.setRelease(lent, slot, 1);
        return slot;
    }

    void giveBack(int slot) {
        LENT.setRelease(lent, slot, 0);
    }

    /** Forgets those before the oldest one that is still lent. */
    void reclaim() {
        while (next != oldest && (int) LENT.getAcquire(lent, slot(oldest)) == 0) {
            oldest++;
        }
    }

    boolean isEmpty() {
        return next == oldest;
    }

    int oldestSlot() {
        return slot(oldest);
    }

    long oldestStart() {
        return starts[slot(oldest)];
    }

    private static int slot(long number) {
        return (int) number & (CAPACITY - 1);
    }
}
