package org.machbed.testbed.measure;

import java.time.Duration;

/**
 * How long and how often.
 *
 * @param brief whether the run must end soon, even if that makes it coarser
 * @param rounds each row has one trial in each round
 * @param trial how long a trial is
 * @param warmUpOperations that every row makes before anyone looks, or as many as it can in 15 s, so that the compilers have seen it
 * @param windowOperations most operations of one window of the warm-up's second part; of slow ones, as many as take a
 *     quarter of a second, or a hundred where those take no more than one
 * @param settledWindows how many successive windows must agree
 * @param settledWithin relative distance of their medians that counts as agreement
 * @param maximumWindows where the warm-up gives up, and the row says so
 * @param allocationOperations most operations of the longer of the two trials whose difference tells the garbage per operation
 * @param trialLimit a trial that takes longer has failed
 */
public record MeasurementSettings(
        boolean brief,
        int rounds,
        TrialLength trial,
        int warmUpOperations,
        int windowOperations,
        int settledWindows,
        double settledWithin,
        int maximumWindows,
        int allocationOperations,
        Duration trialLimit) {

    /** With trials of so many operations. */
    public MeasurementSettings(
            boolean brief,
            int rounds,
            int operationsPerTrial,
            int warmUpOperations,
            int windowOperations,
            int settledWindows,
            double settledWithin,
            int maximumWindows,
            int allocationOperations,
            Duration trialLimit) {
        this(
                brief,
                rounds,
                new TrialLength.Operations(operationsPerTrial),
                warmUpOperations,
                windowOperations,
                settledWindows,
                settledWithin,
                maximumWindows,
                allocationOperations,
                trialLimit);
    }

    /** As in the paper: 1000 round trips a trial. */
    public static MeasurementSettings full() {
        return new MeasurementSettings(false, 15, 1_000, 20_000, 100_000, 5, 0.05, 60, 5_000, Duration.ofSeconds(60));
    }

    /** Ends soon; intervals are wider. */
    public static MeasurementSettings quick() {
        return new MeasurementSettings(true, 5, 1_000, 2_500, 2_000, 4, 0.08, 12, 1_000, Duration.ofSeconds(60));
    }

    public MeasurementSettings withRounds(int wanted) {
        return new MeasurementSettings(
                brief,
                wanted,
                trial,
                warmUpOperations,
                windowOperations,
                settledWindows,
                settledWithin,
                maximumWindows,
                allocationOperations,
                trialLimit);
    }

    public MeasurementSettings withTrial(TrialLength wanted) {
        return new MeasurementSettings(
                brief,
                rounds,
                wanted,
                warmUpOperations,
                windowOperations,
                settledWindows,
                settledWithin,
                maximumWindows,
                allocationOperations,
                trialLimit);
    }
}
