package org.machbed.testbed.launch;

import java.nio.file.Path;
import org.machbed.testbed.topology.Topology;

/** Decides which processes a row has. */
@FunctionalInterface
public interface RowPlanner {
    /**
     * The processes of one row.
     *
     * @param row names the row within its run
     * @param mtuBytes longest IP datagram of a frame of its wire
     * @param runDirectory the run's shared memory
     */
    RowPlan compile(String row, Topology topology, int mtuBytes, Path runDirectory);
}
