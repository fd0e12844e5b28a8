package org.machbed.testbed.launch;

import java.io.IOException;
import java.util.List;
import org.machbed.testbed.machine.CpuList;

/** Which CPU each host has: the first two of those that we may use, or one for both where there is no second. */
public record Pinning(int cpuOfA, int cpuOfB) {
    public boolean shared() {
        return cpuOfA == cpuOfB;
    }

    /** The pinning on this machine. */
    public static Pinning ofThisMachine() throws IOException {
        return of(CpuList.allowed());
    }

    /**
     * The pinning where only some CPUs may be used.
     *
     * @param allowed not empty
     */
    static Pinning of(CpuList allowed) {
        List<Integer> cpus = allowed.cpus();
        return new Pinning(cpus.getFirst(), cpus.get(Math.min(1, cpus.size() - 1)));
    }
}
