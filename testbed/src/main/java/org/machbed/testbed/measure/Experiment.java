package org.machbed.testbed.measure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.RowPlanner;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.RowSpec.RowRole;

/**
 * Measures rows against each other: all systems are started once and warmed up with all that their rows do, then rounds of one
 * trial of each row, so that whatever drifts on the machine befalls all rows alike.
 */
public final class Experiment {
    /** Ports that no dissector takes for something else. */
    static final int FIRST_PORT = 20_001;

    /** As many at a time as keep all CPUs busy while nothing is being timed: of a system, often but one process has work. */
    private static final int AT_A_TIME = 4;

    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
    private static final int FEWEST_ROUNDS = 3;

    /** How much shorter trials are when there was no time left for them. */
    private static final int SHORTENED = 4;

    /** By when, as shares of the time budget, the parts of a run must be through. */
    private static final double WARM_BY = 0.75;

    private static final double SETTLED_BY = 0.80;
    private static final double ROUNDS_BY = 0.94;

    private final Run run;
    private final JvmCommand jvm;
    private final RowPlanner planner;
    private final MeasurementSettings settings;
    private final ProgressListener progress;
    private int batches;

    public Experiment(
            Run run, JvmCommand jvm, RowPlanner planner, MeasurementSettings settings, ProgressListener progress) {
        this.run = run;
        this.jvm = jvm;
        this.planner = planner;
        this.settings = settings;
        this.progress = progress;
    }

    /** Something else to start and warm up, beside the rows. */
    @FunctionalInterface
    public interface Preparation {
        /** Until it is warm, or there is no more time for it. */
        void prepare(BooleanSupplier late) throws RunFailure, InterruptedException;
    }

    /** Rows that run and are warm, and how much time there is for them. */
    public static final class Rows implements AutoCloseable {
        private final List<RunningRow> rows;
        private final TimeBudget budget;

        private Rows(List<RunningRow> rows, TimeBudget budget) {
            this.rows = rows;
            this.budget = budget;
        }

        /** Whether what must be done before the rounds has taken all its time. */
        public boolean late() {
            return budget.spent(SETTLED_BY);
        }

        private List<RunningSystem> systems() {
            return rows.stream().map(RunningRow::system).distinct().toList();
        }

        /** Closes what was opened to meter them; their processes end with {@link Experiment#measure} or with the run. */
        @Override
        public void close() {
            rows.forEach(RunningRow::close);
        }
    }

    /** What has been started so far, for whoever has to write down what it counted. */
    private record Started(Collection<RunningSystem> systems, Collection<RunningRow> rows) {
        Started() {
            this(new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>());
        }
    }

    /**
     * Starts the systems of rows and warms them up, while whatever the caller has to warm up goes on beside them: what costs time
     * here is compilation, which can use all CPUs as long as nothing is being timed.
     *
     * @param alongside ends when it is warm; null when there is nothing
     * @param budget for these rows, until they have been measured
     */
    public Rows prepare(List<RowSpec> specs, @Nullable Preparation alongside, TimeBudget budget)
            throws RunFailure, InterruptedException {
        Map<SystemSpec, List<RowSpec>> systems = new LinkedHashMap<>();
        specs.forEach(spec ->
                systems.computeIfAbsent(spec.system(), _ -> new ArrayList<>()).add(spec));
        progress.stage("starting and warming up " + specs.size() + " rows");
        var warm = new AtomicInteger();
        var started = new Started();
        var tasks = new ArrayList<Callable<List<RunningRow>>>();
        if (alongside != null) {
            tasks.add(() -> {
                alongside.prepare(() -> budget.spent(WARM_BY));
                return List.of();
            });
        }
        systems.forEach((system, ofSystem) -> tasks.add(() -> {
            List<RunningRow> rows = start(system, ofSystem, specs, started);
            for (RunningRow row : rows) {
                row.warmUp(settings.warmUpOperations(), budget, WARM_BY);
                progress.step(warm.incrementAndGet(), specs.size(), row.spec().name());
            }
            return rows;
        }));
        try {
            List<RunningRow> rows = new ArrayList<>();
            Concurrently.all(tasks, AT_A_TIME).forEach(rows::addAll);
            rows.sort(Comparator.comparingInt(row -> specs.indexOf(row.spec())));
            return new Rows(rows, budget);
        } catch (RunFailure e) {
            RunFailure cause = explained(e, started.systems);
            started.rows.forEach(RunningRow::close);
            throw cause;
        }
    }

