package org.machbed.kernel.device;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.link.DriverTimer;

/**
 * What the interrupt thread does besides frames: a stack's timers, and the rest of OUT queues that a trap has started and
 * not emptied within its budget. So a window that is filled as fast as it drains delays nobody's traps.
 */
final class InterruptWork implements DriverTimer {
    private final ReentrantLock kernelLock;
    private final List<KernelWindow> windows;
    private volatile @Nullable DriverTimer timer;
    private volatile boolean moreToDrain;

    InterruptWork(ReentrantLock kernelLock, CopyOnWriteArrayList<KernelWindow> windows) {
        this.kernelLock = kernelLock;
        this.windows = windows;
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
        DriverTimer served = timer;
        return served == null ? Long.MAX_VALUE : served.nextDeadlineNs();
    }

    @Override
    public void onTimer(long nowNs) {
        if (moreToDrain) {
            moreToDrain = false;
            drain();
        }
        DriverTimer served = timer;
        long deadlineNs = served == null ? Long.MAX_VALUE : served.nextDeadlineNs();
        if (served != null
                && (deadlineNs == Long.MIN_VALUE || (deadlineNs != Long.MAX_VALUE && deadlineNs - nowNs <= 0))) {
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
