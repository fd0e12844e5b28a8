package org.machbed.server.driver;

/**
 * How many descriptors have been taken from a window and their frames handed over, and who waits for a number of them. The source's
 * thread counts; who waits does so at a level or lock of its own, which {@link #onReached} takes too, so that no wake-up is lost.
 */
public final class TakenFrames {
    private static final long NOBODY = Long.MAX_VALUE;

    private Runnable reached = () -> {};
    private volatile long taken;
    private volatile long awaited = NOBODY;

    /** What is run, on the source's thread, when a number is reached that somebody waits for; before the source runs. */
    public void onReached(Runnable action) {
        reached = action;
    }

    /** The source's thread: so many descriptors, since the start, have been dealt with. */
    void taken(long count) {
        taken = count;
        if (count >= awaited) {
            awaited = NOBODY;
            reached.run();
        }
    }

    /**
     * Whether so many have been dealt with. When not, the action of {@link #onReached} is run once more are; whoever is woken by it asks
     * again. Guarded by the level of those who wait.
     */
    public boolean isReached(long count) {
        if (taken >= count) {
            return true;
        }
        awaited = Math.min(awaited, count);
        // The source may have come so far before it could see who waits.
        return taken >= count;
    }
}
