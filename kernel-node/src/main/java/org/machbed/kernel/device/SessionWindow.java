package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.machbed.netstack.session.SessionTemplate;

/** An application's window, and the sessions whose frames go there. Guarded by the lock of its {@link SessionLevel}. */
final class SessionWindow {
    private final long number;
    private final int task;
    private final KernelWindow window;

    /** The sessions that are in the table for this window. */
    final Set<SessionTemplate> sessions = new HashSet<>();

    boolean isClosed;
    private long takenSeen;
    private boolean waitedBefore;
    private boolean droppedSince;
    private boolean isStalled;

    SessionWindow(long number, int task, KernelWindow window) {
        this.number = number;
        this.task = task;
        this.window = window;
    }

    /** Never given to another window of this kernel. */
    long number() {
        return number;
    }

    /** The task that it is of. */
    int task() {
        return task;
    }

    KernelWindow window() {
        return window;
    }

    void deliver(MemorySegment frame, long offset, int lengthBytes) {
        if (!window.put(frame, offset, lengthBytes)) {
            droppedSince = true;
        }
    }

    /**
     * Compares with the check before: whether its owner has been offered frames all the time and has taken none. Says so once; again
     * only after the owner has moved.
     */
    boolean hasStalled() {
        long left = window.framesLeft();
        long taken = window.framesIn() - left;
        boolean waits = left > 0 || droppedSince;
        boolean stands = waits && waitedBefore && taken == takenSeen;
        boolean isNews = stands && !isStalled;
        isStalled = stands;
        waitedBefore = waits;
        takenSeen = taken;
        droppedSince = false;
        return isNews;
    }

    /** It could not be told that this has stalled: it is news at the next check again. */
    void stallUntold() {
        isStalled = false;
    }

    /** Whether the next check can find it stalled. */
    boolean isToBeChecked() {
        return waitedBefore;
    }
}
