package org.machbed.testbed.measure;

import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyOption;

/**
 * A row to measure: a system that does a workload.
 *
 * @param name names it within the run, and its files
 * @param variant what its like is called in whatever run: of its name, what does not tell workloads and MTUs of one run apart
 * @param system whose processes it shares with the other workloads of the run
 */
public record RowSpec(String name, String variant, SystemSpec system, Workload workload, RowRole role) {
    /** The part of a row in the comparison. */
    public enum RowRole {
        /** What the others are compared with. */
        REFERENCE,
        /** The reference once more: the distance between the two is the noise floor of their scenario. */
        SAME_AGAIN,
        COMPARED,
        /** The machine's own kernel, on a wire of its own. */
        BASELINE
    }

    public Topology topology() {
        return system.topology();
    }

    /** Which rows it is compared with. */
    public Scenario scenario() {
        return new Scenario(workload, system.mtuBytes());
    }

    /** What carries its messages; empty where it sends none. */
    public String ipc() {
        return topology().options().getOrDefault(TopologyOption.IPC, "");
    }
}
