package org.machbed.testbed.fake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.machbed.testbed.launch.AotCaches;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.RowPlanner;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.SystemSpec;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.topology.TopologyCatalog;

/** Rows of fake processes: a kernel and a client on each of two hosts that share a CPU. */
public final class FakeRows {
    private FakeRows() {}

    public static JvmCommand jvm() {
        return JvmCommand.ofThisJvm(AotCaches.none());
    }

    /** A row to measure, of whatever topology, with a system of its own: its processes are fakes. */
    public static RowSpec row(String name, RowRole role) {
        return row(name, name, Workload.udpRoundTrip(1), role);
    }

    /** As {@link #row(String, RowRole)}, with a system that other rows may have as well. */
    public static RowSpec row(String name, String system, Workload workload, RowRole role) {
        return new RowSpec(
                name, name, new SystemSpec(system, TopologyCatalog.all().getFirst(), 1500), workload, role);
    }

    /** Plans rows whose client on host a writes down what it is told, and has further arguments. */
    public static RowPlanner planner(Run run, Path journal, String... clientArguments) {
        var arguments = new ArrayList<>(List.of("--journal=" + journal));
        arguments.addAll(List.of(clientArguments));
        return (name, _, _, _) -> plan(run, name, arguments.toArray(String[]::new));
    }

    /** Adds a line to a journal that several processes write. */
    public static void journal(Path journal, String line) {
        try {
            Files.writeString(journal, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The CPU of both hosts: one that we may use, which need not be 0. */
    public static int cpu() {
        try {
            return Pinning.ofThisMachine().cpuOfA();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A row whose client on host a has further arguments. */
    public static RowPlan plan(Run run, String name, String... clientArguments) {
        var pinning = new Pinning(cpu(), cpu());
        HostSettings a = HostSettings.a(pinning);
        HostSettings b = HostSettings.b(pinning);
        Path directory = run.directory().resolve(name);
        List<ProcessPlan> kernels =
                List.of(process(name, directory, a, "kernel"), process(name, directory, b, "kernel"));
        List<ProcessPlan> clients =
                List.of(process(name, directory, a, "client", clientArguments), process(name, directory, b, "client"));
        return new RowPlan(name, TopologyCatalog.all().getFirst(), directory, List.of(a, b), List.of(kernels, clients));
    }

    private static ProcessPlan process(String row, Path directory, HostSettings host, String name, String... more) {
        Path hostDirectory = directory.resolve(host.name());
        var arguments = new ArrayList<String>(List.of("--host-directory=" + hostDirectory, "--process-name=" + name));
        arguments.addAll(List.of(more));
        return new ProcessPlan(
                row,
                host.name(),
                name,
                "fake-" + name,
                FakeProcess.class.getName(),
                arguments,
                host.cpu(),
                hostDirectory,
                name,
                "none");
    }
}
