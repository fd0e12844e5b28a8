package org.machbed.netstack.memory;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Where buffers get their memory from. Guarded by the lock of the stack's owner. */
public interface BufferSource {
    /** The least to {@link #take} at once, a power of two; all of it where no more can follow. */
    int smallestBytes();

    /** Memory of this size, of any content; {@code null} when there is none to be had. */
    @Nullable
    MemorySegment take(int bytes);

    /**
     * The same for text that came with a migration, which must not be lost for want of a budget: beyond it, where memory is to be
     * had.
     */
    default @Nullable MemorySegment takeForRestored(int bytes) {
        return take(bytes);
    }

    /** Gives back what {@link #take} gave. */
    void giveBack(MemorySegment memory);

    /** Memory of the Java heap, as much of it as the budget has. */
    static BufferSource ofHeap(MemoryBudget budget) {
        return new RingBuffers(RingMemory.HEAP, budget, budget);
    }

    /**
     * Memory of a kind, the smallest buffers out of one budget and larger ones out of another: so who has many large ones leaves
     * everybody else a small one.
     */
    static BufferSource of(RingMemory memory, MemoryBudget forSmallest, MemoryBudget forLarger) {
        return new RingBuffers(memory, forSmallest, forLarger);
    }

    /**
     * One piece of memory that was laid out before, such as a part of what two processes share: taken once at a time, as
     * much of it as is a power of two.
     */
    static BufferSource of(MemorySegment memory) {
        return new PlacedBuffer(memory);
    }
}
