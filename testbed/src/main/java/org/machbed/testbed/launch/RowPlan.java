package org.machbed.testbed.launch;

import java.nio.file.Path;
import java.util.List;
import org.machbed.testbed.topology.Topology;

/**
 * All processes of one row, in the order of their start.
 *
 * @param name names the row within its run
 * @param directory holds its hosts and its wire
 * @param peerAddress where the application on host a finds the one on host b
 * @param startOrder processes of one list start together; a list starts when the one before it is ready
 */
public record RowPlan(
        String name,
        Topology topology,
        Path directory,
        HostSettings a,
        HostSettings b,
        String peerAddress,
        List<List<ProcessPlan>> startOrder) {

    public RowPlan {
        startOrder = startOrder.stream().map(List::copyOf).toList();
    }

    public List<ProcessPlan> processes() {
        return startOrder.stream().flatMap(List::stream).toList();
    }
}
