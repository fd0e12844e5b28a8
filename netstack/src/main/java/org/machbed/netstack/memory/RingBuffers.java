package org.machbed.netstack.memory;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Buffers within a budget, of the Java heap or of memory that others can read. */
final class RingBuffers implements BufferSource {
    private static final int SMALLEST_BYTES = 4096;

    private final RingMemory memory;
    private final MemoryBudget forSmallest;
    private final MemoryBudget forLarger;

    RingBuffers(RingMemory memory, MemoryBudget forSmallest, MemoryBudget forLarger) {
        this.memory = memory;
        this.forSmallest = forSmallest;
        this.forLarger = forLarger;
    }

    private MemoryBudget budget(long bytes) {
        return bytes <= SMALLEST_BYTES ? forSmallest : forLarger;
    }

    @Override
    public int smallestBytes() {
        return SMALLEST_BYTES;
    }

    @Override
    public @Nullable MemorySegment take(int bytes) {
        MemoryBudget budget = budget(bytes);
        if (!budget.reserve(bytes)) {
            return null;
        }
        MemorySegment taken = memory.take(bytes);
        if (taken == null) {
            budget.undo(bytes);
        }
        return taken;
    }

    @Override
    public @Nullable MemorySegment takeForRestored(int bytes) {
        MemorySegment taken = memory.take(bytes);
        if (taken != null) {
            budget(bytes).reserveBeyond(bytes);
        }
        return taken;
    }

    @Override
    public void giveBack(MemorySegment taken) {
        memory.giveBack(taken);
        budget(taken.byteSize()).release((int) taken.byteSize());
    }
}
