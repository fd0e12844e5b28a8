package org.machbed.testbed.calibrate;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.calibrate.PrimitiveRun.Parties;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.launch.Reply;
import org.machbed.testbed.launch.Role;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.ProgressListener;
import org.machbed.testbed.measure.Statistics;
import org.machbed.testbed.predict.Primitive;
import org.machbed.testbed.predict.PrimitiveCosts;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.topology.TopologyOption;

/**
 * Measures the primitives alone: one kernel-node, and for each carrier of messages as many of three applications as they take, of
 * which one has a CPU of its own, and a Unix server. Warming up may go on beside other work; measuring may not.
 */
public final class Calibration implements AutoCloseable {
    private static final String ROW = "calibration";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
    private static final int UNCOUNTED_TRIALS = 1;
    private static final int TRIALS = 5;
    private static final int TRIALS_WHEN_LATE = 2;

    private final Run run;
    private final JvmCommand jvm;
    private final HostSettings host;
    private final OptionalInt otherCpu;
    private final boolean realTime;
    private final Set<String> carriers;
    private final int warmUpTrials;
    private final ProgressListener progress;
    private @Nullable RowProcesses processes;

    /**
     * A calibration.
     *
     * @param host the host that all take part on
     * @param otherCpu of the application that has a CPU of its own; empty where there can be none, and what takes two is left out
     * @param realTime whether the kernel-node may ask for SCHED_FIFO, as it does in the rows
     * @param carriers of messages in the systems that it is for; the primitives that those cannot cross are left out
     * @param warmUpTrials trials before those that count
     */
    public Calibration(
            Run run,
            JvmCommand jvm,
            HostSettings host,
            OptionalInt otherCpu,
            boolean realTime,
            Set<String> carriers,
            int warmUpTrials,
            ProgressListener progress) {
        this.run = run;
        this.jvm = jvm;
        this.host = host;
        this.otherCpu = otherCpu;
        this.realTime = realTime;
        this.carriers = Set.copyOf(carriers);
        this.warmUpTrials = warmUpTrials;
        this.progress = progress;
    }

    /**
     * Starts the processes and has every primitive run until the compilers have seen it.
     *
     * @param late tells that there is no more time for it
     */
    public void warmUp(BooleanSupplier late) throws RunFailure, InterruptedException {
        try {
            RowProcesses started = run.start(plan(), jvm);
            processes = started;
            for (int trial = 0; trial < warmUpTrials; trial++) {
                for (PrimitiveRun one : runs()) {
                    if (late.getAsBoolean()) {
                        progress.note("time was short: the primitives were not warm when they were measured");
                        return;
                    }
                    trials(one, started, 1);
                }
            }
        } catch (RunFailure e) {
            throw run.cause(e);
        }
    }

    /**
     * Measures the primitives that are needed, which have been warmed up: the median of the trials' typical operation.
     *
     * @param late whether there is little time for it
     */
    public PrimitiveCosts measure(boolean late) throws RunFailure, InterruptedException {
        RowProcesses warm = Objects.requireNonNull(processes, "warmUp comes first");
        progress.stage("calibrating");
        try {
            int counted = late ? TRIALS_WHEN_LATE : TRIALS;
            if (counted < TRIALS) {
                progress.note(
                        "time was short: each primitive has the median of " + counted + " trials instead of " + TRIALS);
            }
            Map<Primitive, Double> nanos = new EnumMap<>(Primitive.class);
            List<PrimitiveRun> all = runs();
            for (PrimitiveRun one : all) {
                double[] trials = trials(one, warm, UNCOUNTED_TRIALS + counted);
                double typical = Statistics.median(Arrays.copyOfRange(trials, UNCOUNTED_TRIALS, trials.length));
                double taken = one.lessHalfOf() == null ? 0 : nanos.getOrDefault(one.lessHalfOf(), 0.0) / 2;
                // What is a difference of two may come out below nothing on a noisy machine, and means nothing then.
                nanos.put(one.primitive(), Math.max(0, typical - taken));
                progress.step(nanos.size(), all.size(), one.primitive().label());
            }
            return new PrimitiveCosts(nanos);
        } catch (RunFailure e) {
            throw run.cause(e);
        }
    }

    /** Stops the processes, unless the run has failed and ends them itself. */
    @Override
    public void close() {
        if (processes != null && !run.failed()) {
            try {
                run.stop(List.of(processes), STOP_LIMIT);
            } catch (InterruptedException e) {
                // The run ends them in its turn.
                Thread.currentThread().interrupt();
            }
        }
        processes = null;
    }

