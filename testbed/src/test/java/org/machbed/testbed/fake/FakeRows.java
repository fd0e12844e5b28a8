package org.machbed.testbed.fake;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.machbed.testbed.launch.AotCaches;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.topology.TopologyCatalog;

/** Rows of fake processes: a kernel and a client on each of two hosts that share CPU 0. */
public final class FakeRows {
    private FakeRows() {}

    public static JvmCommand jvm() {
        return JvmCommand.ofThisJvm(AotCaches.none());
    }

    /** A row whose client on host a has further arguments. */
    public static RowPlan plan(Run run, String name, String... clientArguments) {
        HostSettings a = HostSettings.a(new Pinning(0, 0));
        HostSettings b = HostSettings.b(new Pinning(0, 0));
        Path directory = run.directory().resolve(name);
        List<ProcessPlan> kernels =
                List.of(process(name, directory, a, "kernel"), process(name, directory, b, "kernel"));
        List<ProcessPlan> clients =
                List.of(process(name, directory, a, "client", clientArguments), process(name, directory, b, "client"));
        return new RowPlan(
                name, TopologyCatalog.all().getFirst(), directory, a, b, b.address(), List.of(kernels, clients));
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
