package org.machbed.ipc.doorbell;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.machbed.ipc.memory.Futex;

/**
 * A counting unblock across processes (reynolds91, "Queues": device events are counted, so that one which comes before the
 * wait is not lost). Each ring lets exactly one await return, now or later.
 *
 * <p>One 64-bit word of shared memory holds both what decides a ring and what decides a wait:
 *
 * <pre>
 *  63                              32 31                               0
 * +----------------------------------+----------------------------------+
 * |   threads that wait or are about |   rings that nobody has taken    |
 * |   to                             |   (the futex word)               |
 * +----------------------------------+----------------------------------+
 * </pre>
 *
 * A ring adds to the low half and wakes only when the same atomic step saw waiters, so it makes no system call when nobody
 * waits. A waiter first enters itself in the high half and then sleeps only while the low half is 0, which futex(2) checks
 * again; so no ring falls between. Nobody spins. A process killed while it waits leaves its entry behind, which costs
 * later rings a system call and nothing else.
 *
 * <p>Thread-safe; no garbage. Waiting pins the carrier of a virtual thread.
 */
public final class Doorbell {
    /** Room that a doorbell takes: a cache line of its own. */
    public static final int BYTES = 64;

    /** Most rings that may be untaken at once. */
    public static final int MAX_COUNT = 1 << 30;

    private static final long ONE_WAITER = 1L << 32;
    private static final long REFUSED = -1;
    private static final long COUNT_MASK = 0xFFFF_FFFFL;
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    private final MemorySegment memory;
    private final long offset;
    private final long address;

    /**
     * The doorbell at {@code offsetBytes} of {@code memory}, which starts as zero bytes.
     *
     * @throws IllegalArgumentException when the offset is no multiple of {@link #BYTES}
     */
    public Doorbell(MemorySegment memory, long offsetBytes) {
        if (offsetBytes % BYTES != 0) {
            throw new IllegalArgumentException("a doorbell must lie at a multiple of 64 bytes, not at " + offsetBytes);
        }
        this.memory = memory;
        this.offset = offsetBytes;
        // The low half of a little-endian word comes first; the constructor checks the order with the bounds.
        this.address = Futex.address(memory.asSlice(0, offsetBytes + BYTES), offsetBytes);
    }

    /**
     * Rings once.
     *
     * @return whether a waiter had to be woken, which took a system call
     */
    public boolean ring() {
        return ring(1);
    }

    /**
     * Rings {@code times} times at once.
     *
     * @return whether waiters had to be woken, which took a system call
     * @throws IllegalStateException when more than {@link #MAX_COUNT} rings would be untaken; none is then added
     */
    public boolean ring(int times) {
        if (times <= 0 || times > MAX_COUNT) {
            throw new IllegalArgumentException("a doorbell cannot ring " + times + " times");
        }
        long waiters = add(times, MAX_COUNT);
        if (waiters == REFUSED) {
            throw new IllegalStateException("a doorbell was rung " + MAX_COUNT + " times and nobody awaited it");
        }
        return wake(waiters, times);
    }

    /** Adds rings unless more than {@code most} would be untaken; answers how many wait, or {@link #REFUSED}. */
    private long add(int times, int most) {
        long before = (long) WORD.getAndAdd(memory, offset, (long) times);
        if ((before & COUNT_MASK) + times > most) {
            WORD.getAndAdd(memory, offset, (long) -times);
            return REFUSED;
        }
        return before >>> 32;
    }

    private boolean wake(long waiters, int times) {
        if (waiters == 0) {
            return false;
        }
        Futex.wake(address, (int) Math.min(waiters, times));
        return true;
    }

    /**
     * Rings once for a peer that may write what it likes, at any time: where {@link #ring} would throw, the peer has rings enough to
     * find and this one is dropped.
     *
     * @return whether a waiter had to be woken, which took a system call
     */
    public boolean ringOrDrop() {
        long waiters = add(1, MAX_COUNT / 2);
        return waiters != REFUSED && wake(waiters, 1);
    }

