package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.machbed.ipc.memory.LatencyRequest;
import org.machbed.testbed.calibrate.Calibration;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.claim.ClaimJudge;
import org.machbed.testbed.claim.ClaimResult;
import org.machbed.testbed.claim.Evidence;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunDirectory;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.TopologyCompiler;
import org.machbed.testbed.measure.Experiment;
import org.machbed.testbed.measure.Machine;
import org.machbed.testbed.measure.MeasurementSettings;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.paper.Paper;
import org.machbed.testbed.predict.PrimitiveCosts;
import org.machbed.testbed.report.RunReport;

/** One run from its first process to what it found out. */
final class Session {
    /**
     * What to measure.
     *
     * @param command as the user gave it, for the report
     * @param out where logs go while it runs, and stay when it fails
     */
    record Request(
            String command,
            List<RowSpec> rows,
            Workload workload,
            int mtuBytes,
            MeasurementSettings settings,
            Optional<Paper> paper,
            List<Claim> claims,
            Path out) {}

    private static final int WARM_UP_TRIALS_QUICK = 3;
    private static final int WARM_UP_TRIALS = 8;

    private final TerminalProgress progress;

    Session(TerminalProgress progress) {
        this.progress = progress;
    }

    /** Measures rows and judges claims. */
    RunReport measure(Request request) throws RunFailure, InterruptedException, IOException {
        Path logs = request.out().resolve("logs");
        Pinning pinning = Pinning.ofThisMachine();
        RunReport report;
        try (LatencyRequest latency = LatencyRequest.open();
                Run run = Run.open(RunDirectory.SHARED_MEMORY, logs)) {
            boolean realTime = Machine.root();
            var facts = new EnvironmentFacts(pinning, latency, realTime);
            facts.notes().forEach(progress::note);
            HostSettings a = HostSettings.a(pinning);
            HostSettings b = HostSettings.b(pinning);
            var compiler = new TopologyCompiler(a, b, request.mtuBytes(), realTime);
            JvmCommand jvm = new AotTrainer(run, compiler, request.workload(), progress).jvm(request.rows());
            boolean quick =
                    request.settings().rounds() <= MeasurementSettings.quick().rounds();
            PrimitiveCosts costs = new Calibration(
                            run, jvm, a, b, realTime, quick ? WARM_UP_TRIALS_QUICK : WARM_UP_TRIALS, progress)
                    .measure();
            List<RowResult> results = new Experiment(
                            run, jvm, compiler, request.mtuBytes(), request.workload(), request.settings(), progress)
                    .measure(request.rows());
            progress.stage("stopping");
            Evidence evidence = Evidence.of(results, costs);
            List<ClaimResult> claims = ClaimJudge.judge(request.claims(), evidence);
            report = new RunReport(
                    request.command(),
                    Instant.now(),
                    request.paper(),
                    request.settings(),
                    facts.environment(results, progress.notes()),
                    evidence,
                    claims);
        }
        LogFiles.remove(logs);
        return report;
    }

    /** Measures the primitives alone. */
    PrimitiveCosts calibrate(Path out, boolean quick) throws RunFailure, InterruptedException, IOException {
        Path logs = out.resolve("logs");
        Pinning pinning = Pinning.ofThisMachine();
        PrimitiveCosts costs;
        try (LatencyRequest latency = LatencyRequest.open();
                Run run = Run.open(RunDirectory.SHARED_MEMORY, logs)) {
            boolean realTime = Machine.root();
            new EnvironmentFacts(pinning, latency, realTime).notes().forEach(progress::note);
            HostSettings a = HostSettings.a(pinning);
            HostSettings b = HostSettings.b(pinning);
            JvmCommand jvm = JvmCommand.ofThisJvm(AotTrainer.caches());
            costs = new Calibration(run, jvm, a, b, realTime, quick ? WARM_UP_TRIALS_QUICK : WARM_UP_TRIALS, progress)
                    .measure();
        }
        LogFiles.remove(logs);
        if (Files.isDirectory(out) && LogFiles.isEmpty(out)) {
            Files.delete(out);
        }
        return costs;
    }
}
