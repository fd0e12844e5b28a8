package org.machbed.testbed.measure;

import java.time.Duration;

/** How much of the time that a run may take has gone, so that a busy machine makes a quick run coarser rather than longer. */
public final class TimeBudget {
    private final long startNanos;
    private final long totalNanos;

    private TimeBudget(long totalNanos) {
        this.startNanos = System.nanoTime();
        this.totalNanos = totalNanos;
    }

    /** As long as it takes. */
    public static TimeBudget unlimited() {
        return new TimeBudget(Long.MAX_VALUE);
    }

    /** A budget that begins now. */
    public static TimeBudget of(Duration total) {
        return new TimeBudget(total.toNanos());
    }

    /** Whether a share of it, between 0 and 1, has gone. */
    boolean spent(double share) {
        return totalNanos != Long.MAX_VALUE && System.nanoTime() - startNanos > share * totalNanos;
    }
}
