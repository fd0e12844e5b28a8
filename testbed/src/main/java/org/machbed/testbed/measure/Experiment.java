package org.machbed.testbed.measure;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.RowPlanner;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.SharedMemoryUse;
import org.machbed.testbed.measure.RowSpec.RowRole;

/**
 * Measures rows against each other: all are started and warmed up, then rounds of one trial of each, so that whatever drifts
 * on the machine befalls all rows alike.
 */
public final class Experiment {
    /** Ports that no dissector takes for something else. */
    static final int FIRST_PORT = 20_001;

    /** As many at a time as keep all CPUs busy while nothing is being timed: of a row, often but one process has work. */
    private static final int AT_A_TIME = 4;

    private static final int WARM_UP_CHUNK = 1_000;
    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
    private static final int FEWEST_ROUNDS = 3;

    /** By when, as shares of the time budget, the parts of a run must be through. */
    private static final double WARM_BY = 0.75;

    private static final double SETTLED_BY = 0.80;
    private static final double ROUNDS_BY = 0.94;

    private final Run run;
    private final JvmCommand jvm;
    private final RowPlanner planner;
    private final int mtuBytes;
    private final Workload workload;
    private final MeasurementSettings settings;
    private final ProgressListener progress;

    public Experiment(
            Run run,
            JvmCommand jvm,
            RowPlanner planner,
            int mtuBytes,
            Workload workload,
            MeasurementSettings settings,
            ProgressListener progress) {
        this.run = run;
        this.jvm = jvm;
        this.planner = planner;
        this.mtuBytes = mtuBytes;
        this.workload = workload;
        this.settings = settings;
        this.progress = progress;
    }

    /** Something else to start and warm up, beside the rows. */
    @FunctionalInterface
    public interface Preparation {
        void prepare() throws RunFailure, InterruptedException;
    }

    /** Rows that run and are warm, and how much time there is for them. */
    public static final class Rows implements AutoCloseable {
        private final List<Row> rows;
        private final TimeBudget budget;

        private Rows(List<Row> rows, TimeBudget budget) {
            this.rows = rows;
            this.budget = budget;
        }

        /** Closes what was opened to meter them; their processes end with {@link Experiment#measure} or with the run. */
        @Override
        public void close() {
            rows.forEach(row -> row.driver.close());
        }
    }

    /** One row under measurement. */
    private static final class Row {
        private final RowSpec spec;
        private final RowDriver driver;
        private final List<Trial> trials = new ArrayList<>();
        private final Map<String, Long> sharedMemory = new LinkedHashMap<>();
        private Map<String, Double> allocated = Map.of();
        private boolean settled;
        private long throttled;

        /** What an operation took in the last window of the warm-up. */
        private double operationNanos;

        Row(RowSpec spec, RowDriver driver) {
            this.spec = spec;
            this.driver = driver;
        }
    }

    /**
     * Starts rows and warms them up, while whatever the caller has to warm up goes on beside them: what costs time here is
     * compilation, which can use all CPUs as long as nothing is being timed.
     *
     * @param alongside ends when it is warm; null when there is nothing
     * @param budget for these rows, until they have been measured
     */
    public Rows prepare(List<RowSpec> specs, @Nullable Preparation alongside, TimeBudget budget)
            throws RunFailure, InterruptedException {
        progress.stage("starting and warming up " + specs.size() + " rows");
        var warm = new AtomicInteger();
        var started = new ConcurrentLinkedQueue<RowDriver>();
        var tasks = new ArrayList<Callable<@Nullable Row>>();
        if (alongside != null) {
            tasks.add(() -> {
                alongside.prepare();
                return null;
            });
        }
        for (RowSpec spec : specs) {
            int port = FIRST_PORT + tasks.size();
            tasks.add(() -> {
                Row row = start(spec, port, started);
                warmUp(row, budget);
                progress.step(warm.incrementAndGet(), specs.size(), spec.name());
                return row;
            });
        }
        try {
            List<Row> rows = Concurrently.all(tasks, AT_A_TIME).stream()
                    .filter(Objects::nonNull)
                    .toList();
            return new Rows(rows, budget);
        } catch (RunFailure e) {
            RunFailure cause = explained(e, started);
            started.forEach(RowDriver::close);
            throw cause;
        }
    }

    /** Measures rows in the same rounds, the first of them the reference; the results come in the same order. */
    public List<RowResult> measure(Rows prepared) throws RunFailure, InterruptedException {
        List<Row> rows = prepared.rows;
        try {
            rounds(prepared);
            allocation(rows);
            var results = new ArrayList<RowResult>();
            List<Double> reference =
                    rows.getFirst().trials.stream().map(Trial::medianNanos).toList();
            for (Row row : rows) {
                results.add(result(row, reference));
            }
            run.stop(rows.stream().map(row -> row.driver.row()).toList(), STOP_LIMIT);
            return results;
        } catch (RunFailure e) {
            throw explained(e, rows.stream().map(row -> row.driver).toList());
        }
    }

    /** The reason behind a failure, once what the rows have counted so far is written down. */
    private RunFailure explained(RunFailure seen, Collection<RowDriver> drivers) throws InterruptedException {
        RunFailure cause = run.cause(seen);
        for (RowDriver driver : drivers) {
            run.keepCounters(driver.row());
        }
        return cause;
    }

