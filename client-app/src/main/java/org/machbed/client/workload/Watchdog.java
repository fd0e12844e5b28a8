package org.machbed.client.workload;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a trial in which nothing happens any more: a datagram that was lost is never answered, and its receiver would wait for
 * ever. Costs the loop that it watches one plain store an operation, and the host one wake-up every few seconds.
 */
public final class Watchdog implements AutoCloseable {
    /** What cuts the wait short. */
    @FunctionalInterface
    public interface Cutter {
        void cut() throws IOException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final int LOOKS_PER_LIMIT = 4;

    private final AtomicLong progress = new AtomicLong();
    private final long limitNs;
    private final Cutter cutter;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private boolean isEnded; // guarded by lock
    private volatile boolean hasBitten;

    private Watchdog(long limitNs, Cutter cutter) {
        this.limitNs = limitNs;
        this.cutter = cutter;
    }

    /** Watches until {@link #close}, and cuts when {@link #progress} was not called for {@code limitNs}. */
    public static Watchdog watch(long limitNs, Cutter cutter) {
        Watchdog watchdog = new Watchdog(limitNs, cutter);
        Thread.ofPlatform().daemon().name("watchdog").start(watchdog::run);
        return watchdog;
    }

    /** Operations done so far. */
    public void progress(long operations) {
        progress.setOpaque(operations);
    }

    /** Whether it ended the trial. */
    public boolean hasBitten() {
        return hasBitten;
    }

    private void run() {
        lock.lock();
        try {
            long seen = progress.get();
            int looks = 0;
            while (!isEnded && looks < LOOKS_PER_LIMIT) {
                long leftNs = ended.awaitNanos(limitNs / LOOKS_PER_LIMIT);
                if (leftNs > 0) {
                    continue;
                }
                long now = progress.getOpaque();
                looks = now == seen ? looks + 1 : 0;
                seen = now;
            }
            if (!isEnded) {
                hasBitten = true;
                cutter.cut();
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread; if somebody does, it has been told to end.
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("a trial without progress could not be cut short", e);
        } finally {
            lock.unlock();
        }
    }

    /** What it says when it has bitten. */
    public IOException complaint(String what, long done, long operations, Exception cause) {
        return new IOException(
                what + ": nothing came for " + TimeUnit.NANOSECONDS.toMillis(limitNs) + " ms after operation " + done
                        + " of " + operations,
                cause);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            isEnded = true;
            ended.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
