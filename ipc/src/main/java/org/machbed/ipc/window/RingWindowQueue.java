package org.machbed.ipc.window;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.ipc.chronicle.QueueControl;

/**
 * A window's queue as a ring of descriptors in the window's own memory, for one producer and one consumer (Lamport, Specifying Concurrent
 * Program Modules, 1983): each writes a count of its own, which says how far the other may go. No file, no lock, no system call, no
 * garbage. Counts that cannot be end the queue for good.
 */
final class RingWindowQueue extends ControlledQueue {
    private final MemorySegment memory;
    private final long ring;
    private final int capacity;
    private final int mask;

    /** Descriptors that this side has produced or consumed. */
    private long position;

    /** Producer: the consumer's count as last seen. */
    private long knownConsumed;

    private boolean broken;

    /**
     * @param ring where in {@code memory} its {@link #slots} words lie
     * @param capacity most descriptors outstanding
     */
    RingWindowQueue(QueueControl control, MemorySegment memory, long ring, int capacity) {
        super(control);
        this.memory = memory;
        this.ring = ring;
        this.capacity = capacity;
        this.mask = slots(capacity) - 1;
    }

    /** Words of a ring: a power of two. */
    static int slots(int capacity) {
        return capacity == 1 ? 1 : Integer.highestOneBit(capacity - 1) << 1;
    }

    private long slot(long at) {
        return ring + (at & mask) * Long.BYTES;
    }

    @Override
    public boolean offer(long descriptor) {
        if (position - knownConsumed >= capacity) {
            knownConsumed = control.consumed();
            broken |= outOfRange(position - knownConsumed);
        }
        if (broken || position - knownConsumed >= capacity) {
            return false;
        }
        memory.set(ValueLayout.JAVA_LONG, slot(position), descriptor);
        control.produced(++position);
        return true;
    }

    private boolean outOfRange(long outstanding) {
        return outstanding < 0 || outstanding > capacity;
    }

    @Override
    public long poll() {
        if (isEmpty()) {
            return NONE;
        }
        long descriptor = memory.get(ValueLayout.JAVA_LONG, slot(position));
        control.consumed(++position);
        return descriptor;
    }

    @Override
    public boolean isEmpty() {
        long outstanding = control.produced() - position;
        broken |= outOfRange(outstanding);
        return broken || outstanding == 0;
    }

    @Override
    public long outstanding() {
        long outstanding = position - control.consumed();
        broken |= outOfRange(outstanding);
        return broken ? Long.MAX_VALUE : outstanding;
    }

    @Override
    public boolean isBroken() {
        return broken;
    }

    /** Its memory is the window's. */
    @Override
    public void close() {}
}
