package org.machbed.server.unix;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

/**
 * BSD's processor priorities ({@code splx}) simulated at user level with locks and software interrupts (maeda92 section 2.3).
 *
 * <p>A thread that raises its level to L waits until no other thread is at L or above; while it is there, no other thread
 * gets to L or below. A thread at a lower level goes on, as code that an interrupt stopped would later, and so may not touch
 * what the higher level guards without raising to it. Levels nest; {@link #splx} returns to a level that the thread held
 * before. A thread waits only for threads at the level it wants or above, and never wants one below its own, so there is no
 * cycle of waits.
 *
 * <p>A {@link SoftInterrupt} of level L that is posted while any thread is at L or above is pended, and delivered by the
 * thread whose lowering ends that.
 *
 * <p>Any thread may call. Each raise counts one {@link Crossing#SPLS}, each use of the primitive lock below one
 * {@link Crossing#LOCKS}.
 */
public final class Spl {
    /** No interrupt is blocked. */
    public static final int SPL0 = 0;
    /** Blocks the timers of protocols. */
    public static final int SOFTCLOCK = 1;
    /** Blocks protocol processing: whoever is here owns the stack, the sockets and their buffers. */
    public static final int NET = 2;
    /** Blocks network interfaces: whoever is here owns interface queues and the mbuf free lists. */
    public static final int IMP = 3;
    /** Blocks everything: whoever is here owns the sleep queues. */
    public static final int HIGH = 4;

    private static final int LEVELS = HIGH + 1;

    /** One thread's levels; only its own thread reads or writes {@link #held}. */
    private static final class ThreadLevels {
        /** Bit L is set while the thread is at level L, or would return to it. */
        private int held;

        int current() {
            return held == 0 ? SPL0 : 31 - Integer.numberOfLeadingZeros(held);
        }
    }

    /** A request that waits for the level to fall, as BSD's software interrupts do; posting it twice before that is once. */
    public final class SoftInterrupt {
        private final int level;
        private final Runnable handler;
        private boolean pending; // guarded by lock

        private SoftInterrupt(int level, Runnable handler) {
            this.level = level;
            this.handler = handler;
        }

        /** Runs the handler now when no thread is at the level or above, otherwise when that ends. */
        public void post() {
            lock();
            try {
                if (pending) {
                    return;
                }
                if (isAtOrAbove(level)) {
                    pending = true;
                    return;
                }
            } finally {
                lock.unlock();
            }
            handler.run();
        }
    }

    private final Crossings crossings;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition lowered = lock.newCondition();
    private final ThreadLocal<ThreadLevels> levels = ThreadLocal.withInitial(ThreadLevels::new);
    private final @Nullable ThreadLevels[] holders = new @Nullable ThreadLevels[LEVELS]; // guarded by lock
    private final @Nullable SoftInterrupt[] interrupts = new @Nullable SoftInterrupt[LEVELS]; // guarded by lock
    private int waiters; // guarded by lock

    public Spl(Crossings crossings) {
        this.crossings = crossings;
    }

    /**
     * Installs the software interrupt of a level, at most one for each. The handler runs on the thread that posts or lowers,
     * at whatever level that thread then is, and must not wait.
     */
    public SoftInterrupt softInterrupt(int level, Runnable handler) {
        lock();
        try {
            if (level <= SPL0 || level >= LEVELS || interrupts[level] != null) {
                throw new IllegalArgumentException("level " + level + " takes no software interrupt, or has one");
            }
            SoftInterrupt interrupt = new SoftInterrupt(level, handler);
            interrupts[level] = interrupt;
            return interrupt;
        } finally {
            lock.unlock();
        }
    }

    /** Raises to {@link #SOFTCLOCK}; returns the level to give to {@link #splx}. */
    public int splsoftclock() {
        return raise(SOFTCLOCK);
    }

    /** Raises to {@link #NET}; returns the level to give to {@link #splx}. */
    public int splnet() {
        return raise(NET);
    }