    /** Measures rows in the same rounds, each beside the reference of its scenario; the results come in the same order. */
    public List<RowResult> measure(Rows prepared) throws RunFailure, InterruptedException {
        int batch = batches++;
        try {
            rounds(prepared, prepared.budget.spent(ROUNDS_BY) ? shortened() : settings.trial());
            allocation(prepared, settings.allocationOperations() / (prepared.budget.spent(ROUNDS_BY) ? SHORTENED : 1));
            List<RowResult> results = results(batch, prepared.rows);
            run.stop(prepared.systems().stream().map(RunningSystem::processes).toList(), STOP_LIMIT);
            return results;
        } catch (RunFailure e) {
            throw explained(e, prepared.systems());
        }
    }

    private TrialLength shortened() {
        TrialLength length = settings.trial().shortened(SHORTENED);
        progress.note("time was short: trials of " + length.inWords("operation"));
        return length;
    }

    private static List<RowResult> results(int batch, List<RunningRow> rows) throws RunFailure {
        Map<Scenario, List<Double>> references = new HashMap<>();
        for (RunningRow row : rows) {
            if (row.spec().role() == RowRole.REFERENCE) {
                references.put(row.spec().scenario(), row.medians());
            }
        }
        var results = new ArrayList<RowResult>();
        for (RunningRow row : rows) {
            List<Double> reference = references.get(row.spec().scenario());
            if (reference == null) {
                throw new IllegalArgumentException(
                        "no row is the reference of " + row.spec().scenario().title());
            }
            results.add(row.result(batch, reference));
        }
        return results;
    }

    /** The reason behind a failure, once what the systems have counted so far is written down. */
    private RunFailure explained(RunFailure seen, Collection<RunningSystem> systems) throws InterruptedException {
        RunFailure cause = run.cause(seen);
        for (RunningSystem system : systems) {
            run.keepCounters(system.processes());
        }
        return cause;
    }

    /** Starts a system and opens the sockets of its rows, on ports that no other row has: the machine's own kernel is but one. */
    private List<RunningRow> start(SystemSpec spec, List<RowSpec> ofSystem, List<RowSpec> all, Started started)
            throws RunFailure, InterruptedException {
        RowPlan plan = planner.compile(spec.name(), spec.topology(), spec.mtuBytes(), run.directory());
        // The A/A pair must differ in all that two rows may differ in by chance, so it never shares.
        boolean share = settings.brief() && ofSystem.stream().noneMatch(row -> row.role() == RowRole.SAME_AGAIN);
        RowProcesses processes = share ? run.startShared(plan, jvm) : run.start(plan, jvm);
        var system = new RunningSystem(spec, processes);
        started.systems.add(system);
        var rows = new ArrayList<RunningRow>();
        for (RowSpec row : ofSystem) {
            var driver = new RowDriver(processes, row.name(), row.workload(), settings.trialLimit());
            var running = new RunningRow(row, system, driver);
            started.rows.add(running);
            driver.open(FIRST_PORT + all.indexOf(row));
            rows.add(running);
        }
        return rows;
    }

    /** One row at a time, with the machine to itself, until its medians agree. */
    public void settle(Rows prepared) throws RunFailure, InterruptedException {
        progress.stage("waiting for steady medians");
        List<RunningRow> rows = prepared.rows;
        try {
            for (RunningRow row : rows) {
                if (!row.settle(settings, prepared.budget, SETTLED_BY)) {
                    progress.note(row.spec().name() + ": its medians had not settled when the warm-up ended");
                }
                progress.step(rows.indexOf(row) + 1, rows.size(), row.spec().name());
            }
        } catch (RunFailure e) {
            throw explained(e, prepared.systems());
        }
    }

    private void rounds(Rows prepared, TrialLength length) throws RunFailure, InterruptedException {
        List<RunningRow> rows = prepared.rows;
        progress.stage("measuring " + settings.rounds() + (settings.rounds() == 1 ? " round" : " rounds"));
        for (int round = 0; round < settings.rounds(); round++) {
            if (round >= FEWEST_ROUNDS && prepared.budget.spent(ROUNDS_BY)) {
                progress.note("time was short: " + round + " rounds instead of " + settings.rounds());
                break;
            }
            for (RunningRow row : rows) {
                run.check();
                row.trial(length);
                progress.step(
                        round * rows.size() + rows.indexOf(row) + 1,
                        settings.rounds() * rows.size(),
                        row.spec().name());
            }
            sampleSharedMemory(prepared.systems());
        }
    }

    private void allocation(Rows prepared, int operations) throws RunFailure, InterruptedException {
        List<RunningRow> rows = prepared.rows;
        progress.stage("counting garbage");
        for (RunningRow row : rows) {
            row.countGarbage(operations);
            progress.step(rows.indexOf(row) + 1, rows.size(), row.spec().name());
        }
        sampleSharedMemory(prepared.systems());
    }

    private void sampleSharedMemory(List<RunningSystem> systems) throws RunFailure {
        Map<Path, Long> bytes = run.memoryBytes(
                systems.stream().map(system -> system.processes().plan()).toList());
        systems.forEach(system -> system.sawSharedMemory(bytes));
    }
}
