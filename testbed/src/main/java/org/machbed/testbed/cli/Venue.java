package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.RowPlanner;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.topology.Topology;

/** Where a session is: on this machine, or with nodes. What else is asked of it holds once its run is open. */
interface Venue {
    /**
     * Whether it can have the hosts of a topology, before its run is open.
     *
     * @throws UsageError naming why not
     */
    void check(Topology topology);

    Run open(Path logs) throws RunFailure, InterruptedException;

    Pinning pinning() throws IOException;

    /** Whether processes that ask for real-time priority can have it. */
    boolean realTime();

    /** Plans the rows of its run. */
    RowPlanner planner(boolean realTimeAllowed) throws IOException;

    /** How its processes are started on this machine. */
    JvmCommand jvm(Run run, List<RowSpec> rows, TerminalProgress progress)
            throws RunFailure, InterruptedException, IOException;

    /** The host that the primitives are measured on. */
    HostSettings calibratedHost() throws IOException;

    /** The CPU of the other host, where that host's processes may use it. */
    OptionalInt otherCpu() throws IOException;

    /** What the run's memory is in a message, and how many bytes of it are free. */
    String memory();

    long freeMemoryBytes() throws IOException;

    /** What a report says of it. */
    String text();

    /** What a reader of its times must know besides. */
    List<String> notes();
}
