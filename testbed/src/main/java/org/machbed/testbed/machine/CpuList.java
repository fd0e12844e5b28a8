package org.machbed.testbed.machine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** CPUs, as the kernel prints them: {@code 0-2,5}. */
public record CpuList(List<Integer> cpus, String text) {
    public CpuList {
        cpus = List.copyOf(cpus);
    }

    /** Reads a list. */
    public static CpuList parse(String text) throws IOException {
        var cpus = new ArrayList<Integer>();
        try {
            for (String range : text.split(",", -1)) {
                String[] ends = range.strip().split("-", -1);
                for (int cpu = Integer.parseInt(ends[0]); cpu <= Integer.parseInt(ends[ends.length - 1]); cpu++) {
                    cpus.add(cpu);
                }
            }
        } catch (NumberFormatException e) {
            throw new IOException("'" + text + "' is not a list of CPUs", e);
        }
        return new CpuList(cpus, text);
    }

    /** Those that this process may use. */
    public static CpuList allowed() throws IOException {
        return parse(ProcFs.allowedCpus(ProcessHandle.current().pid()));
    }

    public boolean contains(int cpu) {
        return cpus.contains(cpu);
    }

    @Override
    public String toString() {
        return text;
    }
}
