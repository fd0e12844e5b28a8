package org.machbed.kernel.device;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.link.DriverTimer;

/**
 * What the interrupt thread does besides frames: a stack's timers, those of the session level, and the rest of OUT queues that a trap has started and
 * not emptied within its budget. So a window that is filled as fast as it drains delays nobody's traps.
 */
final class InterruptWork implements DriverTimer {
    private final ReentrantLock kernelLock;
    private final List<KernelWindow> windows;
    private final @Nullable SessionLevel sessions;
    private volatile @Nullable DriverTimer timer;
    private volatile boolean moreToDrain;

    InterruptWork(
            ReentrantLock kernelLock, CopyOnWriteArrayList<KernelWindow> windows, @Nullable SessionLevel sessions) {
        this.kernelLock = kernelLock;
        this.windows = windows;
        this.sessions = sessions;
    }

    /** The timers to serve; none before. */
    void timer(@Nullable DriverTimer newTimer) {
        timer = newTimer;
    }

    /** A window has more on its OUT queue; the caller wakes the interrupt thread. */
    void drainMore() {
        moreToDrain = true;
    }

    @Override
    public long nextDeadlineNs() {
        if (moreToDrain) {
            return Long.MIN_VALUE;
        }
        return earlier(deadlineNs(timer), deadlineNs(sessions));
    }

    private static long deadlineNs(@Nullable DriverTimer served) {
        return served == null ? Long.MAX_VALUE : served.nextDeadlineNs();
    }

    /** MIN_VALUE means at once, MAX_VALUE never; others are compared as times of the clock, which may wrap around. */
    private static long earlier(long firstNs, long secondNs) {
        if (firstNs == Long.MAX_VALUE || secondNs == Long.MIN_VALUE) {
            return secondNs;
        }
        if (secondNs == Long.MAX_VALUE || firstNs == Long.MIN_VALUE) {
            return firstNs;
        }
        return firstNs - secondNs <= 0 ? firstNs : secondNs;
    }

    @Override
    public void onTimer(long nowNs) {
        if (moreToDrain) {
            moreToDrain = false;
            drain();
        }
        serve(timer, nowNs);
        serve(sessions, nowNs);
    }

    private static void serve(@Nullable DriverTimer served, long nowNs) {
        if (served == null) {
            return;
        }
        long deadlineNs = served.nextDeadlineNs();
        if (deadlineNs == Long.MIN_VALUE || (deadlineNs != Long.MAX_VALUE && deadlineNs - nowNs <= 0)) {
            served.onTimer(nowNs);
        }
    }

    private void drain() {
        for (KernelWindow window : windows) {
            kernelLock.lock();
            try {
                if (window.drainOutQueue()) {
                    moreToDrain = true;
                }
            } finally {
                kernelLock.unlock();
            }
        }
    }
}
