package org.machbed.ipc.window;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One pool: a stack of free buffers under a mutex of its own (reynolds91, "Free Space"). The other side may write anything
 * into the stack, so whatever is read from it is checked; it can only mix up its own buffers.
 */
final class BufferPool {
    static final int NONE = -1;
    static final int LOCKED = -2;

    private static final int FREE_COUNT = 4;

    private final MemorySegment memory;
    private final long control;
    private final long stack;
    private final int first;
    private final int buffers;
    private final WindowMutex mutex;

    BufferPool(MemorySegment memory, WindowLayout layout, WindowConfiguration configuration, int pool) {
        this.memory = memory;
        this.control = layout.poolControl(pool);
        this.stack = layout.freeStack(pool);
        this.buffers = configuration.buffersPerPool();
        this.first = pool * buffers;
        this.mutex = new CompareAndSetMutex(memory, control);
    }

    /** Fills a new pool. */
    void initialise() {
        for (int i = 0; i < buffers; i++) {
            memory.set(ValueLayout.JAVA_INT, stack + (long) i * Integer.BYTES, first + buffers - 1 - i);
        }
        memory.set(ValueLayout.JAVA_INT, control + FREE_COUNT, buffers);
    }

    /** A buffer, {@link #NONE} or {@link #LOCKED}. */
    int tryAllocate(WindowSide side) {
        if (!mutex.tryLock(side)) {
            return LOCKED;
        }
        try {
            return pop();
        } finally {
            mutex.unlock(side);
        }
    }

    /**
     * Takes up to {@code count} buffers.
     *
     * @param into where they are put
     * @return how many, or {@link #LOCKED}
     */
    int tryAllocate(WindowSide side, int[] into, int count) {
        if (!mutex.tryLock(side)) {
            return LOCKED;
        }
        try {
            int taken = 0;
            for (int buffer; taken < count && (buffer = pop()) != NONE; taken++) {
                into[taken] = buffer;
            }
            return taken;
        } finally {
            mutex.unlock(side);
        }
    }

    private int pop() {
        int free = memory.get(ValueLayout.JAVA_INT, control + FREE_COUNT);
        if (free <= 0 || free > buffers) {
            return NONE;
        }
        memory.set(ValueLayout.JAVA_INT, control + FREE_COUNT, free - 1);
        int buffer = memory.get(ValueLayout.JAVA_INT, stack + (long) (free - 1) * Integer.BYTES);
        return has(buffer) ? buffer : NONE;
    }

    /**
     * Puts a buffer of this pool back.
     *
     * @return 0, {@link #NONE} when all its buffers are free already (it was freed twice) or {@link #LOCKED}
     */
    int tryFree(WindowSide side, int buffer) {
        if (!mutex.tryLock(side)) {
            return LOCKED;
        }
        try {
            return push(buffer) ? 0 : NONE;
        } finally {
            mutex.unlock(side);
        }
    }

    /**
     * Puts back those of several buffers that are this pool's.
     *
     * @return how many were one too many, or {@link #LOCKED}
     */
    int tryFree(WindowSide side, int[] some, int count) {
        if (!mutex.tryLock(side)) {
            return LOCKED;
        }
        try {
            int refused = 0;
            for (int i = 0; i < count; i++) {
                if (has(some[i]) && !push(some[i])) {
                    refused++;
                }
            }
            return refused;
        } finally {
            mutex.unlock(side);
        }
    }

    private boolean push(int buffer) {
        int free = memory.get(ValueLayout.JAVA_INT, control + FREE_COUNT);
        if (free < 0 || free >= buffers) {
            return false;
        }
        memory.set(ValueLayout.JAVA_INT, stack + (long) free * Integer.BYTES, buffer);
        memory.set(ValueLayout.JAVA_INT, control + FREE_COUNT, free + 1);
        return true;
    }

    /** Whether a buffer is one of this pool. */
    boolean has(int buffer) {
        return buffer >= first && buffer < first + buffers;
    }

    /** Free buffers, out of date at once. */
    int freeBuffers() {
        return Math.clamp(memory.get(ValueLayout.JAVA_INT, control + FREE_COUNT), 0, buffers);
    }

    /** For tests that hold a pool. */
    WindowMutex mutex() {
        return mutex;
    }
}
