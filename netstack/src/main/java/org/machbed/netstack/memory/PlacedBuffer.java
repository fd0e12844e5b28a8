package org.machbed.netstack.memory;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** One buffer at a place that somebody else chose. */
final class PlacedBuffer implements BufferSource {
    private final MemorySegment memory;
    private boolean taken;

    PlacedBuffer(MemorySegment memory) {
        this.memory = memory;
    }

    @Override
    public int smallestBytes() {
        return (int) Math.min(1 << 30, Long.highestOneBit(memory.byteSize()));
    }

    @Override
    public @Nullable MemorySegment take(int bytes) {
        if (taken || bytes > memory.byteSize()) {
            return null;
        }
        taken = true;
        return memory.asSlice(0, bytes);
    }

    @Override
    public void giveBack(MemorySegment memory) {
        taken = false;
    }
}
