package org.machbed.client.library;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The memory of the buffer that was used last, so that an application which uses the same one again and again costs no garbage. Guarded
 * by the library's lock.
 */
final class BufferSegment {
    private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

    private @Nullable ByteBuffer buffer;
    private MemorySegment segment = NOTHING;

    /** All of a buffer's memory, in which its positions are offsets. */
    @SuppressWarnings("ReferenceEquality") // Buffers of equal contents are not the same memory.
    MemorySegment of(ByteBuffer wanted) {
        if (wanted != buffer) {
            segment = MemorySegment.ofBuffer(wanted.duplicate().clear());
            buffer = wanted;
        }
        return segment;
    }

    void forget() {
        buffer = null;
        segment = NOTHING;
    }
}
