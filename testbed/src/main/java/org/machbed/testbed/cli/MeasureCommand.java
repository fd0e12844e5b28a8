package org.machbed.testbed.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.measure.MeasurementSettings;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.measure.TrialLength;
import org.machbed.testbed.measure.Workload;
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
            split = ",",
            description = {
                "What to do: udp-rtt, tcp-rtt or tcp-stream (default: ${DEFAULT-VALUE}).",
                "Of several, separated by commas, each has a table, and all are measured in the same rounds."
            })
    private List<String> workloads = List.of();

    @Option(
            names = "--bytes",
            paramLabel = "N",
            description = "Data bytes of a message (default: 1, or 65536 with tcp-stream).")
    private @Nullable Integer wantedBytes;

    @Option(
            names = "--mtu",
            paramLabel = "N",
            defaultValue = "1500",
            split = ",",
            description = "Longest IP datagram of a frame (default: ${DEFAULT-VALUE}); several make a table each.")
    private List<Integer> mtus = List.of();

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
            description =
                    "An option of the topologies; several values, separated by commas, make a row each (docs/adding-a-topology.md).")
    private List<String> settings = List.of();

    @Mixin
    private RunOptions options = new RunOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        checkNumbers();
        List<Scenario> scenarios = scenarios();
        List<RowSpec> rows = RowsOfRun.of(resolved(), settings, scenarios);
        options.run(
                new Session.Request(
                        commandInWords(),
                        "Machbed measurement",
                        rows,
                        plan(),
                        Optional.empty(),
                        List.of(),
                        options.directory()),
                spec.commandLine());
        return Machbed.DONE;
    }

    private String commandInWords() {
        return "machbed measure --topology " + String.join(",", topologies) + " --workload "
                + String.join(",", workloads)
                + (wantedBytes == null ? "" : " --bytes " + wantedBytes) + " --mtu "
                + mtus.stream().map(String::valueOf).collect(Collectors.joining(","))
                + (seconds == null ? "" : " --duration " + seconds);
    }

    private List<Scenario> scenarios() {
        var scenarios = new ArrayList<Scenario>();
        for (String workload : workloads) {
            for (int mtuBytes : mtus) {
                scenarios.add(new Scenario(Workload.of(workload, bytes(workload)), mtuBytes));
            }
        }
        if (scenarios.stream().distinct().count() < scenarios.size()) {
            throw new UsageError("a workload or an MTU is asked for twice");
        }
        return scenarios;
    }

    private MeasurementSettings plan() {
        MeasurementSettings plan = options.settings();
        if (rounds != null) {
            plan = plan.withRounds(rounds);
        }
        return seconds == null ? plan : plan.withTrial(new TrialLength.Time(Duration.ofSeconds(seconds)));
    }

    private int bytes(String workload) {
        return wantedBytes == null ? Workload.defaultBytes(workload) : wantedBytes;
    }

    private void checkNumbers() {
        for (String workload : workloads) {
            if (!Workload.NAMES.contains(workload)) {
                throw new UsageError(
                        "unknown workload '" + workload + "'; known: " + String.join(", ", Workload.NAMES));
            }
            int bytes = bytes(workload);
            if (bytes < 1 || bytes > Workload.largestBytes(workload)) {
                throw new UsageError("--bytes is 1 to " + Workload.largestBytes(workload) + ", not " + bytes);
            }
        }
        mtus.forEach(MtuRange::checked);
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
