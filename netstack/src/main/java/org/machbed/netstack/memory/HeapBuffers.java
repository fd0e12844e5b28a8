package org.machbed.netstack.memory;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Buffers of the Java heap within a budget. */
final class HeapBuffers implements BufferSource {
    private static final int SMALLEST_BYTES = 4096;

    private final MemoryBudget budget;

    HeapBuffers(MemoryBudget budget) {
        this.budget = budget;
    }

    @Override
    public int smallestBytes() {
        return SMALLEST_BYTES;
    }

    @Override
    public @Nullable MemorySegment take(int bytes) {
        return budget.reserve(bytes) ? MemorySegment.ofArray(new byte[bytes]) : null;
    }

    @Override
    public void giveBack(MemorySegment memory) {
        budget.release((int) memory.byteSize());
    }
}
