package org.machbed.testbed.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.ProgressListener;

/** The worlds of a range of seeds, in as many threads as are wanted: a world each at a time. */
public final class SimulationRun {
    /** More failures would say the same again. */
    private static final int MOST_FAILURES = 10;

    private static final int STEPS = 100;

    private final Worlds worlds;
    private final SeedRange seeds;
    private final ProgressListener progress;
    private final SimulationTotals totals = new SimulationTotals();
    private final AtomicLong next;

    public SimulationRun(Worlds worlds, SeedRange seeds, ProgressListener progress) {
        this.worlds = worlds;
        this.seeds = seeds;
        this.progress = progress;
        this.next = new AtomicLong(seeds.first());
    }

    /**
     * Runs them all, or until ten have failed.
     *
     * @throws RunFailure when the machine, not a world, fails
     */
    public SimulationTotals run(int threads) throws RunFailure, InterruptedException {
        progress.stage("simulating " + seeds.count() + " worlds in " + threads + " threads");
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(executor.submit(this::work));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        } catch (ExecutionException e) {
            throw new RunFailure("the simulation stopped: " + e.getCause(), e);
        }
        return totals;
    }

    private void work() {
        long seed = next.getAndIncrement();
        while (seed <= seeds.last() && totals.failures().size() < MOST_FAILURES) {
            totals.add(worlds.run(seed, null));
            report(seed);
            seed = next.getAndIncrement();
        }
    }

    private void report(long seed) {
        long done = seed - seeds.first() + 1;
        long step = Math.max(1, seeds.count() / STEPS);
        if (done % step == 0) {
            int percent = (int) (100 * done / seeds.count());
            progress.step(percent, 100, "% of the seeds, " + totals.failures().size() + " failed");
        }
    }
}