    private Row start(RowSpec spec, int port, Collection<RowDriver> started) throws RunFailure, InterruptedException {
        RowPlan plan = planner.compile(spec.name(), spec.topology(), run.directory());
        // The A/A pair must differ in all that two rows may differ in by chance, so it never shares.
        boolean share = settings.brief() && spec.role() != RowRole.SAME_AGAIN;
        RowProcesses processes = share ? run.startShared(plan, jvm) : run.start(plan, jvm);
        var driver = new RowDriver(processes, workload, settings.trialLimit());
        started.add(driver);
        driver.open(port);
        return new Row(spec, driver);
    }

    private void warmUp(Row row, TimeBudget budget) throws RunFailure, InterruptedException {
        for (int done = 0; done < settings.warmUpOperations() && !budget.spent(WARM_BY); done += WARM_UP_CHUNK) {
            row.driver.warm(Math.min(WARM_UP_CHUNK, settings.warmUpOperations() - done));
        }
    }

    /** One row at a time, with the machine to itself, until its medians agree. */
    public void settle(Rows prepared) throws RunFailure, InterruptedException {
        progress.stage("waiting for steady medians");
        List<Row> rows = prepared.rows;
        try {
            for (Row row : rows) {
                settle(row, prepared.budget);
                progress.step(rows.indexOf(row) + 1, rows.size(), row.spec.name());
            }
        } catch (RunFailure e) {
            throw explained(e, rows.stream().map(row -> row.driver).toList());
        }
    }

    private void settle(Row row, TimeBudget budget) throws RunFailure, InterruptedException {
        var warmUp = new WarmUp(settings.settledWindows(), settings.settledWithin());
        for (int window = 0;
                window < settings.maximumWindows() && !row.settled && !budget.spent(SETTLED_BY);
                window++) {
            row.operationNanos = row.driver.warm(settings.windowOperations());
            row.settled = warmUp.settledAfter(row.operationNanos);
        }
        if (!row.settled) {
            progress.note(row.spec.name() + ": its medians had not settled when the warm-up ended");
        }
    }

    private void rounds(Rows prepared) throws RunFailure, InterruptedException {
        List<Row> rows = prepared.rows;
        progress.stage("measuring " + settings.rounds() + (settings.rounds() == 1 ? " round" : " rounds"));
        for (int round = 0; round < settings.rounds(); round++) {
            if (round >= FEWEST_ROUNDS && prepared.budget.spent(ROUNDS_BY)) {
                progress.note("time was short: " + round + " rounds instead of " + settings.rounds());
                break;
            }
            for (Row row : rows) {
                run.check();
                long throttledBefore = Machine.throttled();
                row.trials.add(row.driver.trial(settings.trial().operations(row.operationNanos)));
                row.throttled += Machine.throttled() - throttledBefore;
                progress.step(
                        round * rows.size() + rows.indexOf(row) + 1, settings.rounds() * rows.size(), row.spec.name());
            }
            sampleSharedMemory(rows);
        }
    }

    private void allocation(List<Row> rows) throws RunFailure, InterruptedException {
        progress.stage("counting garbage");
        for (Row row : rows) {
            row.allocated = row.driver.allocatedBytesPerOperation(settings.allocationOperations());
            progress.step(rows.indexOf(row) + 1, rows.size(), row.spec.name());
        }
        sampleSharedMemory(rows);
    }

    private void sampleSharedMemory(List<Row> rows) throws RunFailure {
        var directories = new ArrayList<Path>();
        rows.forEach(row -> directories.addAll(row.driver.row().hostDirectories()));
        try {
            Map<Path, Long> bytes = SharedMemoryUse.bytes(directories);
            for (Row row : rows) {
                for (Path host : row.driver.row().hostDirectories()) {
                    row.sharedMemory.merge(host.getFileName().toString(), bytes.getOrDefault(host, 0L), Math::max);
                }
            }
        } catch (IOException e) {
            throw new RunFailure("cannot tell how much shared memory the hosts take: " + e.getMessage(), e);
        }
    }

    private RowResult result(Row row, List<Double> reference) throws RunFailure {
        var ticks = new ProcFs.CpuTicks(0, 0);
        for (Trial trial : row.trials) {
            ticks = ticks.plus(trial.cpuTicks());
        }
        var conditions = new Conditions(
                workload.bytes(),
                mtuBytes,
                row.spec.topology().wire().label(),
                pinning(row.driver.row()),
                Machine.clock(),
                ticks.all() == 0 ? 0 : (double) ticks.stolen() / ticks.all(),
                row.throttled);
        return new RowResult(
                row.spec,
                workload,
                row.trials,
                reference,
                row.settled,
                conditions,
                row.allocated,
                row.sharedMemory,
                notes(row.driver.row()));
    }

    /** Where the processes really may run: asked of the kernel, not of our intentions. */
    private static String pinning(RowProcesses row) throws RunFailure {
        var seen = new TreeSet<String>();
        try {
            for (ChildProcess process : row.all()) {
                seen.add(process.plan().host() + ":" + ProcFs.allowedCpus(process.pid()));
            }
        } catch (IOException e) {
            throw new RunFailure("cannot tell where the processes ran: " + e.getMessage(), e);
        }
        return String.join(" ", seen);
    }

    private static List<String> notes(RowProcesses row) {
        var notes = new ArrayList<String>();
        for (ChildProcess process : row.all()) {
            row.readyDetails(process).forEach((key, value) -> {
                if (key.startsWith("real-time")) {
                    notes.add(process.plan().host() + "/" + process.plan().program() + " " + key + "=" + value);
                }
            });
        }
        return notes;
    }
}
