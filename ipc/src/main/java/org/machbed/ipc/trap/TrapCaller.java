package org.machbed.ipc.trap;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.ipc.memory.Futex;
import org.machbed.ipc.memory.Lifeline;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

/**
 * A process's side of a {@link CallGate}. Thread-safe: each call claims a slot of its own. No garbage per call. A waiting
 * call pins the carrier of a virtual thread.
 */
public final class TrapCaller implements AutoCloseable {
    /** The kernel's byte on the gate's lifeline; a caller's is its number. */
    static final int KERNEL_PARTY = 0;

    /** How long a caller waits for a slot of a full gate, ns. */
    static final long CLAIM_LIMIT_NS = 5_000_000_000L;

    private final CallGate gate;
    private final GateLayout layout;
    private final MemorySegment memory;
    private final Doorbell doorbell;
    private final Crossings crossings;
    private final Lifeline lifeline;
    private final long claimLimitNs;
    private final int number;
    private final TrapSlot[] slots;
    private final long freedAddress;
    private final PeriodicCheck livenessCheck;

    /** The slots that were free last: only hints where to look first, so races on them do not matter. */
    private int hint;

    private int bareHint;

    private volatile boolean closed;

    TrapCaller(CallGate gate, Crossings crossings, long claimLimitNs) throws IOException {
        this.gate = gate;
        this.layout = gate.layout();
        this.memory = layout.memory;
        this.doorbell = new Doorbell(memory, GateLayout.DOORBELL);
        this.crossings = crossings;
        this.claimLimitNs = claimLimitNs;
        this.lifeline = Lifeline.open(gate.path());
        this.freedAddress = Futex.address(memory, GateLayout.FREED);
        try {
            this.number = enter();
        } catch (IOException e) {
            lifeline.close();
            throw e;
        }
        this.slots = new TrapSlot[layout.slots];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new TrapSlot(this, layout, i);
        }
        this.livenessCheck = PeriodicCheck.start("gate-liveness", this::wakeWaitersOfDeadKernel);
    }

    /** Calls wait without a time limit; each that wakes for no reason asks {@link #requireLivingKernel}. */
    private void wakeWaitersOfDeadKernel() {
        if (!kernelHasGone()) {
            return;
        }
        for (TrapSlot slot : slots) {
            slot.wakeIfWaiting();
        }
    }

    /** Takes a number whose former owner the kernel has let go of. */
    private int enter() throws IOException {
        for (int caller = 1; caller <= GateLayout.MAX_CALLERS; caller++) {
            long offset = GateLayout.callerOffset(caller);
            if ((long) GateLayout.LONG.getVolatile(memory, offset) == 0 && lifeline.tryHold(caller)) {
                if (GateLayout.LONG.compareAndSet(
                        memory, offset, 0L, ProcessHandle.current().pid())) {
                    return caller;
                }
                lifeline.letGo(caller);
            }
        }
        throw new IOException("the call gate " + gate.path() + " has " + GateLayout.MAX_CALLERS + " callers already");
    }

    /** What the kernel knows this caller by ({@link TrapFrame#caller}). */
    public int number() {
        return number;
    }

    /** Room for data in each call. */
    public int dataBytes() {
        return layout.dataBytes;
    }

    /**
     * Claims a slot, to move data with a call.
     *
     * @return the slot, which the calling thread must close soon: others may wait for it
     * @throws TrapException when this caller is closed
     * @throws GateFullException when none was free for 5 s
     * @throws DeadKernelException when none was free and the kernel is dead
     */
    public TrapSlot claim() {
        requireOpen();
        TrapSlot slot = tryClaim();
        return slot != null ? slot : claimWhenFreed(false);
    }

    /**
     * Claims a slot without room for data, for a call that may wait long; one with room where the gate has no bare ones.
     *
     * @throws TrapException as {@link #claim}
     */
    public TrapSlot claimBare() {
        if (layout.slots == layout.dataSlots) {
            return claim();
        }
        requireOpen();
        TrapSlot slot = tryClaimBare();
        return slot != null ? slot : claimWhenFreed(true);
    }

    private void requireOpen() {
        if (closed) {
            // The number may be another caller's by now.
            throw new TrapException("this caller has left the call gate " + gate.path());
        }
    }

    public long trap(int trapNumber) {
        return trap(trapNumber, 0, 0, 0, 0, 0, 0);
    }

    public long trap(int trapNumber, long a0) {
        return trap(trapNumber, a0, 0, 0, 0, 0, 0);
    }

    public long trap(int trapNumber, long a0, long a1) {
        return trap(trapNumber, a0, a1, 0, 0, 0, 0);
    }

    public long trap(int trapNumber, long a0, long a1, long a2) {
        return trap(trapNumber, a0, a1, a2, 0, 0, 0);
    }

    /**
     * Traps into the kernel and waits for its answer, however long the kernel takes.
     *
     * @return the kernel's result, negative for an error
     * @throws DeadKernelException when the kernel dies meanwhile
     * @throws GateFullException when no slot was free for 5 s
     */
    public long trap(int trapNumber, long a0, long a1, long a2, long a3, long a4, long a5) {
        try (TrapSlot slot = claim()) {
            return slot.call(trapNumber, a0, a1, a2, a3, a4, a5);
        }
    }

    private @Nullable TrapSlot tryClaim() {
        TrapSlot slot = tryClaim(0, layout.dataSlots, hint);
        if (slot != null) {
            hint = slot.index();
        }
        return slot;
    }

    private @Nullable TrapSlot tryClaimBare() {
        TrapSlot slot = tryClaim(layout.dataSlots, layout.slots - layout.dataSlots, bareHint);
        if (slot != null) {
            bareHint = slot.index() - layout.dataSlots;
        }
        return slot;
    }

    private @Nullable TrapSlot tryClaim(int first, int count, int start) {
        int claimed = GateLayout.word(GateLayout.SLOT_CLAIMED, number);
        for (int i = 0; i < count; i++) {
            int slot = first + (start + i < count ? start + i : start + i - count);
            long offset = layout.slotOffset(slot);
            if ((int) GateLayout.INT.getVolatile(memory, offset) == GateLayout.SLOT_FREE
                    && GateLayout.INT.compareAndSet(memory, offset, GateLayout.SLOT_FREE, claimed)) {
                return slots[slot];
            }
        }
        return null;
    }

    private TrapSlot claimWhenFreed(boolean bare) {
        long startNs = System.nanoTime();
        long leftNs = claimLimitNs;
        while (leftNs > 0) {
            int announced = (int) GateLayout.INT.getVolatile(memory, GateLayout.FREED);
            int waited = announced | 1;
            if (announced != waited && !GateLayout.INT.compareAndSet(memory, GateLayout.FREED, announced, waited)) {
                continue;
            }
            TrapSlot slot = bare ? tryClaimBare() : tryClaim();
            if (slot != null) {
                return slot;
            }
            Futex.await(freedAddress, waited, Math.min(leftNs, PeriodicCheck.PERIOD_NS));
            requireLivingKernel();
            leftNs = claimLimitNs - (System.nanoTime() - startNs);
        }
        int count = bare ? slots.length - layout.dataSlots : layout.dataSlots;
        throw new GateFullException("all " + count + (bare ? " bare" : "") + " slots of the call gate " + gate.path()
                + " were taken for " + claimLimitNs / 1_000_000 + " ms");
    }

    /**
     * A way to make calls of one kind without waiting for them, which holds a slot, without room for data, until it is closed.
     *
     * @throws TrapException as {@link #claim}
     */
    public OneWayTrap oneWay(int trapNumber) {
        return new OneWayTrap(claimBare(), trapNumber);
    }

    /** Hands a filled slot to the kernel. */
    void request(int slot, Crossing counted) {
        crossings.count(counted);
        GateLayout.LONG.getAndBitwiseOr(
                memory, GateLayout.READY + (long) (slot / Long.SIZE) * Long.BYTES, 1L << (slot % Long.SIZE));
        doorbell.ring();
    }

    void freed() {
        CallGate.announceFreed(memory, freedAddress);
    }

    void requireLivingKernel() {
        if (!kernelHasGone()) {
            return;
        }
        if ((int) GateLayout.INT.getVolatile(memory, GateLayout.KERNEL_STATE) == GateLayout.KERNEL_CLOSED) {
            throw new DeadKernelException("the kernel has closed the call gate " + gate.path());
        }
        throw new DeadKernelException("the kernel of the call gate " + gate.path() + " has died (process "
                + (long) GateLayout.LONG.getVolatile(memory, GateLayout.KERNEL_PID) + ")");
    }

    /** A kernel that has yet to start serving has not gone. */
    private boolean kernelHasGone() {
        int state = (int) GateLayout.INT.getVolatile(memory, GateLayout.KERNEL_STATE);
        return state == GateLayout.KERNEL_CLOSED
                || (state == GateLayout.KERNEL_SERVING && !lifeline.isHeldByAnother(KERNEL_PARTY));
    }

    /** Leaves the gate; the kernel then frees what this caller held. Calls under way end with a {@link TrapException}. */
    @Override
    public void close() {
        closed = true;
        livenessCheck.close();
        lifeline.close();
    }
}
