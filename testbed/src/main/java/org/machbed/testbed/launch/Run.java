package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A run: its shared memory, its processes, and the promise that nothing of them is left when it ends, however it ends.
 *
 * <p>When any of its processes dies unasked, everyone who waits for any of them gets a {@link RunFailure} that says who died.
 */
public final class Run implements AutoCloseable {
    private static final Duration READY_LIMIT = Duration.ofSeconds(60);
    private static final Duration COUNTERS_LIMIT = Duration.ofSeconds(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(3);
    /** After a failure nobody has anything to save, and the run must end soon. */
    private static final Duration STOP_LIMIT_AFTER_FAILURE = Duration.ofMillis(500);
    /** A process that was killed takes others along; its own end may be noticed a moment after theirs. */
    private static final long DIAGNOSIS_MILLIS = 250;

    private final Deployment deployment;
    private final Path logs;
    private final Thread hook;
    private final List<ChildProcess> children = new CopyOnWriteArrayList<>();
    private final Map<String, JvmProcess> shared = new HashMap<>(); // guarded by this
    private final List<ChildProcess> deceased = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable RunFailure> failure = new AtomicReference<>();
    private final CompletableFuture<RunFailure> failureKnown = new CompletableFuture<>();
    private volatile Ending ending = new Interrupted();
    private volatile boolean closing;

    private Run(Deployment deployment, Path logs) {
        this.deployment = deployment;
        this.logs = logs;
        this.hook = new Thread(this::cleanUpAfterSignal, "clean-up");
    }

    /** Opens a measurement on this machine. */
    public static Run open(Path sharedMemory, Path logs) throws RunFailure {
        return open(RunKind.MEASUREMENT, sharedMemory, logs);
    }

    /** Opens a run on this machine, whose memory goes below a directory. */
    public static Run open(RunKind kind, Path sharedMemory, Path logs) throws RunFailure {
        return open(LocalDeployment.open(kind, sharedMemory), logs);
    }

    /**
     * Opens a run.
     *
     * @param deployment where its hosts are; closed when this fails, and with the run
     * @param logs where its processes log; removed at the end unless something failed
     */
    public static Run open(Deployment deployment, Path logs) throws RunFailure {
        try {
            Files.createDirectories(logs);
        } catch (IOException e) {
            deployment.close();
            throw new RunFailure(
                    "cannot open a run whose processes log to " + logs + ": " + FileFailure.reason(e, logs), e);
        }
        var run = new Run(deployment, logs);
        Runtime.getRuntime().addShutdownHook(run.hook);
        var _ = deployment.failure().thenAccept(run::onDeploymentFailure);
        return run;
    }

    /** The directory below which the memory of a host's rows is, as its processes name it. */
    public Path directoryOf(String host) {
        return deployment.directoryOf(host);
    }

    /** Its directory of shared memory: absolute on this machine; with nodes relative to the memory of each host. */
    public Path directory() {
        return deployment.directory();
    }

    /** Bytes that the files of each host of some rows take, by its directory. */
    public Map<Path, Long> memoryBytes(Collection<RowPlan> rows) throws RunFailure {
        try {
            return deployment.memoryBytes(rows);
        } catch (IOException e) {
            throw new RunFailure("cannot tell how much shared memory the hosts take: " + e.getMessage(), e);
        }
    }

    /** Starts the processes of a row, each in a virtual machine of its own, and waits until all are ready. */
    public RowProcesses start(RowPlan plan, JvmCommand jvm) throws RunFailure, InterruptedException {
        return start(plan, process -> startAlone(process, jvm));
    }

    /** As {@link #start}, but a process joins the virtual machine of one that plays the same part in another row. */
    public RowProcesses startShared(RowPlan plan, JvmCommand jvm) throws RunFailure, InterruptedException {
        return start(plan, process -> startShared(process, jvm));
    }

    @FunctionalInterface
    private interface Starter {
        ChildProcess start(ProcessPlan plan) throws RunFailure;
    }

    private RowProcesses start(RowPlan plan, Starter starter) throws RunFailure, InterruptedException {
        try {
            deployment.createHosts(plan);
        } catch (IOException e) {
            throw new RunFailure(
                    "cannot create the hosts of " + plan.name() + ": " + FileFailure.reason(e, plan.directory()), e);
        }
        var started = new ArrayList<ChildProcess>();
        Map<ChildProcess, Map<String, String>> details = new LinkedHashMap<>();
        for (List<ProcessPlan> stage : plan.startOrder()) {
            var ofStage = new ArrayList<ChildProcess>();
            for (ProcessPlan process : stage) {
                ofStage.add(starter.start(process));
            }
            for (ChildProcess child : ofStage) {
                details.put(child, child.awaitReady(READY_LIMIT));
            }
            started.addAll(ofStage);
        }
        return new RowProcesses(plan, deployment, started, details);
    }

    private synchronized ChildProcess startAlone(ProcessPlan plan, JvmCommand jvm) throws RunFailure {
        checkOpen();
        Path directory = logs.resolve(plan.row());
        return add(machine(plan, directory, jvm, false).part(plan));
    }

    private synchronized ChildProcess startShared(ProcessPlan plan, JvmCommand jvm) throws RunFailure {
        checkOpen();
        String part = plan.sharedAs();
        JvmProcess machine = shared.get(part);
        // One whose parts have all been stopped has ended in an orderly way.
        if (machine == null || !machine.isAlive()) {
            Path directory = logs.resolve("shared").resolve(part);
            machine = machine(plan, directory, jvm, true);
            shared.put(part, machine);
        }
        return add(machine.part(plan));
    }

    private void checkOpen() throws RunFailure {
        check();
        if (closing) {
            throw new RunFailure("the run is ending");
        }
    }

    private ChildProcess add(ChildProcess child) {
        children.add(child);
        child.onDeath(this::onDeath);
        RunFailure reason = failure.get();
        if (reason != null) {
            // It came too late to be told with the others.
            child.fail(reason);
        }
        return child;
    }

    private JvmProcess machine(ProcessPlan plan, Path logDirectory, JvmCommand jvm, boolean share) throws RunFailure {
        try {
            Files.createDirectories(logDirectory);
            Path log = logDirectory.resolve(plan.host() + "-" + plan.name() + ".log");
            return new JvmProcess(deployment.start(plan, share, jvm, logDirectory, log), log, share);
        } catch (IOException e) {
            throw new RunFailure("cannot start " + plan.title() + ": " + FileFailure.reason(e, logDirectory), e);
        }
    }

    private void onDeath(ChildProcess child) {
        if (closing || !children.contains(child)) {
            return;
        }
        deceased.add(child);
        CompletableFuture.delayedExecutor(DIAGNOSIS_MILLIS, TimeUnit.MILLISECONDS)
                .execute(this::diagnose);
    }

    /** Blames the process that was killed by a signal rather than one that ended because of it. */
    private void diagnose() {
        if (closing) {
            return;
        }
        ChildProcess culprit = deceased.getFirst();
        for (ChildProcess dead : deceased) {
            if (dead.wasKilled()) {
                culprit = dead;
                break;
            }
        }
        fail(culprit.obituary());
    }

    private void onDeploymentFailure(RunFailure reason) {
        if (!closing) {
            fail(reason);
        }
    }

    private void fail(RunFailure reason) {
        if (failure.compareAndSet(null, reason)) {
            for (ChildProcess child : children) {
                child.fail(reason);
            }
            failureKnown.complete(reason);
        }
    }

    /** Throws the failure of this run, if it has failed. */
    public void check() throws RunFailure {
        RunFailure reason = failure.get();
        if (reason != null) {
            throw reason;
        }
    }

    /**
     * The reason behind a failure that was seen first by one who merely noticed: when a process dies, those that talk to it may
     * report an error before its death is known. When the run's memory is full, that is the reason for whatever was seen.
     */
    public RunFailure cause(RunFailure seen) throws InterruptedException {
        RunFailure nearer = knownCause(seen);
        return noSpace()
                .map(full -> new RunFailure(full + ": " + nearer.getMessage(), nearer.details(), nearer))
                .orElse(nearer);
    }

    /** Whether the run's memory is full, or was when a process noticed: what that one has freed since hides it. */
    private Optional<String> noSpace() {
        if (children.stream().anyMatch(ChildProcess::sawNoSpace)) {
            return Optional.of(deployment.wasFull());
        }
        boolean sigbus = children.stream().anyMatch(ChildProcess::metSigbus);
        return deployment.full().or(() -> sigbus ? Optional.of("perhaps " + deployment.wasFull()) : Optional.empty());
    }

    private RunFailure knownCause(RunFailure seen) throws InterruptedException {
        try {
            return failureKnown.get(2 * DIAGNOSIS_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return seen;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Completes with the failure of this run when it fails. */
    public CompletableFuture<RunFailure> failure() {
        return failureKnown.copy();
    }

    /** Has it end otherwise than as one that was interrupted when a signal ends the launcher. */
    public void endWith(Ending other) {
        ending = other;
    }

    /** Stops the processes of rows in an orderly way, all together. */
    public void stop(List<RowProcesses> rows, Duration limit) throws InterruptedException {
        var stopping = new ArrayList<ChildProcess>();
        rows.forEach(row -> stopping.addAll(row.all()));
        children.removeAll(stopping);
        stopAll(stopping, limit);
        rows.forEach(row -> deployment.removeHosts(row.plan()));
    }

    private static void stopAll(List<ChildProcess> processes, Duration limit) throws InterruptedException {
        processes.forEach(ChildProcess::requestStop);
        long deadlineNanos = System.nanoTime() + limit.toNanos();
        for (ChildProcess process : processes) {
            if (!process.awaitExit(deadlineNanos)) {
                process.kill();
                process.awaitExit(System.nanoTime() + STOP_LIMIT.toNanos());
            }
        }
    }

    /** Writes down what the processes of a row that failed have counted, beside their logs. */
    public void keepCounters(RowProcesses row) throws InterruptedException {
        if (failed()) {
            return;
        }
        // A row that shares its virtual machines has no logs of its own.
        Path directory = logs.resolve(row.plan().name());
        Path file = directory.resolve("counters.txt");
        try {
            Files.createDirectories(directory);
            Files.write(file, row.counters(COUNTERS_LIMIT));
        } catch (IOException e) {
            System.err.println("machbed: cannot write " + file + ": " + FileFailure.reason(e, file));
        }
    }

    /** Keeps the logs for whoever looks for the reason. */
    public Path logs() {
        return logs;
    }

    public boolean failed() {
        return failure.get() != null;
    }

    /** Stops what still runs and removes the run's memory. The logs stay when the run has failed. */
    @Override
    public void close() {
        if (cleanUp(failed() ? STOP_LIMIT_AFTER_FAILURE : STOP_LIMIT)) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The virtual machine is going down, and the hook finds nothing left to do.
            }
        }
    }

    private void cleanUpAfterSignal() {
        if (closing) {
            return;
        }
        Ending chosen = ending;
        chosen.prepare();
        // The launcher may see its end coming and clean up first.
        cleanUp(STOP_LIMIT_AFTER_FAILURE);
        if (!failed()) {
            chosen.finish();
        }
    }

    /** Removes the logs, and the directory that they are in when that leaves it empty. */
    public void removeLogs() {
        RunDirectory.deleteTree(logs);
        Path parent = logs.toAbsolutePath().getParent();
        if (parent != null) {
            // Goes only when it is empty, so nothing of the user's goes with it.
            var _ = parent.toFile().delete();
        }
    }

    /** Whoever interrupts a run knows why it ended, and needs no logs. */
    private final class Interrupted implements Ending {
        @Override
        public void finish() {
            removeLogs();
            System.err.println("machbed: interrupted; nothing of the run is left.");
        }
    }

    private synchronized boolean cleanUp(Duration limit) {
        if (closing) {
            return false;
        }
        closing = true;
        try {
            stopAll(children, limit);
        } catch (InterruptedException e) {
            children.forEach(ChildProcess::kill);
            Thread.currentThread().interrupt();
        }
        deployment.close();
        return true;
    }
}
