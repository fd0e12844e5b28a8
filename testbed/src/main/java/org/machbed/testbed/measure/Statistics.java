package org.machbed.testbed.measure;

import java.util.Arrays;

/** The few statistics that rounds need. Rounds are independent repetitions; their number is small, hence Student's t. */
public final class Statistics {
    /** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. */
    private static final double[] T_95 = {
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042
    };

    private static final double NORMAL_95 = 1.960;

    private Statistics() {}

    public static double mean(double... values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    public static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** The mean with its 95 % interval. One value alone has no known spread: its interval is infinite. */
    public static Interval intervalOfMean(double... values) {
        double mean = mean(values);
        if (values.length < 2) {
            return new Interval(Double.NEGATIVE_INFINITY, mean, Double.POSITIVE_INFINITY);
        }
        double squares = Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        double standardError = Math.sqrt(squares / (values.length - 1) / values.length);
        double half = t95(values.length - 1) * standardError;
        return new Interval(mean - half, mean, mean + half);
    }

    /**
     * The geometric mean of times with its 95 % interval: what disturbs a time multiplies it, and no interval of a time reaches
     * below zero.
     */
    public static Interval intervalOfTime(double... values) {
        Interval interval = intervalOfMean(Arrays.stream(values).map(Math::log).toArray());
        return exponential(interval);
    }

    /**
     * The ratio of two rows measured in the same rounds: what the machine did in a round befell both, so the ratios of each
     * round are averaged (geometrically, since a ratio and its inverse are the same statement).
     */
    public static Interval intervalOfRatio(double[] numerators, double[] denominators) {
        int rounds = Math.min(numerators.length, denominators.length);
        double[] logarithms = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            logarithms[round] = Math.log(numerators[round] / denominators[round]);
        }
        return exponential(intervalOfMean(logarithms));
    }

    /**
     * How far apart two rows of the same system come out: the relative distance that the interval of an A/A ratio reaches from
     * 1. What differs by less is not told apart by this run.
     */
    public static double noiseFloor(Interval ratioOfSame) {
        return Math.max(Math.abs(Math.log(ratioOfSame.low())), Math.abs(Math.log(ratioOfSame.high())));
    }

    private static Interval exponential(Interval interval) {
        return new Interval(Math.exp(interval.low()), Math.exp(interval.value()), Math.exp(interval.high()));
    }

    static double t95(int degreesOfFreedom) {
        return degreesOfFreedom <= T_95.length ? T_95[degreesOfFreedom - 1] : NORMAL_95 + 2.4 / degreesOfFreedom;
    }
}
