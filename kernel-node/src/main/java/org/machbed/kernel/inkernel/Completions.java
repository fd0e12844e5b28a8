package org.machbed.kernel.inkernel;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.trap.TrapFrame;

/**
 * Traps to complete once the kernel lock is free again. Completing one wakes its caller, which on a host of one CPU runs at
 * once and may trap again: under the lock, the thread that serves its trap would run into the lock and give the CPU back.
 *
 * <p>One per thread that enters the stack; that thread alone uses it.
 */
final class Completions {
    private final @Nullable TrapFrame[] frames;
    private final long[] results;
    private int size;

    /** Holds at most {@code limit} traps, one for each slot of the gate. */
    Completions(int limit) {
        frames = new @Nullable TrapFrame[limit];
        results = new long[limit];
    }

    void add(TrapFrame frame, long result) {
        frames[size] = frame;
        results[size++] = result;
    }

    /** Wakes the callers, in the order of their data. Call it without the kernel lock. */
    void completeAll() {
        for (int i = 0; i < size; i++) {
            TrapFrame frame = frames[i];
            frames[i] = null;
            if (frame != null) {
                frame.complete(results[i]);
            }
        }
        size = 0;
    }
}
