package org.machbed.ipc.trap;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.machbed.ipc.memory.Futex;
import org.machbed.ipc.process.Crossing;

/**
 * A claimed slot of a call gate: a place for data on its way in and out, and the call. It belongs to the thread that claimed
 * it until {@link #close}.
 */
public final class TrapSlot implements AutoCloseable {
    private final TrapCaller caller;
    private final MemorySegment memory;
    private final MemorySegment data;
    private final ByteBuffer dataBuffer;
    private final int index;
    private final long offset;
    private final long address;

    TrapSlot(TrapCaller caller, GateLayout layout, int index) {
        this.caller = caller;
        this.memory = layout.memory;
        this.data = layout.data(index);
        this.dataBuffer = data.asByteBuffer().order(ByteOrder.BIG_ENDIAN);
        this.index = index;
        this.offset = layout.slotOffset(index);
        this.address = Futex.address(memory, offset);
    }

    int index() {
        return index;
    }

    /** The slot's data: what the kernel copies in from and out to. */
    public MemorySegment data() {
        return data;
    }

    /** The same as a buffer, always the same object, cleared: position 0, limit its capacity. */
    public ByteBuffer dataBuffer() {
        return dataBuffer.clear();
    }

    public long call(int number) {
        return call(number, 0, 0, 0, 0, 0, 0);
    }

    public long call(int number, long a0) {
        return call(number, a0, 0, 0, 0, 0, 0);
    }

    public long call(int number, long a0, long a1) {
        return call(number, a0, a1, 0, 0, 0, 0);
    }

    public long call(int number, long a0, long a1, long a2) {
        return call(number, a0, a1, a2, 0, 0, 0);
    }

    public long call(int number, long a0, long a1, long a2, long a3) {
        return call(number, a0, a1, a2, a3, 0, 0);
    }

    /**
     * Traps into the kernel and waits for its answer. The slot may call again afterwards.
     *
     * @return the kernel's result, negative for an error
     * @throws DeadKernelException when the kernel dies meanwhile
     */
    public long call(int number, long a0, long a1, long a2, long a3, long a4, long a5) {
        request(Crossing.TRAPS, number, a0, a1, a2, a3, a4, a5);
        return awaitResult();
    }

    /** Hands a call to the kernel; {@link #awaitResult} comes before the next one. */
    void request(Crossing counted, int number, long a0, long a1, long a2, long a3, long a4, long a5) {
        GateLayout.INT.set(memory, offset + GateLayout.NUMBER, number);
        long arguments = offset + GateLayout.ARGUMENTS;
        GateLayout.LONG.set(memory, arguments, a0);
        GateLayout.LONG.set(memory, arguments + 8, a1);
        GateLayout.LONG.set(memory, arguments + 16, a2);
        GateLayout.LONG.set(memory, arguments + 24, a3);
        GateLayout.LONG.set(memory, arguments + 32, a4);
        GateLayout.LONG.set(memory, arguments + 40, a5);
        GateLayout.INT.setRelease(memory, offset, requested());
        caller.request(index, counted);
    }

    /** Waits for the kernel's answer to the call that was handed over, unless it is there. */
    long awaitResult() {
        awaitDone(requested());
        return (long) GateLayout.LONG.get(memory, offset + GateLayout.RESULT);
    }

    private int requested() {
        return GateLayout.word(GateLayout.SLOT_REQUESTED, caller.number());
    }

    /** Sleeps until the word leaves {@code requested}; the waiting bit tells the kernel that a wake-up is due. */
    private void awaitDone(int requested) {
        int waiting = requested | GateLayout.SLOT_WAITING;
        int seen = (int) GateLayout.INT.compareAndExchange(memory, offset, requested, waiting);
        if (seen == requested) {
            seen = waiting;
        }
        while (seen == waiting) {
            Futex.await(address, waiting);
            seen = (int) GateLayout.INT.getVolatile(memory, offset);
            if (seen == waiting) {
                caller.requireLivingKernel();
            }
        }
        if (seen != GateLayout.word(GateLayout.SLOT_DONE, caller.number())) {
            throw new TrapException("the slot of a call was taken away: its caller was closed");
        }
    }

    /** Any thread: has a call of ours that waits look whether the kernel lives. */
    void wakeIfWaiting() {
        int seen = (int) GateLayout.INT.getVolatile(memory, offset);
        if (seen == (requested() | GateLayout.SLOT_WAITING)) {
            Futex.wake(address, Integer.MAX_VALUE);
        }
    }

    /** Gives the slot back, unless the kernel still holds it: then it stays the caller's until the kernel lets go. */
    @Override
    public void close() {
        int seen = (int) GateLayout.INT.getVolatile(memory, offset);
        boolean mine =
                GateLayout.callerOf(seen) == caller.number() && GateLayout.state(seen) != GateLayout.SLOT_REQUESTED;
        if (mine && GateLayout.INT.compareAndSet(memory, offset, seen, GateLayout.SLOT_FREE)) {
            caller.freed();
        }
    }
}
