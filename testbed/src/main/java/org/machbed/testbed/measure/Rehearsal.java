package org.machbed.testbed.measure;

import java.time.Duration;
import java.util.List;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;

/** A system that is run for its side effects: its processes load what they need and stop in an orderly way. */
public final class Rehearsal {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Run run;
    private final JvmCommand jvm;

    public Rehearsal(Run run, JvmCommand jvm) {
        this.run = run;
        this.jvm = jvm;
    }

    /**
     * Starts a system, has it work a little, and stops it.
     *
     * @param operations of each workload
     * @param stopLimit how long its processes may take to end
     */
    public void of(RowPlan plan, List<Workload> workloads, int operations, Duration stopLimit)
            throws RunFailure, InterruptedException {
        try {
            RowProcesses row = run.start(plan, jvm);
            try {
                int port = Experiment.FIRST_PORT;
                for (Workload workload : workloads) {
                    try (var driver = new RowDriver(row, workload.name(), workload, LIMIT)) {
                        driver.open(port++);
                        driver.warm(operations);
                    }
                }
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
