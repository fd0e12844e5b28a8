package org.machbed.server.unix;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.server.WatchedCount;

/**
 * Threads asleep on a channel, any object, until somebody wakes the channel up (kern_synch.c). The queues are guarded by
 * {@link Spl#HIGH}; a thread that sleeps leaves all its levels and has them again when it returns. A thread that tests its
 * condition and sleeps at level L loses no wake-up of a thread that changes the condition at L.
 */
final class SleepQueues {
    private static final class Sleeper {
        final Thread thread = Thread.currentThread();
        volatile boolean isAwake;
    }

    private final Spl spl;
    private final Crossings crossings;
    private final IdentityHashMap<Object, List<Sleeper>> queues = new IdentityHashMap<>(); // guarded by HIGH
    private final WatchedCount sleeping = new WatchedCount(); // changed at HIGH

    SleepQueues(Spl spl, Crossings crossings) {
        this.spl = spl;
        this.crossings = crossings;
    }

    /** Sleeps until {@link #wakeup} of the same channel; an interrupt of the thread does not end it. */
    void tsleep(Object channel) {
        tsleep(channel, Long.MAX_VALUE);
    }

    /**
     * Sleeps until {@link #wakeup} of the same channel, or {@code timeoutNs} have passed.
     *
     * @return whether it was woken
     */
    boolean tsleep(Object channel, long timeoutNs) {
        int s = spl.splhigh();
        Sleeper sleeper = new Sleeper();
        queues.computeIfAbsent(channel, c -> new ArrayList<>()).add(sleeper);
        sleeping.change(1);
        int levels = spl.suspend();
        park(sleeper, timeoutNs);
        spl.resume(levels);
        if (!sleeper.isAwake) {
            forget(channel, sleeper);
        }
        spl.splx(s);
        return sleeper.isAwake;
    }

    private void park(Sleeper sleeper, long timeoutNs) {
        long startNs = System.nanoTime();
        boolean interrupted = false;
        while (!sleeper.isAwake) {
            if (timeoutNs == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                long leftNs = timeoutNs - (System.nanoTime() - startNs);
                if (leftNs <= 0) {
                    break;
                }
                LockSupport.parkNanos(this, leftNs);
            }
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void forget(Object channel, Sleeper sleeper) {
        List<Sleeper> queue = queues.get(channel);
        if (queue != null && queue.remove(sleeper)) {
            sleeping.change(-1);
            if (queue.isEmpty()) {
                queues.remove(channel);
            }
        }
    }

    /** Wakes all that sleep on a channel. */
    void wakeup(Object channel) {
        int s = spl.splhigh();
        List<Sleeper> woken = queues.remove(channel);
        if (woken != null) {
            sleeping.change(-woken.size());
            for (Sleeper sleeper : woken) {
                sleeper.isAwake = true;
                // A thread on its way to sleep may deliver what it would have waited for itself.
                if (!sleeper.thread.equals(Thread.currentThread())) {
                    crossings.count(Crossing.HAND_OFFS);
                    LockSupport.unpark(sleeper.thread);
                }
            }
        }
        spl.splx(s);
    }

    /** Threads asleep on any channel now; watching raises no level, so that it changes no counts. */
    int sleeping() {
        return sleeping.now();
    }
}
