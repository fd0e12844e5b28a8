package org.machbed.netstack.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory for rings in a piece that others can read, such as a file that two processes share: halved until it fits, and halves that
 * are free are put together again (buddy system). What is given back is not used again before {@link #settle}: a record of the
 * ring that was there may still be the latest. Guarded by the lock of the stack's owner.
 */
public final class RingArena implements RingMemory {
    private static final int SMALLEST_SHIFT = 12;
    private static final int LARGEST_SHIFT = 30;

    private final MemorySegment memory;

    /** Offsets of free blocks by the logarithm of their size. */
    private final List<ArrayList<Long>> free = new ArrayList<>();

    private final ArrayList<MemorySegment> unsettled = new ArrayList<>();
    private int held;

    /**
     * @param memory all of which is used but for what is left over of 4 KiB
     */
    public RingArena(MemorySegment memory) {
        this.memory = memory;
        for (int shift = 0; shift <= LARGEST_SHIFT; shift++) {
            free.add(new ArrayList<>());
        }
        long at = 0;
        long left = memory.byteSize();
        for (int shift = LARGEST_SHIFT; shift >= SMALLEST_SHIFT; shift--) {
            for (; left >= 1L << shift; left -= 1L << shift) {
                free.get(shift).add(at);
                at += 1L << shift;
            }
        }
    }

    /** Where a ring lies in it. */
    public long offsetOf(MemorySegment ring) {
        return ring.address() - memory.address();
    }

    private static int shiftOf(long bytes) {
        return Math.max(SMALLEST_SHIFT, Long.SIZE - Long.numberOfLeadingZeros(bytes - 1));
    }

    @Override
    public @Nullable MemorySegment take(int bytes) {
        int shift = shiftOf(bytes);
        int from = shift;
        while (from <= LARGEST_SHIFT && free.get(from).isEmpty()) {
            from++;
        }
        if (from > LARGEST_SHIFT) {
            return null;
        }
        long at = free.get(from).removeLast();
        while (from > shift) {
            from--;
            free.get(from).add(at + (1L << from));
        }
        return memory.asSlice(at, bytes);
    }

    @Override
    public void giveBack(MemorySegment ring) {
        unsettled.add(ring);
    }

    /** From now on nothing that is given back is used again, until {@link #letGo}: a record of it is being read. May be nested. */
    public void hold() {
        held++;
    }

    /** Undoes one {@link #hold}. */
    public void letGo() {
        held--;
    }

    @Override
    public boolean settle() {
        if (held > 0 || unsettled.isEmpty()) {
            return false;
        }
        for (MemorySegment ring : unsettled) {
            release(offsetOf(ring), shiftOf(ring.byteSize()));
        }
        unsettled.clear();
        return true;
    }

    private void release(long offset, int ofShift) {
        long at = offset;
        int shift = ofShift;
        while (shift < LARGEST_SHIFT && free.get(shift).remove(Long.valueOf(at ^ 1L << shift))) {
            at &= ~(1L << shift);
            shift++;
        }
        free.get(shift).add(at);
    }
}
