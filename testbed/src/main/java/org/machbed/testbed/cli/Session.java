package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.machbed.ipc.memory.LatencyRequest;
import org.machbed.testbed.calibrate.Calibration;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.claim.ClaimJudge;
import org.machbed.testbed.claim.ClaimResult;
import org.machbed.testbed.claim.Evidence;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.machine.Machine;
import org.machbed.testbed.measure.Batches;
import org.machbed.testbed.measure.Experiment;
import org.machbed.testbed.measure.MeasurementSettings;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.paper.Paper;
import org.machbed.testbed.predict.PrimitiveCosts;
import org.machbed.testbed.report.RunReport;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyOption;

/** One run from its first process to what it found out. */
final class Session {
    /**
     * What to measure.
     *
     * @param command as the user gave it, for the report
     * @param title of the report
     * @param out where logs go while it runs, and stay when it fails
     */
    record Request(
            String command,
            String title,
            List<RowSpec> rows,
            MeasurementSettings settings,
            Optional<Paper> paper,
            List<Claim> claims,
            Path out) {}

    /** A quick run ends within 3 minutes, of which the last seconds are for stopping and for the report. */
    private static final Duration QUICK = Duration.ofSeconds(170);

    private static final int WARM_UP_TRIALS_QUICK = 3;
    private static final int WARM_UP_TRIALS = 8;

    private final TerminalProgress progress;
    private final Venue venue;

    Session(TerminalProgress progress, Venue venue) {
        this.progress = progress;
        this.venue = venue;
    }

    /** Measures rows and judges claims. */
    RunReport measure(Request request) throws RunFailure, InterruptedException, IOException {
        Path logs = request.out().resolve("logs");
        boolean quick = request.settings().brief();
        RunReport report;
        try (LatencyRequest latency = LatencyRequest.open();
                Run run = venue.open(logs)) {
            boolean wanted = request.rows().stream().anyMatch(Session::wantsRealTime);
            boolean realTime = wanted && venue.realTime();
            var facts = new EnvironmentFacts(venue.text(), venue.pinning(), latency, wanted && !realTime);
            facts.notes().forEach(progress::note);
            venue.notes().forEach(progress::note);
            JvmCommand jvm = venue.jvm(run, request.rows(), progress);
            Calibration calibration = calibration(run, jvm, realTime, carriers(request), quick);
            var experiment = new Experiment(run, jvm, venue.planner(realTime), request.settings(), progress);
            if (quick) {
                progress.note("a quick run: rows share virtual machines, and so compiled code and its profiles");
            }
            Evidence evidence = new Campaign(experiment, new Calibrating(calibration), quick ? QUICK : null)
                    .measure(request.rows(), batches(request.rows(), quick));
            progress.stage("stopping");
            List<ClaimResult> claims = ClaimJudge.judge(request.claims(), evidence);
            report = new RunReport(
                    request.command(),
                    request.title(),
                    Instant.now(),
                    request.paper(),
                    request.settings(),
                    facts.environment(evidence.results(), progress.notes()),
                    evidence,
                    claims);
        }
        LogFiles.remove(logs);
        return report;
    }

    /** Of the messages of its rows; claims may be about any. */
    private static Set<String> carriers(Request request) {
        return request.claims().isEmpty()
                ? request.rows().stream()
                        .map(RowSpec::topology)
                        .filter(Topology::usesMessages)
                        .map(topology ->
                                topology.options().getOrDefault(TopologyOption.IPC, TopologyOption.IPC.byDefault()))
                        .collect(Collectors.toSet())
                : Set.copyOf(TopologyOption.IPC.allowed());
    }

    private Calibration calibration(Run run, JvmCommand jvm, boolean realTime, Set<String> carriers, boolean quick)
            throws IOException {
        return new Calibration(
                run,
                jvm,
                venue.calibratedHost(),
                venue.otherCpu(),
                realTime,
                carriers,
                quick ? WARM_UP_TRIALS_QUICK : WARM_UP_TRIALS,
                progress);
    }

