package org.machbed.ipc.window;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Where the driver leaves buffers that it cannot free because their pool is locked; the protocol side frees them at its
 * leisure (reynolds91, "Free Space"). A ring with a place for every buffer; one producer side, one consumer side, each
 * guarded within its process by this object's monitor.
 */
final class DeferredFreeQueue {
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final int CONSUMED = 64;

    private final MemorySegment memory;
    private final int mask;

    DeferredFreeQueue(MemorySegment memory, WindowLayout layout) {
        this.memory = memory;
        this.mask = layout.deferredCapacity() - 1;
    }

    /** Interrupt side: false only when the other side has broken the ring. */
    synchronized boolean offer(int buffer) {
        int produced = (int) INT.getAcquire(memory, WindowLayout.DEFERRED_CONTROL);
        int outstanding = produced - (int) INT.getAcquire(memory, WindowLayout.DEFERRED_CONTROL + CONSUMED);
        if (outstanding < 0 || outstanding > mask) {
            return false;
        }
        INT.set(memory, slot(produced), buffer);
        INT.setRelease(memory, WindowLayout.DEFERRED_CONTROL, produced + 1);
        return true;
    }

    /** Protocol side: a buffer's number, to be checked, or {@link BufferPool#NONE}. */
    synchronized int poll() {
        int consumed = (int) INT.getAcquire(memory, WindowLayout.DEFERRED_CONTROL + CONSUMED);
        if ((int) INT.getAcquire(memory, WindowLayout.DEFERRED_CONTROL) == consumed) {
            return BufferPool.NONE;
        }
        int buffer = (int) INT.get(memory, slot(consumed));
        INT.setRelease(memory, WindowLayout.DEFERRED_CONTROL + CONSUMED, consumed + 1);
        return buffer;
    }

    boolean isEmpty() {
        return (int) INT.getAcquire(memory, WindowLayout.DEFERRED_CONTROL)
                == (int) INT.getAcquire(memory, WindowLayout.DEFERRED_CONTROL + CONSUMED);
    }

    private long slot(int position) {
        return WindowLayout.DEFERRED_RING + (long) (position & mask) * Integer.BYTES;
    }
}
