package org.machbed.testbed.measure;

import java.time.Duration;
import java.util.List;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;

/** A row that is run for its side effects: its processes load what they need and stop in an orderly way. */
public final class Rehearsal {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Run run;
    private final JvmCommand jvm;
    private final Workload workload;

    public Rehearsal(Run run, JvmCommand jvm, Workload workload) {
        this.run = run;
        this.jvm = jvm;
        this.workload = workload;
    }

    /**
     * Starts a row, has it work a little, and stops it.
     *
     * @param stopLimit how long its processes may take to end
     */
    public void of(RowPlan plan, int operations, Duration stopLimit) throws RunFailure, InterruptedException {
        try {
            RowProcesses row = run.start(plan, jvm);
            try (var driver = new RowDriver(row, workload, LIMIT)) {
                driver.open(Experiment.FIRST_PORT);
                driver.warm(operations);
            } catch (RunFailure e) {
                run.keepCounters(row);
                throw e;
            }
            run.stop(List.of(row), stopLimit);
        } catch (RunFailure e) {
            throw run.cause(e);
        }
    }
}