    /** Nanoseconds per operation of each trial. */
    private static double[] trials(PrimitiveRun one, RowProcesses processes, int trials)
            throws RunFailure, InterruptedException {
        ChildProcess near = find(processes, one.near());
        ChildProcess other =
                one.pair() ? find(processes, (one.parties() == Parties.TWO_CPUS ? "far-" : "same-") + one.ipc()) : null;
        var connect = new StringBuilder(("connect primitive=" + one.role() + " " + one.options()).strip());
        if (other != null) {
            JsonNode serving =
                    other.ask("serve primitive=" + one.role(), "SERVING", LIMIT).json();
            serving.properties()
                    .forEach(entry -> connect.append(' ')
                            .append(entry.getKey())
                            .append('=')
                            .append(entry.getValue().asText()));
        }
        near.ask(connect.toString(), "CONNECTED", LIMIT);
        double[] nanos = new double[trials];
        for (int trial = 0; trial < trials; trial++) {
            nanos[trial] = trial(one, near, other);
        }
        near.ask("stop", "STOPPED", LIMIT);
        if (other != null) {
            other.ask("stop", "STOPPED", LIMIT);
        }
        return nanos;
    }

    private static double trial(PrimitiveRun one, ChildProcess near, @Nullable ChildProcess other)
            throws RunFailure, InterruptedException {
        String command = "trial operations=" + one.operations();
        CompletableFuture<Reply> served = other == null ? null : other.submit(command);
        JsonNode done = near.ask(command, "DONE", LIMIT).json();
        // The typical operation, as rows are compared by their typical trip; a difference of two has only a mean.
        double mean = done.path("nanosPerOperation").asDouble(Double.NaN);
        double nanos = done.path("medianNanosPerOperation").asDouble(mean);
        if (other != null && served != null) {
            other.expect(served, command, "DONE", LIMIT);
        }
        if (!Double.isFinite(nanos)) {
            throw new RunFailure(near.plan().program() + " measured " + one.role() + " and told no time for it");
        }
        return nanos;
    }

    private static ChildProcess find(RowProcesses processes, String name) {
        return processes.all().stream()
                .filter(process -> process.plan().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Path rowDirectory() {
        return run.directoryOf(host.name()).resolve(ROW);
    }

    private Path hostDirectory() {
        return rowDirectory().resolve(host.name());
    }

    /** Those that are needed and that the host's CPUs allow. */
    private List<PrimitiveRun> runs() {
        return PrimitiveRun.all().stream()
                .filter(one -> one.neededWith(carriers))
                .filter(one -> otherCpu.isPresent() || one.parties() != Parties.TWO_CPUS)
                .toList();
    }

    private RowPlan plan() {
        ProcessPlan kernel = process(
                Role.KERNEL,
                "kernel",
                host.cpu(),
                List.of("--wire=none", "--sockets=none", "--chronicle=true", "--real-time=" + realTime));
        var applications = new ArrayList<ProcessPlan>();
        for (String ipc : TopologyOption.IPC.allowed()) {
            Set<Parties> parties = parties(ipc);
            List<String> arguments = List.of("--binding=none", "--ipc=" + ipc);
            if (parties.contains(Parties.TWO_ON_ONE_CPU)) {
                applications.add(process(Role.CLIENT, "same-" + ipc, host.cpu(), arguments));
            }
            if (parties.contains(Parties.TWO_CPUS)) {
                applications.add(process(Role.CLIENT, "far-" + ipc, otherCpu.orElseThrow(), arguments));
            }
            if (!parties.isEmpty()) {
                applications.add(process(Role.CLIENT, "near-" + ipc, host.cpu(), arguments));
            }
            if (parties.contains(Parties.SERVER)) {
                applications.add(process(
                        Role.SERVER, ServerParty.NAME, host.cpu(), ServerParty.arguments(host, hostDirectory())));
            }
        }
        Topology any = TopologyCatalog.all().getFirst();
        return new RowPlan(ROW, any, rowDirectory(), List.of(host), List.of(List.of(kernel), applications));
    }

    private Set<Parties> parties(String ipc) {
        return runs().stream()
                .filter(one -> one.ipc().equals(ipc))
                .map(PrimitiveRun::parties)
                .collect(Collectors.toSet());
    }

    private ProcessPlan process(Role role, String name, int cpu, List<String> own) {
        var arguments = new ArrayList<String>();
        arguments.add("--host-directory=" + hostDirectory());
        arguments.add("--process-name=" + name);
        arguments.addAll(own);
        return new ProcessPlan(
                ROW,
                host.name(),
                name,
                role.program(),
                role.mainClass(),
                arguments,
                cpu,
                hostDirectory(),
                "primitives",
                role.processName() + "-chronicle");
    }
}
