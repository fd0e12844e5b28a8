package org.machbed.testbed.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.machine.Machine;
import org.machbed.testbed.machine.ProcFs;

/** One row under measurement. */
final class RunningRow {
    private static final int FIRST_CHUNK = 50;
    private static final int LARGEST_CHUNK = 1_000;

    /** About how long operations go on that are in no trial: a stream through a server may be slow, and a trial may not last for ever. */
    private static final double CHUNK_NANOS = 1e9;

    /**
     * About how long a window of the warm-up's second part lasts: the compilers take seconds of a fast operation too, whose windows would be
     * over before anything has changed if they were of few operations.
     */
    private static final double WINDOW_NANOS = 250e6;

    /** So many operations a window has even if it takes longer, but not longer than {@link #CHUNK_NANOS}. */
    private static final int FEWEST_IN_WINDOW = 100;

    /** How long a row warms up at most before its windows are looked at. */
    private static final long WARM_UP_NANOS = 15_000_000_000L;

    private static final double GARBAGE_NANOS = 3e9;
    private static final int FEWEST_FOR_GARBAGE = 10;

    private final RowSpec spec;
    private final RunningSystem system;
    private final RowDriver driver;
    private final List<Trial> trials = new ArrayList<>();
    private Map<String, Double> allocated = Map.of();
    private boolean settled;
    private long throttled;

    /** What an operation took in the last window of the warm-up. */
    private double operationNanos;

    RunningRow(RowSpec spec, RunningSystem system, RowDriver driver) {
        this.spec = spec;
        this.system = system;
        this.driver = driver;
    }

    RowSpec spec() {
        return spec;
    }

    RunningSystem system() {
        return system;
    }

    /**
     * Operations that nobody looks at, as long as a part of the time lasts; but always some, which tell how long trials must be. Slow
     * ones end after a while; whether that was enough the windows that follow tell.
     */
    void warmUp(int operations, TimeBudget budget, double share) throws RunFailure, InterruptedException {
        int done = Math.min(FIRST_CHUNK, operations);
        if (done > 0) {
            operationNanos = driver.warm(done);
        }
        long startNanos = System.nanoTime();
        while (done < operations && !budget.spent(share) && System.nanoTime() - startNanos < WARM_UP_NANOS) {
            int chunk = Math.min(within(CHUNK_NANOS, LARGEST_CHUNK), operations - done);
            operationNanos = driver.warm(chunk);
            done += chunk;
        }
    }

    /** As many operations as take about so long by what the last took, and at most so many. */
    private int within(double nanos, int most) {
        return (int) Math.clamp(nanos / Math.max(1, operationNanos), 1, most);
    }

    /** Windows of operations until their medians agree, or there have been enough; answers whether they do. */
    boolean settle(MeasurementSettings settings, TimeBudget budget, double share)
            throws RunFailure, InterruptedException {
        var warmUp = new WarmUp(settings.settledWindows(), settings.settledWithin());
        for (int window = 0; window < settings.maximumWindows() && !settled && !budget.spent(share); window++) {
            double nanos = Math.clamp(FEWEST_IN_WINDOW * operationNanos, WINDOW_NANOS, CHUNK_NANOS);
            operationNanos = driver.warm(within(nanos, settings.windowOperations()));
            settled = warmUp.settledAfter(operationNanos);
        }
        return settled;
    }

    /** The trial of the next round. */
    void trial(TrialLength length) throws RunFailure, InterruptedException {
        long throttledBefore = system.throttled();
        trials.add(driver.trial(length.operations(operationNanos)));
        throttled += system.throttled() - throttledBefore;
    }

    /** The typical trip of each round so far, in nanoseconds. */
    List<Double> medians() {
        return trials.stream().map(Trial::medianNanos).toList();
    }

    void countGarbage(int operations) throws RunFailure, InterruptedException {
        allocated = driver.allocatedBytesPerOperation(
                Math.max(Math.min(FEWEST_FOR_GARBAGE, operations), within(GARBAGE_NANOS, operations)));
    }

    /**
     * What it came out as.
     *
     * @param referenceMedians of the reference of its scenario
     */
    RowResult result(int batch, List<Double> referenceMedians) throws RunFailure {
        var ticks = new ProcFs.CpuTicks(0, 0);
        for (Trial trial : trials) {
            ticks = ticks.plus(trial.cpuTicks());
        }
        var conditions = new Conditions(
                spec.workload().bytes(),
                system.mtuBytes(),
                system.wire(),
                system.pinning(),
                Machine.clock(),
                ticks.all() == 0 ? 0 : (double) ticks.stolen() / ticks.all(),
                throttled);
        return new RowResult(
                spec,
                batch,
                trials,
                referenceMedians,
                settled,
                conditions,
                allocated,
                system.sharedMemoryBytes(),
                system.notes());
    }

    /** Closes what was opened to meter it. */
    void close() {
        driver.close();
    }
}
