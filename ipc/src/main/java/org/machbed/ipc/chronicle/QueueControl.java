package org.machbed.ipc.chronicle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * What the two sides of a queue tell each other outside the queue proper: how much was produced and consumed since the start, and
 * the condition on which one side waits for the other: a window's consumer for descriptors (reynolds91, "Queues"), the producer of
 * frames for room. Each word has a cache line.
 */
public final class QueueControl implements QueueProgress {
    /** Room in shared memory; zero bytes at first. */
    public static final int BYTES = 192;

    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
    private static final int CONSUMED = 64;
    private static final int WAITING = 128;

    private final MemorySegment memory;
    private final long offset;

    public QueueControl(MemorySegment memory, long offset) {
        this.memory = memory;
        this.offset = offset;
    }

    /** Volatile, so that it is read after a {@link #waiting(boolean)} before it. */
    @Override
    public long produced() {
        return (long) WORD.getVolatile(memory, offset);
    }

    /** After what was produced is there. Not ordered before what is read later, but for {@link #isWaiting}. */
    @Override
    public void produced(long units) {
        WORD.setRelease(memory, offset, units);
    }

    /** Volatile, so that it is read after a {@link #waiting(boolean)} before it. */
    @Override
    public long consumed() {
        return (long) WORD.getVolatile(memory, offset + CONSUMED);
    }

    /** After what was consumed has been used. Not ordered before what is read later, but for {@link #isWaiting}. */
    @Override
    public void consumed(long units) {
        WORD.setRelease(memory, offset + CONSUMED, units);
    }

    /**
     * Whether the side that may wait says that it does. Who says it after this look at it sees all that was produced or consumed before:
     * the fence is here, since who produces many asks once.
     */
    public boolean isWaiting() {
        VarHandle.fullFence();
        return (long) WORD.getVolatile(memory, offset + WAITING) != 0;
    }

    /** Says that this side waits, or does not; it must look once more after it has said so. */
    public void waiting(boolean waiting) {
        WORD.setVolatile(memory, offset + WAITING, waiting ? 1L : 0L);
    }
}
