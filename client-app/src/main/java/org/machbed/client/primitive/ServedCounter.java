package org.machbed.client.primitive;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Counts what a transport's own thread serves, and wakes one thread that waits for a number of them. */
final class ServedCounter {
    private final AtomicLong served = new AtomicLong();
    private volatile long wanted = Long.MAX_VALUE;
    private volatile @Nullable Thread waiting;
    private volatile boolean closed;

    /** One more was served. */
    void one() {
        if (served.incrementAndGet() >= wanted) {
            LockSupport.unpark(waiting);
        }
    }

    long count() {
        return served.get();
    }

    /** Waits until so many were served in all, {@code limitNs} have passed or it is closed; answers whether they were. */
    boolean await(long total, long limitNs) {
        waiting = Thread.currentThread();
        wanted = total;
        long deadlineNs = System.nanoTime() + limitNs;
        while (served.get() < total && !closed) {
            long leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0 || Thread.currentThread().isInterrupted()) {
                break;
            }
            LockSupport.parkNanos(this, leftNs);
        }
        wanted = Long.MAX_VALUE;
        return served.get() >= total;
    }

    void close() {
        closed = true;
        LockSupport.unpark(waiting);
    }
}