    /** Takes one ring if there is one; never waits. */
    public boolean tryAwait() {
        long seen = (long) WORD.getVolatile(memory, offset);
        while ((seen & COUNT_MASK) != 0) {
            long witness = (long) WORD.compareAndExchange(memory, offset, seen, seen - 1);
            if (witness == seen) {
                return true;
            }
            seen = witness;
        }
        return false;
    }

    /** Waits for a ring and takes it. */
    public void await() {
        if (tryAwait()) {
            return;
        }
        enter();
        while (!tryTakeAndLeave()) {
            Futex.await(address, 0);
        }
    }

    /**
     * Waits for a ring for at most {@code timeoutNs} and takes it.
     *
     * @param timeoutNs 0 or less does not wait; {@link Long#MAX_VALUE} waits as long as it takes
     * @return whether a ring was taken
     */
    public boolean await(long timeoutNs) {
        if (tryAwait()) {
            return true;
        }
        if (timeoutNs <= 0) {
            return false;
        }
        if (timeoutNs == Long.MAX_VALUE) {
            await();
            return true;
        }
        long startNs = System.nanoTime();
        long leftNs = timeoutNs;
        enter();
        while (!tryTakeAndLeave()) {
            if (leftNs <= 0) {
                leave();
                return false;
            }
            Futex.await(address, 0, leftNs);
            leftNs = timeoutNs - (System.nanoTime() - startNs);
        }
        return true;
    }

    /** Whether {@link #awaitEither} can be had on this machine. */
    public static boolean canAwaitEither() {
        return Futex.canAwaitEither();
    }

    /**
     * Waits until one of two doorbells has a ring that nobody has taken, for at most {@code timeoutNs}; takes none. For a
     * thread that alone awaits both: it then takes what it finds with {@link #tryAwait}.
     *
     * @param timeoutNs 0 or less does not wait; {@link Long#MAX_VALUE} waits as long as it takes
     * @return whether one of them has a ring
     */
    public static boolean awaitEither(Doorbell first, Doorbell second, long timeoutNs) {
        if (first.hasRing() || second.hasRing()) {
            return true;
        }
        if (timeoutNs <= 0) {
            return false;
        }
        first.enter();
        second.enter();
        boolean rung = untilEitherHasRing(first, second, timeoutNs);
        first.leave();
        second.leave();
        return rung;
    }

    private static boolean untilEitherHasRing(Doorbell first, Doorbell second, long timeoutNs) {
        long startNs = timeoutNs == Long.MAX_VALUE ? 0 : System.nanoTime();
        long leftNs = timeoutNs;
        while (!first.hasRing() && !second.hasRing()) {
            if (leftNs <= 0) {
                return false;
            }
            // Both words hold their count of rings, which the call compares with 0 again.
            Futex.awaitEither(first.address, second.address, 0, leftNs);
            if (timeoutNs != Long.MAX_VALUE) {
                leftNs = timeoutNs - (System.nanoTime() - startNs);
            }
        }
        return true;
    }

    private boolean hasRing() {
        return ((long) WORD.getVolatile(memory, offset) & COUNT_MASK) != 0;
    }

    /** Rings that nobody has taken yet; out of date at once. */
    public int count() {
        return (int) Math.min(Integer.MAX_VALUE, (long) WORD.getVolatile(memory, offset) & COUNT_MASK);
    }

    /** Threads that wait or are about to; out of date at once. */
    public int waiters() {
        return (int) ((long) WORD.getVolatile(memory, offset) >>> 32);
    }

    private void enter() {
        WORD.getAndAdd(memory, offset, ONE_WAITER);
    }

    private void leave() {
        WORD.getAndAdd(memory, offset, -ONE_WAITER);
    }

    private boolean tryTakeAndLeave() {
        long seen = (long) WORD.getVolatile(memory, offset);
        while ((seen & COUNT_MASK) != 0) {
            long witness = (long) WORD.compareAndExchange(memory, offset, seen, seen - 1 - ONE_WAITER);
            if (witness == seen) {
                return true;
            }
            seen = witness;
        }
        return false;
    }
}
