package org.machbed.testbed.fake;

import java.nio.file.Path;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;

/** A launcher in a process of its own, to be killed: prints its run's directory and processes, and waits. */
public final class FakeLauncher {
    private FakeLauncher() {}

    public static void main(String[] arguments) throws Exception {
        Path parent = Path.of(arguments[0]);
        try (Run run = Run.open(parent, parent.resolve("logs"))) {
            RowProcesses row = run.start(FakeRows.plan(run, "row"), FakeRows.jvm());
            var line = new StringBuilder(run.directory().toString());
            for (ChildProcess process : row.all()) {
                line.append(' ').append(process.pid());
            }
            System.out.println(line);
            Thread.currentThread().join();
        }
    }
}
