package org.machbed.testbed.claim;

import java.util.function.Supplier;
import org.machbed.testbed.measure.Interval;

/** Of several comparisons, the one that speaks against the claim most. */
final class Worst {
    private final Band band;
    private Interval interval = Interval.exactly(Double.NaN);
    private String because = "";

    Worst(Band band) {
        this.band = band;
    }

    /**
     * Looks at one more.
     *
     * @param reason the sentence for it, made only where it is the worst so far
     */
    void see(Interval candidate, Supplier<String> reason) {
        if (Double.isNaN(interval.value()) || band.excess(candidate.value()) > band.excess(interval.value())) {
            interval = candidate;
            because = reason.get();
        }
    }

    /** Not a number where there was none. */
    Interval interval() {
        return interval;
    }

    String because() {
        return because;
    }
}