    private static boolean wantsRealTime(RowSpec row) {
        return !row.topology()
                .options()
                .getOrDefault(TopologyOption.REAL_TIME, TopologyOption.REAL_TIME.byDefault())
                .equals("false");
    }

    /** The primitives of this machine, as processes of the run measure them. */
    private record Calibrating(Calibration calibration) implements Campaign.Primitives {
        @Override
        public void warmUp(BooleanSupplier late) throws RunFailure, InterruptedException {
            calibration.warmUp(late);
        }

        @Override
        public PrimitiveCosts measure(boolean late) throws RunFailure, InterruptedException {
            return calibration.measure(late);
        }

        @Override
        public void close() {
            calibration.close();
        }
    }

    /** All systems at once where memory allows, and else in batches. */
    private List<List<RowSpec>> batches(List<RowSpec> rows, boolean shared) throws RunFailure {
        int capacity = Memory.systemsAtOnce(Machine.availableMemoryBytes(), shared);
        if (capacity < 2) {
            throw new RunFailure("%d MiB of memory are available and two systems at once need %d MiB."
                    .formatted(
                            Machine.availableMemoryBytes() / Memory.MEBIBYTE,
                            Memory.needed(2, shared) / Memory.MEBIBYTE));
        }
        checkSharedMemory(Math.min(Batches.systems(rows).size(), capacity));
        List<List<RowSpec>> batches = Batches.of(rows, capacity);
        if (batches.size() > 1) {
            progress.note(
                    "memory allows %d systems at once, so they are measured in %d batches, each with the reference"
                            .formatted(capacity, batches.size()));
        }
        return batches;
    }

    /** A full tmpfs would show only when some process cannot grow a queue, in the middle of a run. */
    private void checkSharedMemory(int systems) throws RunFailure {
        try {
            long free = venue.freeMemoryBytes();
            long needed = systems * Memory.SHARED_SYSTEM_BYTES;
            if (free < needed) {
                throw new RunFailure(
                        "%s has %d MiB left and %d systems need %d MiB; free some, or make the tmpfs larger (mount -o remount,size=2g)."
                                .formatted(venue.memory(), free / Memory.MEBIBYTE, systems, needed / Memory.MEBIBYTE));
            }
        } catch (IOException e) {
            throw new RunFailure("cannot tell how much room " + venue.memory() + " has: " + e.getMessage(), e);
        }
    }

    /**
     * Makes the ahead-of-time caches that are missing.
     *
     * @param rows whose processes they are for
     * @return where they are
     */
    Path prepare(Path out, List<RowSpec> rows) throws RunFailure, InterruptedException, IOException {
        Path logs = out.resolve("logs");
        Path caches = AotTrainer.caches()
                .directory()
                .orElseThrow(() -> new RunFailure(
                        "no caches can be kept: Machbed does not run from jars in a directory that it may write to"));
        if (Files.exists(caches) && !Files.isWritable(caches)) {
            throw new RunFailure("no caches can be kept: we may not write to " + caches);
        }
        try (Run run = venue.open(logs)) {
            venue.jvm(run, rows, progress);
        }
        LogFiles.remove(logs);
        OutputDirectory.removeUnused(out);
        return caches;
    }

    /** Measures the primitives alone. */
    PrimitiveCosts calibrate(Path out, boolean quick) throws RunFailure, InterruptedException, IOException {
        Path logs = out.resolve("logs");
        PrimitiveCosts costs;
        try (LatencyRequest latency = LatencyRequest.open();
                Run run = venue.open(logs)) {
            new EnvironmentFacts(venue.text(), venue.pinning(), latency, false)
                    .notes()
                    .forEach(progress::note);
            JvmCommand jvm = JvmCommand.ofThisJvm(AotTrainer.caches());
            try (Calibration calibration =
                    calibration(run, jvm, false, Set.copyOf(TopologyOption.IPC.allowed()), quick)) {
                progress.stage("warming up");
                calibration.warmUp(() -> false);
                costs = calibration.measure(false);
            }
        }
        LogFiles.remove(logs);
        OutputDirectory.removeUnused(out);
        return costs;
    }
}
