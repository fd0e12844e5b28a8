package org.machbed.testbed.measure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.SharedMemoryUse;
import org.machbed.testbed.launch.TopologyCompiler;

/**
 * Measures rows against each other: all are started and warmed up, then rounds of one trial of each, so that whatever drifts
 * on the machine befalls all rows alike.
 */
public final class Experiment {
    private static final int FIRST_PORT = 5001;
    /** Rows have one CPU per host, so two at a time keep two CPUs busy while nothing is being timed. */
    private static final int AT_A_TIME = 2;

    private static final int WARM_UP_CHUNK = 1_000;

    private final Run run;
    private final JvmCommand jvm;
    private final TopologyCompiler compiler;
    private final int mtuBytes;
    private final Workload workload;
    private final MeasurementSettings settings;
    private final ProgressListener progress;

    public Experiment(
            Run run,
            JvmCommand jvm,
            TopologyCompiler compiler,
            int mtuBytes,
            Workload workload,
            MeasurementSettings settings,
            ProgressListener progress) {
        this.run = run;
        this.jvm = jvm;
        this.compiler = compiler;
        this.mtuBytes = mtuBytes;
        this.workload = workload;
        this.settings = settings;
        this.progress = progress;
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

        Row(RowSpec spec, RowDriver driver) {
            this.spec = spec;
            this.driver = driver;
        }
    }

    /** Measures the rows; the results come in the same order. */
    public List<RowResult> measure(List<RowSpec> specs) throws RunFailure, InterruptedException {
        List<Row> rows = new ArrayList<>();
        try {
            rows.addAll(startAll(specs));
            warmUp(rows);
            rounds(rows);
            allocation(rows);
            var results = new ArrayList<RowResult>();
            for (Row row : rows) {
                results.add(result(row));
            }
            return results;
        } catch (RunFailure e) {
            RunFailure cause = run.cause(e);
            for (Row row : rows) {
                run.keepCounters(row.driver.row());
            }
            throw cause;
        } finally {
            // The run stops the processes of all rows together when it closes.
            rows.forEach(row -> row.driver.close());
        }
    }

    private List<Row> startAll(List<RowSpec> specs) throws RunFailure, InterruptedException {
        progress.stage("starting " + specs.size() + " rows");
        var started = new AtomicInteger();
        var tasks = new ArrayList<Callable<Row>>();
        for (RowSpec spec : specs) {
            int port = FIRST_PORT + tasks.size();
            tasks.add(() -> {
                RowProcesses processes =
                        run.start(compiler.compile(spec.name(), spec.topology(), run.directory()), jvm);
                var driver = new RowDriver(processes, workload, settings.trialLimit());
                driver.open(port);
                progress.step(started.incrementAndGet(), specs.size(), spec.name());
                return new Row(spec, driver);
            });
        }
        return inPairs(tasks);
    }

    private void warmUp(List<Row> rows) throws RunFailure, InterruptedException {
        progress.stage("warming up");
        var warmed = new AtomicInteger();
        var tasks = new ArrayList<Callable<Row>>();
        for (Row row : rows) {
            tasks.add(() -> {
                for (int done = 0; done < settings.warmUpOperations(); done += WARM_UP_CHUNK) {
                    row.driver.warm(Math.min(WARM_UP_CHUNK, settings.warmUpOperations() - done));
                }
                progress.step(warmed.incrementAndGet(), 2 * rows.size(), row.spec.name());
                return row;
            });
        }
        inPairs(tasks);
        for (Row row : rows) {
            settle(row);
            progress.step(warmed.incrementAndGet(), 2 * rows.size(), row.spec.name() + " settled");
        }
    }

    private void settle(Row row) throws RunFailure, InterruptedException {
        var warmUp = new WarmUp(settings.settledWindows(), settings.settledWithin());
        for (int window = 0; window < settings.maximumWindows() && !row.settled; window++) {
            row.settled = warmUp.settledAfter(row.driver.warm(settings.windowOperations()));
        }
        if (!row.settled) {
            progress.note(row.spec.name() + ": the medians did not settle within " + settings.maximumWindows()
                    + " windows of " + settings.windowOperations() + " operations");
        }
    }

    private void rounds(List<Row> rows) throws RunFailure, InterruptedException {
        progress.stage("measuring " + settings.rounds() + " rounds");
        for (int round = 0; round < settings.rounds(); round++) {
            for (Row row : rows) {
                run.check();
                long throttledBefore = Machine.throttled();
                row.trials.add(row.driver.trial(settings.operationsPerTrial()));
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

    private RowResult result(Row row) throws RunFailure {
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

    private static <T> List<T> inPairs(List<Callable<T>> tasks) throws RunFailure, InterruptedException {
        try (ExecutorService pool = Executors.newFixedThreadPool(AT_A_TIME)) {
            var futures = new ArrayList<Future<T>>();
            tasks.forEach(task -> futures.add(pool.submit(task)));
            var results = new ArrayList<T>();
            try {
                for (Future<T> future : futures) {
                    results.add(future.get());
                }
                return results;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RunFailure failure) {
                    throw failure;
                }
                throw new IllegalStateException(e.getCause());
            } finally {
                pool.shutdownNow();
            }
        }
    }
}
