package org.machbed.testbed.measure;

import java.util.Map;
import org.HdrHistogram.Histogram;
import org.machbed.testbed.machine.ProcFs;

/**
 * One trial of one row.
 *
 * @param histogram latencies in nanoseconds
 * @param use by host
 * @param cpuTicks clock ticks of the row's CPUs meanwhile, and how many of them the hypervisor gave to somebody else; one
 *     trial is too short for a share of them to mean anything, all trials of a row are not
 */
public record Trial(
        int operations, long elapsedNanos, Histogram histogram, Map<String, HostUse> use, ProcFs.CpuTicks cpuTicks) {
    public Trial {
        use = Map.copyOf(use);
    }

    /** The trip of which as many were faster as were slower. */
    public double medianNanos() {
        return histogram.getValueAtPercentile(50);
    }
}
