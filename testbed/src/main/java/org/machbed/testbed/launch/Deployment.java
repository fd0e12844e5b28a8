package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.machbed.testbed.machine.ProcFs;
import org.machbed.testbed.topology.Topology;

/**
 * Where the hosts of a run are, and who starts their processes there: on this machine, started by ourselves, or with nodes. It
 * holds the memory of the run's hosts, and promises that nothing of them is left when it is closed or the launcher is gone.
 */
public interface Deployment extends AutoCloseable {
    /** The run's directory of shared memory: absolute on this machine; with nodes relative to the memory of each host. */
    Path directory();

    /** The directory below which the memory of a host's rows is, as its processes name it. */
    default Path directoryOf(String host) {
        return directory();
    }

    /** Makes the hosts of a row. */
    void createHosts(RowPlan row) throws IOException;

    /** Removes the hosts of a row, whose processes have ended. */
    void removeHosts(RowPlan row);

    /**
     * Starts a virtual machine.
     *
     * @param shared whether others that play the same part may join it
     * @param jvm how one is started on this machine; nodes have their own way
     * @param logDirectory of this machine, which is there
     * @param log in the same directory, takes its standard error
     */
    HostedProcess start(ProcessPlan plan, boolean shared, JvmCommand jvm, Path logDirectory, Path log)
            throws IOException;

    /** Completes when the deployment itself fails, so that the run cannot go on. */
    CompletableFuture<RunFailure> failure();

    /** The sentence that the memory of hosts is full, where it is. */
    Optional<String> full();

    /** The same sentence when a process has met it and what it has freed since hides it. */
    String wasFull();

    /** What really joins the hosts of a topology: segment, loopback, bridge, udp. */
    String wire(Topology topology);

    /**
     * The longest IP datagram that this takes whole, which is not what was asked for where the hosts are machines; empty where
     * nobody says.
     *
     * @param asked for
     */
    OptionalInt mtuBytes(Topology topology, int asked);

    /** Ticks of a host's CPU. */
    ProcFs.CpuTicks ticksOf(HostSettings host) throws IOException;

    /** How often the control groups of the processes have been throttled, all together. */
    long throttled() throws IOException;

    /** Bytes that the files of each host of some rows take, by its directory. */
    Map<Path, Long> memoryBytes(Collection<RowPlan> rows) throws IOException;

    /** Removes the memory of all hosts; all processes have ended. */
    @Override
    void close();
}
