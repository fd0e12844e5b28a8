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
        return open(wanted, RunDirectory.SHARED_MEMORY, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /**
     * As {@link #open(HostOptions.Wanted)}, in other places.
     *
     * @param temporary where its logs are while it runs
     */
    static HostRun open(HostOptions.Wanted wanted, Path sharedMemory, Path temporary) throws RunFailure {
        Path directory = directoryIn(temporary);
        Path logs = directory.resolve("logs");
        try {
            Run run = Run.open(RunKind.HOST, sharedMemory, logs);
            return new HostRun(run, wanted.in(run.directory()));
        } catch (RunFailure e) {
            LogFiles.remove(logs);
            LogFiles.removeEmpty(directory);
            throw e;
        }
    }

    private static Path directoryIn(Path temporary) throws RunFailure {
        try {
            return Files.createTempDirectory(temporary, "machbed-");
        } catch (IOException e) {
            throw new RunFailure("cannot keep logs in " + temporary + ": " + FileFailure.reason(e, temporary), e);
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
