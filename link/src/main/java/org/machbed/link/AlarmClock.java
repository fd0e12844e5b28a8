package org.machbed.link;

import java.util.concurrent.locks.LockSupport;

/**
 * Rings when a deadline comes, for a thread that waits for other things without a time limit, as the clock of a machine interrupts
 * its processor. Arming a timer for each wait costs the wait a tenth of its time; here a deadline that is put off, as a busy stack
 * puts its timers off all the time, costs a write to memory. A daemon thread of its own sleeps until the earliest deadline
 * that it has seen. No garbage.
 */
final class AlarmClock implements AutoCloseable {
    private final Runnable ring;
    private final Thread thread;
    private volatile long deadlineNs = Long.MAX_VALUE;
    private volatile long sleepsUntilNs = Long.MAX_VALUE;
    private volatile boolean closed;

    private AlarmClock(Runnable ring) {
        this.ring = ring;
        this.thread = Thread.ofPlatform().daemon().name("clock").unstarted(this::run);
    }

    /** @param ring called once for each deadline that comes, on the clock's thread */
    static AlarmClock start(Runnable ring) {
        var clock = new AlarmClock(ring);
        clock.thread.start();
        return clock;
    }

    /**
     * Rings at this deadline, and not at the one before; for one thread.
     *
     * @param newDeadlineNs in {@link System#nanoTime}; {@link Long#MAX_VALUE} for never
     */
    void set(long newDeadlineNs) {
        if (newDeadlineNs == deadlineNs) {
            return;
        }
        deadlineNs = newDeadlineNs;
        if (isBefore(newDeadlineNs, sleepsUntilNs)) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        while (!closed) {
            long untilNs = deadlineNs;
            sleepsUntilNs = untilNs;
            // Whoever sets another deadline after this look sees until when this thread sleeps.
            if (untilNs == deadlineNs) {
                sleepOrRing(untilNs);
            }
        }
    }

    private void sleepOrRing(long untilNs) {
        if (untilNs == Long.MAX_VALUE) {
            LockSupport.park(this);
            return;
        }
        long leftNs = untilNs - System.nanoTime();
        if (leftNs > 0) {
            LockSupport.parkNanos(this, leftNs);
            return;
        }
        sleepsUntilNs = Long.MAX_VALUE;
        ring.run();
        while (!closed && deadlineNs == untilNs) {
            LockSupport.park(this);
        }
    }

    private static boolean isBefore(long deadlineNs, long otherNs) {
        return deadlineNs != Long.MAX_VALUE && (otherNs == Long.MAX_VALUE || deadlineNs - otherNs < 0);
    }

    /** Ends the clock; a ring under way has ended on return. */
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
