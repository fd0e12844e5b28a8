package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which CPU each host has: the first two of those that we may use, or one for both where there is no second. */
public record Pinning(int cpuOfA, int cpuOfB) {
    public boolean shared() {
        return cpuOfA == cpuOfB;
    }

    /** The pinning on this machine. */
    public static Pinning ofThisMachine() throws IOException {
        return of(Files.readString(Path.of("/proc/self/status")));
    }

    /**
     * @param processStatus the text of a {@code /proc/<pid>/status}
     */
    static Pinning of(String processStatus) throws IOException {
        String list = processStatus
                .lines()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElseThrow(() -> new IOException("/proc/self/status does not say which CPUs are allowed"));
        List<Integer> cpus = cpus(list);
        return new Pinning(cpus.getFirst(), cpus.get(Math.min(1, cpus.size() - 1)));
    }

    /** A list as the kernel prints it: {@code 0-2,5}. */
    static List<Integer> cpus(String list) throws IOException {
        var cpus = new ArrayList<Integer>();
        try {
            for (String range : list.split(",", -1)) {
                String[] ends = range.strip().split("-", -1);
                for (int cpu = Integer.parseInt(ends[0]); cpu <= Integer.parseInt(ends[ends.length - 1]); cpu++) {
                    cpus.add(cpu);
                }
            }
        } catch (NumberFormatException e) {
            throw new IOException("'" + list + "' is not a list of CPUs", e);
        }
        return cpus;
    }
}
