package org.machbed.testbed.measure;

import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyOption;

/**
 * A row to measure.
 *
 * @param name names it within the run, and its directory and files
 * @param topology with the values of its options
 */
public record RowSpec(String name, Topology topology, RowRole role) {
    /** The part of a row in the comparison. */
    public enum RowRole {
        /** What the others are compared with. */
        REFERENCE,
        /** The reference once more: the distance between the two is the noise floor of the run. */
        SAME_AGAIN,
        COMPARED,
        /** The machine's own kernel, on a wire of its own. */
        BASELINE
    }

    /** What carries its messages; empty where it sends none. */
    public String ipc() {
        return topology.options().getOrDefault(TopologyOption.IPC, "");
    }
}
