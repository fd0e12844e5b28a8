package org.machbed.ipc.window;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.machbed.ipc.chronicle.QueueProgress;

/**
 * What a queue's two sides tell each other outside the queue proper: how many descriptors were produced and consumed since
 * the start (credits) and the consumer's idle condition. Each word has one writer and a cache line.
 */
final class QueueControl implements QueueProgress {
    static final int BYTES = 192;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final int CONSUMED = 64;
    private static final int IDLE = 128;

    private final MemorySegment memory;
    private final long offset;

    QueueControl(MemorySegment memory, long offset) {
        this.memory = memory;
        this.offset = offset;
    }

    @Override
    public long produced() {
        return (long) LONG.getAcquire(memory, offset);
    }

    /** Volatile, so that the idle condition is read after it. */
    @Override
    public void produced(long count) {
        LONG.setVolatile(memory, offset, count);
    }

    @Override
    public long consumed() {
        return (long) LONG.getAcquire(memory, offset + CONSUMED);
    }

    @Override
    public void consumed(long count) {
        LONG.setRelease(memory, offset + CONSUMED, count);
    }

    boolean idle() {
        return (int) INT.getVolatile(memory, offset + IDLE) != 0;
    }

    /** Volatile, so that the count of produced descriptors is read after it. */
    void idle(boolean idle) {
        INT.setVolatile(memory, offset + IDLE, idle ? 1 : 0);
    }

    /** The same as {@link #produced()}, but ordered after {@link #idle(boolean)}. */
    long producedAfterIdle() {
        return (long) LONG.getVolatile(memory, offset);
    }
}
