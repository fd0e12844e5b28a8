package org.machbed.ipc.window;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** The mutex of hardware with an atomic compare-and-set; excludes threads of one side from each other too. */
final class CompareAndSetMutex implements WindowMutex {
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment memory;
    private final long offset;

    CompareAndSetMutex(MemorySegment memory, long offset) {
        this.memory = memory;
        this.offset = offset;
    }

    @Override
    public boolean tryLock(WindowSide side) {
        return (int) INT.getAcquire(memory, offset) == 0
                && INT.compareAndSet(memory, offset, 0, side == WindowSide.PROTOCOL ? 1 : 2);
    }

    @Override
    public void unlock(WindowSide side) {
        INT.setRelease(memory, offset, 0);
    }
}
