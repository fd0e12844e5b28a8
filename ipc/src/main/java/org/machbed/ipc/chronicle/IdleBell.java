package org.machbed.ipc.chronicle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.machbed.ipc.doorbell.Doorbell;

/**
 * A doorbell with the idle condition of its one consumer before it (reynolds91's conditional variables): producers ring only a
 * consumer that has said it is idle, and only one of them does.
 *
 * <p>The consumer: {@code while (work) ...; markIdle(); if (work) markBusy() else await()}. A producer: make work, then
 * {@link #ringIfIdle}. Either side may find what a hostile other has written; no ring throws for it.
 */
public final class IdleBell {
    /** Room in shared memory; zero bytes at first. */
    public static final int BYTES = 2 * Doorbell.BYTES;

    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    private final MemorySegment memory;
    private final long idle;
    private final Doorbell doorbell;

    /** The bell at {@code offset} of {@code memory}, a multiple of {@link Doorbell#BYTES}. */
    public IdleBell(MemorySegment memory, long offset) {
        this.memory = memory;
        this.idle = offset + Doorbell.BYTES;
        this.doorbell = new Doorbell(memory, offset);
    }

    /** Consumer: says that it will wait. It must look for work once more after this. */
    public void markIdle() {
        WORD.setVolatile(memory, idle, 1L);
    }

    /** Consumer: takes that back. */
    public void markBusy() {
        WORD.setVolatile(memory, idle, 0L);
    }

    /**
     * Consumer: waits until it is rung, or {@code timeoutNs} are over, and is busy again.
     *
     * @return whether it was rung
     */
    public boolean await(long timeoutNs) {
        boolean rung = doorbell.await(timeoutNs);
        markBusy();
        return rung;
    }

    /** Producer: wakes the consumer if it waits or is about to. Who says it after this look at it sees all work that was made before. */
    public void ringIfIdle() {
        VarHandle.fullFence();
        if ((long) WORD.getVolatile(memory, idle) != 0 && WORD.compareAndSet(memory, idle, 1L, 0L)) {
            doorbell.ringOrDrop();
        }
    }

    /** Wakes the consumer whatever it says. */
    public void ring() {
        doorbell.ringOrDrop();
    }
}
