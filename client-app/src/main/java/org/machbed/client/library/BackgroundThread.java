package org.machbed.client.library;

import java.util.concurrent.locks.LockSupport;
import org.machbed.link.LinkEnd;

/**
 * Runs the stack while the application computes: it looks at the link every millisecond while calls are made, and once none were
 * made for a while leads like an application's thread, until one of those wants to wait and something has come. It keeps the stack's
 * timers too, so that the wait of an application's thread carries no time limit. All state is guarded by the library's lock.
 */
final class BackgroundThread {
    /** How often it looks while calls are made. */
    private static final long TICK_NS = 1_000_000;

    /** How long no call was made when it stops looking that often. */
    private static final long IDLE_NS = 100_000_000;

    private enum State {
        /** It looks again within {@link #TICK_NS}. */
        TICKING,
        /** It sleeps until {@link #untilNs}, since another thread is at the link. */
        SLEEPING,
        /** It is at the link until {@link #untilNs}. */
        LEADING
    }

    private final LibraryHost host;
    private final Thread thread;
    private State state = State.TICKING;
    private long turnsAtLink;
    private long untilNs;
    private long seenCalls;
    private long lastCallNs;
    private boolean stopped;

    BackgroundThread(LibraryHost host) {
        this.host = host;
        thread = Thread.ofPlatform().daemon().name("protocol-library").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** The lock is about to be freed: ends a sleep in which something would be missed. */
    void mind(long deadlineNs, boolean linkIsVacant) {
        switch (state) {
            case TICKING -> {}
            case SLEEPING -> {
                if (linkIsVacant || deadlineNs < untilNs) {
                    state = State.TICKING;
                    host.wake(thread);
                }
            }
            case LEADING -> {
                if (deadlineNs < untilNs) {
                    untilNs = deadlineNs;
                    host.wakeLink();
                }
            }
        }
    }

    private void run() {
        host.lock();
        try {
            lastCallNs = host.nowNs();
            while (!stopped) {
                turn();
            }
        } finally {
            host.leave();
        }
    }

    private void turn() {
        long nowNs = host.nowNs();
        if (host.calls() != seenCalls) {
            seenCalls = host.calls();
            lastCallNs = nowNs;
        }
        boolean idle = nowNs - lastCallNs >= IDLE_NS;
        if (host.isAttended()) {
            host.settle();
            state = idle ? State.SLEEPING : State.TICKING;
            sleep(idle ? host.deadlineNs() : nowNs + TICK_NS);
        } else if (idle) {
            host.settle();
            state = State.LEADING;
            turnsAtLink++;
            untilNs = host.deadlineNs();
            try {
                host.lead(untilNs);
            } finally {
                state = State.TICKING;
            }
        } else {
            host.input();
            state = State.TICKING;
            sleep(nowNs + TICK_NS);
        }
        state = State.TICKING;
    }

    private void sleep(long wakeNs) {
        untilNs = wakeNs;
        host.leave();
        if (wakeNs == LinkEnd.FOREVER) {
            LockSupport.park(this);
        } else {
            LockSupport.parkNanos(this, wakeNs - System.nanoTime());
        }
        host.lock();
    }

    /** How often it has gone to the link, with the lock. */
    long turnsAtLink() {
        return turnsAtLink;
    }

    /** Ends it, with the lock. */
    void stop() {
        stopped = true;
        if (state == State.LEADING) {
            host.wakeLink();
        } else {
            host.wake(thread);
        }
    }

    /** Waits for its end, without the lock. */
    void join() {
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
