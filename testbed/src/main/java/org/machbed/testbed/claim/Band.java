package org.machbed.testbed.claim;

import org.machbed.testbed.measure.Interval;

/**
 * Where a value must lie for a claim to hold, fixed before measuring. The ends themselves belong to it.
 */
public record Band(double low, double high) {
    /** Holds when the whole interval lies within, fails when all of it lies outside, and else nobody can tell. */
    public Verdict judge(Interval interval) {
        if (Double.isNaN(interval.value())) {
            return Verdict.CANNOT_TELL;
        }
        if (interval.low() >= low && interval.high() <= high) {
            return Verdict.HOLDS;
        }
        if (interval.high() < low || interval.low() > high) {
            return Verdict.FAILS;
        }
        return Verdict.CANNOT_TELL;
    }

    /**
     * How far a value of at least 0 lies beyond the nearer end, as the logarithm of a factor; negative within the band, and the
     * more so the further from either end.
     */
    double excess(double value) {
        double below = low <= 0 ? Double.NEGATIVE_INFINITY : Math.log(low / value);
        return Math.max(Math.log(value / high), below);
    }

    /** "at most 1.25", "at least 2", "0.8 to 1.25". */
    public String text() {
        if (low <= 0) {
            return "at most " + number(high);
        }
        return Double.isInfinite(high) ? "at least " + number(low) : number(low) + " to " + number(high);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}
