package org.machbed.testbed.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.measure.MeasurementSettings;
import org.machbed.testbed.measure.TrialLength;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.report.RunReport;
import org.machbed.testbed.topology.InvalidTopologyException;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "measure",
        description = "Measures topologies against each other; the first is what the others are compared with.",
        mixinStandardHelpOptions = true)
final class MeasureCommand implements Callable<Integer> {
    /** Every host must take a datagram of 576 bytes (RFC 791 section 3.1); our smallest frame holds one whole. */
    private static final int SMALLEST_MTU_BYTES = 576;

    private static final int LARGEST_MTU_BYTES = 65_535;

    /** Half of what a trial may take before it has failed. */
    private static final int LONGEST_TRIAL_SECONDS = 30;

    @Option(
            names = "--topology",
            paramLabel = "T",
            required = true,
            split = ",",
            description = "Names (see: machbed topologies) or .yaml files, separated by commas.")
    private List<String> topologies = List.of();

    @Option(
            names = "--workload",
            paramLabel = "W",
            defaultValue = "udp-rtt",
            description = "What to do: udp-rtt, tcp-rtt or tcp-stream (default: ${DEFAULT-VALUE}).")
    private String workload = "udp-rtt";

    @Option(
            names = "--bytes",
            paramLabel = "N",
            description = "Data bytes of a message (default: 1, or 65536 with tcp-stream).")
    private @Nullable Integer wantedBytes;

    @Option(names = "--mtu", paramLabel = "N", defaultValue = "1500", description = "Longest IP datagram of a frame.")
    private int mtuBytes = 1500;

    @Option(
            names = "--duration",
            paramLabel = "S",
            description = "About how many seconds a trial takes (default: as long as 1000 operations).")
    private @Nullable Integer seconds;

    @Option(names = "--rounds", paramLabel = "N", description = "How many rounds (default: 15, or 5 with --quick).")
    private @Nullable Integer rounds;

    @Option(
            names = "--set",
            paramLabel = "option=value",
            description = "An option of the topologies; several values, separated by commas, make a row each.")
    private List<String> settings = List.of();

    @Mixin
    private RunOptions options = new RunOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        checkNumbers();
        int bytes = bytes();
        Path directory = options.directory();
        MeasurementSettings plan = plan();
        TerminalProgress progress = TerminalProgress.onStandardError();
        RunReport report;
        try {
            report = new Session(progress)
                    .measure(new Session.Request(
                            "machbed measure --topology " + String.join(",", topologies) + " --workload " + workload
                                    + " --bytes " + bytes + " --mtu " + mtuBytes
                                    + (seconds == null ? "" : " --duration " + seconds),
                            RowsOfRun.of(resolved(), settings),
                            Workload.of(workload, bytes),
                            mtuBytes,
                            plan,
                            Optional.empty(),
                            List.of(),
                            directory));
        } finally {
            progress.finish();
        }
        options.deliver(report, directory, spec.commandLine());
        return Machbed.DONE;
    }

    private MeasurementSettings plan() {
        MeasurementSettings plan = options.settings();
        if (rounds != null) {
            plan = plan.withRounds(rounds);
        }
        return seconds == null ? plan : plan.withTrial(new TrialLength.Time(Duration.ofSeconds(seconds)));
    }

    private int bytes() {
        return wantedBytes == null ? Workload.defaultBytes(workload) : wantedBytes;
    }

    private void checkNumbers() {
        if (!Workload.NAMES.contains(workload)) {
            throw new UsageError("unknown workload '" + workload + "'; known: " + String.join(", ", Workload.NAMES));
        }
        if (bytes() < 1 || bytes() > Workload.largestBytes(workload)) {
            throw new UsageError("--bytes is 1 to " + Workload.largestBytes(workload) + ", not " + bytes());
        }
        if (mtuBytes < SMALLEST_MTU_BYTES || mtuBytes > LARGEST_MTU_BYTES) {
            throw new UsageError("--mtu is " + SMALLEST_MTU_BYTES + " to " + LARGEST_MTU_BYTES + ", not " + mtuBytes);
        }
        if (seconds != null && (seconds < 1 || seconds > LONGEST_TRIAL_SECONDS)) {
            throw new UsageError("--duration is 1 to " + LONGEST_TRIAL_SECONDS + " seconds, not " + seconds);
        }
        if (rounds != null && (rounds < 1 || rounds > 1000)) {
            throw new UsageError("--rounds is 1 to 1000, not " + rounds);
        }
    }

    private List<Topology> resolved() {
        var resolved = new ArrayList<Topology>();
        for (String name : topologies) {
            try {
                resolved.add(TopologyCatalog.resolve(name));
            } catch (InvalidTopologyException e) {
                throw new UsageError(String.join("; ", e.problems()));
            }
        }
        return resolved;
    }
}
