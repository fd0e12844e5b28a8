package org.machbed.ipc.trap;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.ipc.memory.Futex;
import org.machbed.ipc.memory.Lifeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's side of a {@link CallGate}. The threads that serve are the caller's: each runs {@link #runLoop}, or one that
 * serves other things too calls {@link #serveRung}. It keeps its own account of which slots it serves; the shared words only
 * tell it what callers want.
 */
public final class TrapService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TrapService.class);
    /** Traps that {@link #serveRung} serves at most before its thread looks at what else it has to do. */
    public static final int BUDGET = 64;

    private static final long EIO = 5;
    private static final int NONE = -1;

    private final CallGate gate;
    private final GateLayout layout;
    private final MemorySegment memory;
    private final TrapHandler handler;
    private final Doorbell doorbell;
    private final Lifeline lifeline;
    private final TrapFrame[] frames;
    private final long[] slotAddresses;
    private final long freedAddress;
    private final LongAdder refusedRequests = new LongAdder();
    private final AtomicInteger loops = new AtomicInteger();
    private final Object sweeping = new Object();
    private final PeriodicCheck sweeps;
    private volatile boolean sweepDue;
    private volatile boolean stopping;

    /** Where the search for ready slots starts, so that none starves; races on it do not matter. */
    private int cursor;

    /**
     * Becomes the kernel of a gate.
     *
     * @throws IOException when the gate has a living kernel already
     */
    public TrapService(CallGate gate, TrapHandler handler) throws IOException {
        this.gate = gate;
        this.layout = gate.layout();
        this.memory = layout.memory;
        this.handler = handler;
        this.doorbell = new Doorbell(memory, GateLayout.DOORBELL);
        this.freedAddress = Futex.address(memory, GateLayout.FREED);
        this.frames = new TrapFrame[layout.slots];
        this.slotAddresses = new long[layout.slots];
        for (int slot = 0; slot < frames.length; slot++) {
            frames[slot] = new TrapFrame(this, layout.data(slot), slot);
            slotAddresses[slot] = Futex.address(memory, layout.slotOffset(slot));
        }
        this.lifeline = Lifeline.open(gate.path());
        if (!lifeline.tryHold(TrapCaller.KERNEL_PARTY)) {
            lifeline.close();
            throw new IOException("the call gate " + gate.path() + " has a kernel already");
        }
        GateLayout.LONG.setVolatile(
                memory, GateLayout.KERNEL_PID, ProcessHandle.current().pid());
        GateLayout.INT.setVolatile(memory, GateLayout.KERNEL_STATE, GateLayout.KERNEL_SERVING);
        this.sweeps = PeriodicCheck.start("gate-sweep", this::requestSweep);
    }

    /** The sweep itself runs on a thread that serves. */
    private void requestSweep() {
        sweepDue = true;
        doorbell.ringOrDrop();
    }

    /** Serves traps on the calling thread until {@link #stop}. Several threads may. */
    public void runLoop() {
        loops.incrementAndGet();
        try {
            while (!stopping) {
                doorbell.await();
                serveOne();
                sweepWhenDue();
            }
        } finally {
            loops.decrementAndGet();
        }
    }

    /** What callers ring, for a thread that awaits other things besides and then calls {@link #serveRung}. */
    public Doorbell doorbell() {
        return doorbell;
    }

    /** Serves the traps that have rung, at most {@link #BUDGET} of them; never waits. In place of {@link #runLoop}. */
    public void serveRung() {
        for (int i = 0; i < BUDGET && doorbell.tryAwait(); i++) {
            serveOne();
        }
        sweepWhenDue();
    }

    /** What rings alone would miss: calls whose ring a hostile caller took, and callers that have died. */
    private void sweepWhenDue() {
        if (!sweepDue) {
            return;
        }
        sweepDue = false;
        while (serveOne()) {
            // Each call served is progress.
        }
        reapDeadCallers();
    }

    private boolean serveOne() {
        int slot = nextReady();
        if (slot == NONE) {
            return false;
        }
        serve(slot);
        return true;
    }

    /** Takes a ready bit, round robin. */
    private int nextReady() {
        int words = layout.readyWords();
        int start = cursor;
        for (int i = 0; i <= words; i++) {
            int word = (start / Long.SIZE + i) % words;
            long offset = GateLayout.READY + (long) word * Long.BYTES;
            long candidates = (long) GateLayout.LONG.getVolatile(memory, offset) & layout.readyMask(word);
            if (i == 0) {
                // The part before the cursor comes last, when the search is back at this word.
                candidates &= -1L << (start % Long.SIZE);
            }
            while (candidates != 0) {
                long bit = Long.lowestOneBit(candidates);
                if (((long) GateLayout.LONG.getAndBitwiseAnd(memory, offset, ~bit) & bit) != 0) {
                    int slot = word * Long.SIZE + Long.numberOfTrailingZeros(bit);
                    cursor = slot + 1 < layout.slots ? slot + 1 : 0;
                    return slot;
                }
                candidates &= ~bit;
            }
        }
        return NONE;
    }

    private void serve(int slot) {
        TrapFrame frame = frames[slot];
        long offset = layout.slotOffset(slot);
        if (!frame.take()) {
            return;
        }
        int word = (int) GateLayout.INT.getAcquire(memory, offset);
        int caller = GateLayout.callerOf(word);
        if (GateLayout.state(word) != GateLayout.SLOT_REQUESTED || caller == 0 || caller > GateLayout.MAX_CALLERS) {
            frame.leave();
            refuseRequest();
            return;
        }
        frame.copyIn(memory, offset, caller);
        frame.serve();
        try {
            handler.onTrap(frame);
        } catch (RuntimeException e) {
            LOG.error("trap {} of caller {} failed", frame.number(), caller, e);
            finish(frame, -EIO);
        }
    }

    void complete(TrapFrame frame, long result) {
        if (!finish(frame, result)) {
            throw new IllegalStateException("trap " + frame.number() + " was completed twice");
        }
    }

    private boolean finish(TrapFrame frame, long result) {
        int slot = frame.slot();
        long offset = layout.slotOffset(slot);
        int caller = frame.caller();
        if (frame.move(TrapFrame.SERVING, TrapFrame.CHANGING)) {
            GateLayout.LONG.set(memory, offset + GateLayout.RESULT, result);
            int done = GateLayout.word(GateLayout.SLOT_DONE, caller);
            int before = (int) GateLayout.INT.getAndSet(memory, offset, done);
            frame.leave();
            if ((before & GateLayout.SLOT_WAITING) != 0) {
                Futex.wake(slotAddresses[slot], 1);
            }
            return true;
        }
        if (frame.move(TrapFrame.ABANDONED, TrapFrame.CHANGING)) {
            GateLayout.INT.setVolatile(memory, offset, GateLayout.SLOT_FREE);
            frame.leave();
            CallGate.announceFreed(memory, freedAddress);
            return true;
        }
        return false;
    }

    /**
     * Lets go of what dead callers held: their slots become free, at once or, where a handler still holds the frame, when it
     * completes it. The threads that serve do so every half second.
     *
     * @return callers found dead
     */
    public int reapDeadCallers() {
        int dead = 0;
        synchronized (sweeping) {
            for (int caller = 1; caller <= GateLayout.MAX_CALLERS; caller++) {
                long offset = GateLayout.callerOffset(caller);
                long pid = (long) GateLayout.LONG.getVolatile(memory, offset);
                if (pid != 0 && !lifeline.isHeldByAnother(caller)) {
                    reap(caller, pid);
                    // Only now may another process take the number.
                    GateLayout.LONG.setVolatile(memory, offset, 0L);
                    dead++;
                }
            }
        }
        return dead;
    }

    private void reap(int caller, long pid) {
        LOG.info("caller {} of {} (process {}) has gone", caller, gate.path(), pid);
        for (int slot = 0; slot < frames.length; slot++) {
            reapSlot(slot, caller);
        }
        try {
            handler.onCallerDeath(caller);
        } catch (RuntimeException e) {
            LOG.error("letting go of caller {} failed", caller, e);
        }
    }

    private void reapSlot(int slot, int caller) {
        TrapFrame frame = frames[slot];
        long offset = layout.slotOffset(slot);
        if (frame.move(TrapFrame.IDLE, TrapFrame.CHANGING)) {
            int word = (int) GateLayout.INT.getVolatile(memory, offset);
            boolean freed = GateLayout.callerOf(word) == caller
                    && GateLayout.INT.compareAndSet(memory, offset, word, GateLayout.SLOT_FREE);
            frame.leave();
            if (freed) {
                wakeIfWaiting(slot, word);
                CallGate.announceFreed(memory, freedAddress);
            }
        } else if (frame.caller() == caller) {
            frame.move(TrapFrame.SERVING, TrapFrame.ABANDONED);
        }
    }

    /** A caller that only closed its side may have threads in calls. */
    private void wakeIfWaiting(int slot, int word) {
        if ((word & GateLayout.SLOT_WAITING) != 0) {
            Futex.wake(slotAddresses[slot], Integer.MAX_VALUE);
        }
    }

    void announceReady(int slot) {
        GateLayout.LONG.getAndBitwiseOr(
                memory, GateLayout.READY + (long) (slot / Long.SIZE) * Long.BYTES, 1L << (slot % Long.SIZE));
        doorbell.ringOrDrop();
    }

    void refuseRequest() {
        refusedRequests.increment();
    }

    /** Requests that made no sense: rings without a call, calls on slots being served. */
    public long refusedRequests() {
        return refusedRequests.sum();
    }

    /** Makes {@link #runLoop} return, on all threads. */
    public void stop() {
        stopping = true;
        for (int loop = loops.get(); loop >= 0; loop--) {
            doorbell.ringOrDrop();
        }
    }

    /** Stops and tells waiting callers that the kernel has gone. Threads in {@link #runLoop} should have ended. */
    @Override
    public void close() {
        stop();
        sweeps.close();
        GateLayout.INT.setVolatile(memory, GateLayout.KERNEL_STATE, GateLayout.KERNEL_CLOSED);
        for (long address : slotAddresses) {
            Futex.wake(address, Integer.MAX_VALUE);
        }
        Futex.wake(freedAddress, Integer.MAX_VALUE);
        lifeline.close();
    }
}
