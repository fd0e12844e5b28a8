package org.machbed.netstack.memory;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Buffers of the Java heap within a budget. */
final class HeapBuffers implements BufferSource {
    private static final int SMALLEST_BYTES = 4096;

    private final MemoryBudget forSmallest;
    private final MemoryBudget forLarger;

    HeapBuffers(MemoryBudget forSmallest, MemoryBudget forLarger) {
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
        return budget(bytes).reserve(bytes) ? MemorySegment.ofArray(new byte[bytes]) : null;
    }

    @Override
    public void giveBack(MemorySegment memory) {
        budget(memory.byteSize()).release((int) memory.byteSize());
    }
}
