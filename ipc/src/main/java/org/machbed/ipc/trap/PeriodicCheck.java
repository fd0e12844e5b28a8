package org.machbed.ipc.trap;

import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread that checks twice a second what nobody announces: that the other side of a gate has died. It stands apart so
 * that the threads which wait for that side can wait without a time limit: arming a timer for each wait costs a trap a tenth of
 * its time. No garbage per check.
 */
final class PeriodicCheck implements AutoCloseable {
    /** Between two checks, ns. */
    static final long PERIOD_NS = 500_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(PeriodicCheck.class);

    private final Runnable check;
    private final Thread thread;
    private volatile boolean closed;

    private PeriodicCheck(String name, Runnable check) {
        this.check = check;
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    static PeriodicCheck start(String name, Runnable check) {
        var made = new PeriodicCheck(name, check);
        made.thread.start();
        return made;
    }

    private void run() {
        long lastNs = System.nanoTime();
        while (!closed) {
            long leftNs = lastNs + PERIOD_NS - System.nanoTime();
            if (leftNs > 0) {
                LockSupport.parkNanos(this, leftNs);
            } else {
                checkOnce();
                lastNs = System.nanoTime();
            }
        }
    }

    private void checkOnce() {
        try {
            check.run();
        } catch (RuntimeException e) {
            LOG.error("a check of a call gate failed", e);
        }
    }

    /** Ends the checks; the one under way, if any, has ended on return. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
