package org.machbed.server.unix;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

/**
 * Threads asleep on a channel, any object, until somebody wakes the channel up (kern_synch.c). The queues are guarded by
 * {@link Spl#HIGH}; a thread that sleeps leaves all its levels and has them again when it returns. A thread that tests its
 * condition and sleeps at level L loses no wake-up of a thread that changes the condition at L.
 */
final class SleepQueues {
    /** A thread in tsleep. It is seen asleep only once it has left its levels, because doing that may wake it. */
    private final class Sleeper {
        private static final int FALLING_ASLEEP = 0;
        private static final int ASLEEP = 1;
        private static final int AWAKE = 2;

        final Thread thread = Thread.currentThread();
        private final AtomicInteger state = new AtomicInteger();

        boolean isAwake() {
            return state.get() == AWAKE;
        }

        void fallAsleep() {
            if (state.compareAndSet(FALLING_ASLEEP, ASLEEP)) {
                asleep.incrementAndGet();
            }
        }

        void wake() {
            if (state.getAndSet(AWAKE) == ASLEEP) {
                asleep.decrementAndGet();
            }
        }
    }

    private final Spl spl;
    private final Crossings crossings;
    private final IdentityHashMap<Object, List<Sleeper>> queues = new IdentityHashMap<>(); // guarded by HIGH
    private final AtomicInteger asleep = new AtomicInteger();

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
        int levels = spl.suspend();
        sleeper.fallAsleep();
        park(sleeper, timeoutNs);
        spl.resume(levels);
        boolean woken = sleeper.isAwake();
        if (!woken) {
            forget(channel, sleeper);
        }
        spl.splx(s);
        return woken;
    }

    private void park(Sleeper sleeper, long timeoutNs) {
        long startNs = System.nanoTime();
        boolean interrupted = false;
        while (!sleeper.isAwake()) {
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
        sleeper.wake();
        List<Sleeper> queue = queues.get(channel);
        if (queue != null && queue.remove(sleeper) && queue.isEmpty()) {
            queues.remove(channel);
        }
    }

    /** Wakes all that sleep on a channel. */
    void wakeup(Object channel) {
        int s = spl.splhigh();
        List<Sleeper> woken = queues.remove(channel);
        if (woken != null) {
            for (Sleeper sleeper : woken) {
                sleeper.wake();
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
        return asleep.get();
    }
}
