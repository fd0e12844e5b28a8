package org.machbed.testbed.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.simulation.Outcome;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.simulate.BoundedWorlds;
import org.machbed.testbed.simulate.FailedWorlds;
import org.machbed.testbed.simulate.SeedRange;
import org.machbed.testbed.simulate.SimulationJson;
import org.machbed.testbed.simulate.SimulationRun;
import org.machbed.testbed.simulate.SimulationTotals;
import org.machbed.testbed.simulate.WorldTrace;
import org.machbed.testbed.simulate.Worlds;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "simulate",
        description =
                "Runs the protocol library in simulated worlds: stacks, a bad network and applications, made of a seed.",
        mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {
    private static final int MOST_THREADS = 1024;

    private final Worlds madeOf;
    private final Duration longest;

    @Option(
            names = "--seeds",
            paramLabel = "A..B",
            required = true,
            description = "The worlds: seeds from A to B, or A alone.")
    private String seeds = "";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "How many worlds at once (default: one per processor).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--verbose", description = "Print what happens, for one seed.")
    private boolean verbose;

    @Option(names = "--out", paramLabel = "DIR", description = "Where captures of failed worlds go.")
    private @Nullable Path out;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    SimulateCommand() {
        this(Worlds.OF_NETSTACK, BoundedWorlds.LONGEST);
    }

    /** @param longest after which a world has failed */
    SimulateCommand(Worlds worlds, Duration longest) {
        this.madeOf = worlds;
        this.longest = longest;
    }

    @Override
    public Integer call() throws RunFailure, InterruptedException {
        SeedRange range = range();
        if (threads < 1 || threads > MOST_THREADS) {
            throw new UsageError("--threads is 1 to " + MOST_THREADS + ", not " + threads);
        }
        if (verbose && (range.count() != 1 || json)) {
            throw new UsageError("--verbose is for one seed, and without --json");
        }
        Path directory = OutputDirectory.of(out);
        try (BoundedWorlds worlds = new BoundedWorlds(madeOf, longest)) {
            return run(worlds, range, directory);
        }
    }

    private int run(Worlds worlds, SeedRange range, Path directory) throws RunFailure, InterruptedException {
        PrintWriter terminal = spec.commandLine().getOut();
        if (verbose) {
            Outcome _ = worlds.run(range.first(), new WorldTrace(terminal));
        }
        SimulationTotals totals = simulate(worlds, range);
        Map<Outcome, Path> captures = new LinkedHashMap<>();
        FailedWorlds failed = new FailedWorlds(worlds, directory);
        for (Outcome outcome : totals.failures()) {
            captures.put(outcome, failed.capture(outcome));
        }
        if (json) {
            terminal.print(SimulationJson.text(range, totals, captures));
        } else {
            print(terminal, range, totals, captures);
        }
        terminal.flush();
        return captures.isEmpty() ? Machbed.DONE : Machbed.FAILED;
    }

    private SeedRange range() {
        try {
            return SeedRange.parse(seeds);
        } catch (IllegalArgumentException e) {
            throw new UsageError("--seeds: " + e.getMessage());
        }
    }

    private SimulationTotals simulate(Worlds worlds, SeedRange range) throws RunFailure, InterruptedException {
        TerminalProgress progress = TerminalProgress.onStandardError();
        try {
            return new SimulationRun(worlds, range, progress).run((int) Math.min(threads, range.count()));
        } finally {
            progress.finish();
        }
    }

    private static void print(
            PrintWriter terminal, SeedRange range, SimulationTotals totals, Map<Outcome, Path> captures) {
        captures.forEach((outcome, capture) -> {
            terminal.println("seed " + outcome.seed() + " failed: " + outcome.violation());
            terminal.println("    replay:  " + FailedWorlds.replayCommand(outcome));
            terminal.println("    capture: " + capture);
        });
        terminal.printf(
                "seeds %d..%d: %,d worlds, %d failed%n", range.first(), range.last(), totals.worlds(), captures.size());
        terminal.printf(
                "    %,d connections (%,d sequence number wraps), %,d octets received, %,d frames, %,.0f virtual seconds%n",
                totals.connections(), totals.wraps(), totals.streamBytes(), totals.frames(), totals.virtualSeconds());
        terminal.println("    digest " + totals.digest());
    }
}
