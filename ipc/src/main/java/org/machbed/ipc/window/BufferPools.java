package org.machbed.ipc.window;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;
import org.machbed.ipc.doorbell.Doorbell;

/**
 * A window's free space: pools with a mutex each, so that whoever finds one locked goes to the next (reynolds91, "Free
 * Space"). Neither side ever waits for a lock: the driver defers what it cannot free, and the protocol side keeps it aside.
 * Thread-safe; no garbage.
 */
public final class BufferPools {
    /** No buffer: all pools are empty or locked. */
    public static final int NONE = BufferPool.NONE;

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    /** Who holds a pool's mutex tells nobody when it lets go, so whoever waits because of it looks again so soon, ns. */
    private static final long LOCKED_RETRY_NS = 1_000_000;

    private final WindowSide side;
    private final WindowConfiguration configuration;
    private final MemorySegment memory;
    private final WindowLayout layout;
    private final BufferPool[] pools;
    private final DeferredFreeQueue deferred;
    private final Doorbell wantDoorbell;
    private final LongAdder lockedPools = new LongAdder();
    private final LongAdder deferredFrees = new LongAdder();
    private final LongAdder refusedFrees = new LongAdder();

    /** Protocol side: buffers whose pool was locked when they were freed. Guarded by itself. */
    private final int[] aside;

    private int asideCount;

    /** Where the next search starts, so that the pools are used evenly; races on it do not matter. */
    private int nextPool;

    BufferPools(WindowSide side, WindowConfiguration configuration, MemorySegment memory, WindowLayout layout) {
        this.side = side;
        this.configuration = configuration;
        this.memory = memory;
        this.layout = layout;
        this.pools = new BufferPool[configuration.pools()];
        for (int pool = 0; pool < pools.length; pool++) {
            pools[pool] = new BufferPool(memory, layout, configuration, pool);
        }
        this.deferred = new DeferredFreeQueue(memory, layout);
        this.wantDoorbell = new Doorbell(memory, WindowLayout.WANT_DOORBELL);
        this.aside = new int[side == WindowSide.PROTOCOL ? configuration.buffers() : 0];
    }

    void initialise() {
        for (BufferPool pool : pools) {
            pool.initialise();
        }
    }

    /**
     * Takes a free buffer, without waiting.
     *
     * @return its number, or {@link #NONE}
     */
    public int allocate() {
        return Math.max(NONE, tryAllocate());
    }

    /** A buffer, {@link #NONE}, or {@link BufferPool#LOCKED} when a locked pool may have one. */
    private int tryAllocate() {
        boolean locked = false;
        if (side == WindowSide.PROTOCOL) {
            freeDeferred();
        }
        int start = nextPool;
        for (int i = 0; i < pools.length; i++) {
            int pool = start + i < pools.length ? start + i : start + i - pools.length;
            int buffer = pools[pool].tryAllocate(side);
            if (buffer >= 0) {
                nextPool = pool + 1 < pools.length ? pool + 1 : 0;
                return buffer;
            }
            if (buffer == BufferPool.LOCKED) {
                lockedPools.increment();
                locked = true;
            }
        }
        return locked || asideCount > 0 ? BufferPool.LOCKED : NONE;
    }

    /**
     * Takes several free buffers, as many as one pool has, without waiting.
     *
     * @param into where their numbers are put
     * @return how many, 0 when all pools are empty or locked
     */
    int allocate(int[] into, int count) {
        if (side == WindowSide.PROTOCOL) {
            freeDeferred();
        }
        int start = nextPool;
        for (int i = 0; i < pools.length; i++) {
            int pool = start + i < pools.length ? start + i : start + i - pools.length;
            int taken = pools[pool].tryAllocate(side, into, count);
            if (taken > 0) {
                nextPool = pool + 1 < pools.length ? pool + 1 : 0;
                return taken;
            }
            if (taken == BufferPool.LOCKED) {
                lockedPools.increment();
            }
        }
        return 0;
    }

    /**
     * Protocol side: takes a free buffer and waits for one if need be (m_want).
     *
     * @return its number, or {@link #NONE} when the time was up
     */
    public int allocate(long timeoutNs) {
        if (side != WindowSide.PROTOCOL) {
            throw new IllegalStateException("the interrupt side never waits for buffers");
        }
        int buffer = allocate();
        return buffer != NONE ? buffer : allocateWhenFreed(timeoutNs);
    }

