package org.machbed.link;

/**
 * A link whose receiver polls it for a while before it blocks, as drivers of kernel bypass do: a frame that comes meanwhile is found
 * without a system call on either side. For a station that has a CPU to itself. Who polls in vain does so more and more seldom, so
 * where nothing comes soon, or the other side needs this CPU, little is lost.
 */
public final class PollingLink extends LinkDecorator {
    /** How long it polls: about what a wake-up costs that it may save, several times over. */
    static final long POLL_NS = 50_000;

    /** A wait in so many polls, at the least, where none has found anything for long. */
    private static final int MOST_SELDOM = 64;

    /** Looks between two at the clock. */
    private static final int LOOKS = 16;

    private final long pollNs;

    /** Waits from one that polls to the next: doubles with each that polls in vain, up to {@link #MOST_SELDOM}. */
    private int interval = 1;

    private int waitsToNext = 1;

    public PollingLink(LinkEnd link) {
        this(link, POLL_NS);
    }

    PollingLink(LinkEnd link, long pollNs) {
        super(link);
        this.pollNs = pollNs;
    }

    @Override
    public boolean await(long timeoutNs) {
        if (timeoutNs > 0 && --waitsToNext <= 0) {
            boolean found = polled(Math.min(timeoutNs, pollNs));
            interval = found ? 1 : Math.min(2 * interval, MOST_SELDOM);
            waitsToNext = interval;
            if (found || timeoutNs <= pollNs) {
                return found;
            }
            return super.await(timeoutNs == FOREVER ? FOREVER : timeoutNs - pollNs);
        }
        return super.await(timeoutNs);
    }

    private boolean polled(long limitNs) {
        long startNs = System.nanoTime();
        do {
            for (int look = 0; look < LOOKS; look++) {
                if (super.await(0)) {
                    return true;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - startNs < limitNs);
        return false;
    }
}