    /** Raises to {@link #IMP}; returns the level to give to {@link #splx}. */
    public int splimp() {
        return raise(IMP);
    }

    /** Raises to {@link #HIGH}; returns the level to give to {@link #splx}. */
    public int splhigh() {
        return raise(HIGH);
    }

    /** The calling thread's level. */
    public int current() {
        return levels.get().current();
    }

    private int raise(int level) {
        crossings.count(Crossing.SPLS);
        ThreadLevels own = levels.get();
        int before = own.current();
        if (level > before) {
            lock();
            try {
                enter(own, level);
            } finally {
                lock.unlock();
            }
        }
        return before;
    }

    /**
     * Lowers to {@code level} and delivers the software interrupts that waited for it.
     *
     * @throws IllegalStateException when the thread is below that level, or never was at it
     */
    public void splx(int level) {
        ThreadLevels own = levels.get();
        int current = own.current();
        if (level > current || level < SPL0 || (level != SPL0 && (own.held & 1 << level) == 0)) {
            throw new IllegalStateException("splx to " + level + " by a thread at " + current);
        }
        if (level == current) {
            return;
        }
        int keep = level == SPL0 ? 0 : own.held & (2 << level) - 1;
        leave(own, keep);
    }

    /**
     * Leaves every level, as a thread does that goes to sleep.
     *
     * @return what {@link #resume} takes
     */
    int suspend() {
        ThreadLevels own = levels.get();
        int held = own.held;
        if (held != 0) {
            leave(own, 0);
        }
        return held;
    }

    /** Gets back the levels that {@link #suspend} left, from the lowest up. */
    void resume(int held) {
        crossings.count(Crossing.SPLS);
        ThreadLevels own = levels.get();
        if (own.held != 0) {
            throw new IllegalStateException("resume by a thread at " + own.current());
        }
        lock();
        try {
            for (int level = SOFTCLOCK; level < LEVELS; level++) {
                if ((held & 1 << level) != 0) {
                    enter(own, level);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void enter(ThreadLevels own, int level) {
        while (isOtherAtOrAbove(own, level)) {
            waiters++;
            try {
                lowered.awaitUninterruptibly();
            } finally {
                waiters--;
            }
        }
        holders[level] = own;
        own.held |= 1 << level;
    }

    private void leave(ThreadLevels own, int keep) {
        int due = 0;
        lock();
        try {
            for (int level = SOFTCLOCK; level < LEVELS; level++) {
                if ((own.held & ~keep & 1 << level) != 0) {
                    holders[level] = null;
                }
            }
            own.held = keep;
            for (int level = SOFTCLOCK; level < LEVELS; level++) {
                SoftInterrupt interrupt = interrupts[level];
                if (interrupt != null && interrupt.pending && !isAtOrAbove(level)) {
                    interrupt.pending = false;
                    due |= 1 << level;
                }
            }
            if (waiters > 0) {
                lowered.signalAll();
            }
        } finally {
            lock.unlock();
        }
        deliver(due);
    }

    /** Highest level first, as hardware takes interrupts. */
    private void deliver(int due) {
        for (int level = LEVELS - 1; due != 0; level--) {
            if ((due & 1 << level) != 0) {
                due &= ~(1 << level);
                SoftInterrupt interrupt = interrupts[level];
                if (interrupt != null) {
                    interrupt.handler.run();
                }
            }
        }
    }

    private boolean isAtOrAbove(int level) {
        for (int i = level; i < LEVELS; i++) {
            if (holders[i] != null) {
                return true;
            }
        }
        return false;
    }

    private boolean isOtherAtOrAbove(ThreadLevels own, int level) {
        for (int i = level; i < LEVELS; i++) {
            if (holders[i] != null && holders[i] != own) {
                return true;
            }
        }
        return false;
    }

    private void lock() {
        crossings.count(Crossing.LOCKS);
        lock.lock();
    }
}
