package org.machbed.netstack.memory;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Where the memory of rings comes from, whatever budget allows it. Guarded by the lock of the stack's owner. */
public interface RingMemory {
    /** That of the Java heap. */
    RingMemory HEAP = new RingMemory() {
        @Override
        public MemorySegment take(int bytes) {
            return MemorySegment.ofArray(new byte[bytes]);
        }

        @Override
        public void giveBack(MemorySegment memory) {
            // the collector's
        }

        @Override
        public boolean settle() {
            return false;
        }
    };

    /** So many bytes, a power of two, of any content; {@code null} when there are none. */
    @Nullable
    MemorySegment take(int bytes);

    /** Gives back what {@link #take} gave. */
    void giveBack(MemorySegment memory);

    /** Nobody reads any more what was given back before; answers whether there is more to take now. */
    boolean settle();
}