    private int allocateWhenFreed(long timeoutNs) {
        long startNs = System.nanoTime();
        long leftNs = timeoutNs;
        // A count: with a flag, one thread's buffer would end the want of all others.
        INT.getAndAdd(memory, WindowLayout.WANT, 1);
        try {
            while (true) {
                int buffer = tryAllocate();
                if (buffer >= 0) {
                    return buffer;
                }
                if (leftNs <= 0) {
                    return NONE;
                }
                wantDoorbell.await(buffer == BufferPool.LOCKED ? Math.min(leftNs, LOCKED_RETRY_NS) : leftNs);
                leftNs = timeoutNs - (System.nanoTime() - startNs);
            }
        } finally {
            INT.getAndAdd(memory, WindowLayout.WANT, -1);
        }
    }

    /**
     * Gives a buffer back, without waiting. A number that names no buffer, or a second free, is counted and ignored.
     */
    public void free(int buffer) {
        if (buffer < 0 || buffer >= configuration.buffers()) {
            refusedFrees.increment();
            return;
        }
        int outcome = pools[buffer / configuration.buffersPerPool()].tryFree(side, buffer);
        if (outcome == BufferPool.LOCKED) {
            lockedPools.increment();
            defer(buffer);
        } else if (outcome == BufferPool.NONE) {
            refusedFrees.increment();
        }
        wakeWanting(1);
    }

    /** Gives several buffers back, as {@link #free(int)} each: every pool is locked once. */
    void free(int[] some, int count) {
        int left = count;
        for (int pool = 0; left > 0 && pool < pools.length; pool++) {
            int own = owned(pools[pool], some, count);
            if (own > 0) {
                freeInto(pools[pool], some, count);
                left -= own;
            }
        }
        // Numbers that name no buffer.
        refusedFrees.add(left);
        wakeWanting(count);
    }

    private static int owned(BufferPool pool, int[] some, int count) {
        int owned = 0;
        for (int i = 0; i < count; i++) {
            owned += pool.has(some[i]) ? 1 : 0;
        }
        return owned;
    }

    private void freeInto(BufferPool pool, int[] some, int count) {
        int outcome = pool.tryFree(side, some, count);
        if (outcome != BufferPool.LOCKED) {
            refusedFrees.add(outcome);
            return;
        }
        lockedPools.increment();
        for (int i = 0; i < count; i++) {
            if (pool.has(some[i])) {
                defer(some[i]);
            }
        }
    }

    /** Each ring wakes one. */
    private void wakeWanting(int freed) {
        // The buffers must be seen free by whoever sets m_want after this look at it.
        VarHandle.fullFence();
        int wanting = (int) INT.getVolatile(memory, WindowLayout.WANT);
        for (int i = 0; i < freed && i < wanting; i++) {
            wantDoorbell.ringOrDrop();
        }
    }

    private void defer(int buffer) {
        deferredFrees.increment();
        if (side == WindowSide.INTERRUPT) {
            if (!deferred.offer(buffer)) {
                refusedFrees.increment();
            }
            return;
        }
        synchronized (aside) {
            if (asideCount < aside.length) {
                aside[asideCount++] = buffer;
            } else {
                refusedFrees.increment();
            }
        }
    }

    /** Protocol side: frees what either side could not free before; what is locked again waits for the next time. */
    public void freeDeferred() {
        if (asideCount > 0) {
            synchronized (aside) {
                for (int left = asideCount; left > 0; left--) {
                    int buffer = aside[--asideCount];
                    if (pools[buffer / configuration.buffersPerPool()].tryFree(side, buffer) == BufferPool.LOCKED) {
                        aside[asideCount++] = buffer;
                        break;
                    }
                }
            }
        }
        int budget = deferred.isEmpty() ? 0 : configuration.buffers();
        for (int buffer = BufferPool.NONE; budget > 0 && (buffer = deferred.poll()) != BufferPool.NONE; budget--) {
            free(buffer);
        }
    }

    /** Where a buffer starts in {@link Window#memory}. */
    public long offset(int buffer) {
        return layout.buffer(buffer);
    }

    /** All buffers, free or not. */
    int buffers() {
        return configuration.buffers();
    }

    public int bufferBytes() {
        return configuration.bufferBytes();
    }

    /** Free buffers in the pools now; deferred ones are not among them. */
    public int freeBuffers() {
        int free = 0;
        for (BufferPool pool : pools) {
            free += pool.freeBuffers();
        }
        return free;
    }

    /** How often this side found a pool locked and went on. */
    public long lockedPools() {
        return lockedPools.sum();
    }

    /** Buffers of this side whose free was put off. */
    public long deferredFrees() {
        return deferredFrees.sum();
    }

    /** Frees of this side that made no sense. */
    public long refusedFrees() {
        return refusedFrees.sum();
    }

    BufferPool pool(int pool) {
        return pools[pool];
    }
}
