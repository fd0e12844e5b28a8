package org.machbed.ipc.chronicle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * What the sides of a frame queue tell each other outside of it: bytes produced, bytes consumed, and whether the producer waits
 * for room. Each word has a cache line.
 */
final class FrameQueueControl implements QueueProgress {
    static final int BYTES = 192;

    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
    private static final int CONSUMED = 64;
    private static final int WANT_ROOM = 128;

    private final MemorySegment memory;
    private final long offset;

    FrameQueueControl(MemorySegment memory, long offset) {
        this.memory = memory;
        this.offset = offset;
    }

    @Override
    public long produced() {
        return (long) WORD.getVolatile(memory, offset);
    }

    /** Volatile, so that the consumer's idle condition is read after it. */
    @Override
    public void produced(long bytes) {
        WORD.setVolatile(memory, offset, bytes);
    }

    @Override
    public long consumed() {
        return (long) WORD.getVolatile(memory, offset + CONSUMED);
    }

    /** Volatile, so that the producer's want of room is read after it. */
    @Override
    public void consumed(long bytes) {
        WORD.setVolatile(memory, offset + CONSUMED, bytes);
    }

    boolean wantRoom() {
        return (long) WORD.getVolatile(memory, offset + WANT_ROOM) != 0;
    }

    void wantRoom(boolean wanted) {
        WORD.setVolatile(memory, offset + WANT_ROOM, wanted ? 1L : 0L);
    }
}
