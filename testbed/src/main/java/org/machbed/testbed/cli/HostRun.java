package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.machbed.testbed.launch.Ending;
import org.machbed.testbed.launch.FileFailure;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunDirectory;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.RunKind;
import org.machbed.testbed.launch.SingleHost;

/** One host that is started for its user, and goes with everything it had. */
final class HostRun implements AutoCloseable {
    private final Run run;
    private final SingleHost host;
    private boolean started;

    private HostRun(Run run, SingleHost host) {
        this.run = run;
        this.host = host;
    }

    /** Makes room for a host; nothing of it runs yet. */
    static HostRun open(HostOptions.Wanted wanted) throws RunFailure {
        Path logs = temporary().resolve("logs");
        Run run = Run.open(RunKind.HOST, RunDirectory.SHARED_MEMORY, logs);
        return new HostRun(run, wanted.in(run.directory()));
    }

    private static Path temporary() throws RunFailure {
        try {
            return Files.createTempDirectory("machbed-");
        } catch (IOException e) {
            Path parent = Path.of(System.getProperty("java.io.tmpdir"));
            throw new RunFailure("cannot keep logs in " + parent + ": " + FileFailure.reason(e, parent), e);
        }
    }

    Run run() {
        return run;
    }

    SingleHost host() {
        return host;
    }

    void endWith(Ending ending) {
        run.endWith(ending);
    }

    /** Starts processes of the host and waits until they are ready. */
    RowProcesses start(RowPlan plan) throws RunFailure, InterruptedException {
        RowProcesses processes = run.start(plan, JvmCommand.ofThisJvm(AotTrainer.caches()));
        started = true;
        return processes;
    }

    /** Stops the host. The logs stay when it failed after its start; what kept it from starting was said whole. */
    @Override
    public void close() {
        run.close();
        if (started && run.failed()) {
            System.err.println("machbed: the logs of its processes are in " + run.logs());
        } else {
            run.removeLogs();
        }
    }
}
