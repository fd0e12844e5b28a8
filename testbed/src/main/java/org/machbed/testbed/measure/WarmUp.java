package org.machbed.testbed.measure;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Tells when a row is warm: when the medians of the last few windows lie close together. A fixed guess would be too short for
 * one topology and too long for another.
 */
final class WarmUp {
    private final int windows;
    private final double within;
    private final Deque<Double> medians = new ArrayDeque<>();

    /**
     * @param windows how many successive windows must agree
     * @param within largest relative distance between their medians
     */
    WarmUp(int windows, double within) {
        this.windows = windows;
        this.within = within;
    }

    /** Takes the median of the next window; answers whether the row is warm now. */
    boolean settledAfter(double medianNanos) {
        medians.addLast(medianNanos);
        if (medians.size() > windows) {
            medians.removeFirst();
        }
        if (medians.size() < windows) {
            return false;
        }
        double least = medians.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        double most = medians.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        return most - least <= within * least;
    }
}
