package org.machbed.testbed.machine;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What Linux tells of processes and CPUs in /proc (proc(5)). */
public final class ProcFs {
    private static final Path PROC = Path.of("/proc");

    /**
     * What the threads of a process have used so far.
     *
     * @param contextSwitches voluntary and involuntary together
     */
    public record Use(long contextSwitches, long cpuNanos) {
        public Use plus(Use other) {
            return new Use(contextSwitches + other.contextSwitches, cpuNanos + other.cpuNanos);
        }

        public Use minus(Use earlier) {
            return new Use(contextSwitches - earlier.contextSwitches, cpuNanos - earlier.cpuNanos);
        }
    }

    /** Clock ticks of one CPU since boot: all of them, and those that the hypervisor gave to somebody else. */
    public record CpuTicks(long all, long stolen) {
        public CpuTicks plus(CpuTicks other) {
            return new CpuTicks(all + other.all, stolen + other.stolen);
        }

        public CpuTicks minus(CpuTicks earlier) {
            return new CpuTicks(all - earlier.all, stolen - earlier.stolen);
        }
    }

    private ProcFs() {}

    /** Sums the threads of a process that live now; one that ended in between is left out. */
    public static Use useOf(long pid) throws IOException {
        var use = new Use(0, 0);
        try (var tasks = Files.newDirectoryStream(PROC.resolve(pid + "/task"))) {
            for (Path task : tasks) {
                use = use.plus(useOfThread(task));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return use;
    }

    private static Use useOfThread(Path task) throws IOException {
        try {
            long switches = 0;
            for (String line : Files.readString(task.resolve("status")).split("\n", -1)) {
                if (line.contains("ctxt_switches:")) {
                    switches +=
                            Long.parseLong(line.substring(line.indexOf(':') + 1).strip());
                }
            }
            // First field: nanoseconds on a CPU. The ticks of "stat" would be too coarse for a trial.
            String[] schedule =
                    Files.readString(task.resolve("schedstat")).strip().split(" ", -1);
            return new Use(switches, Long.parseLong(schedule[0]));
        } catch (NoSuchFileException e) {
            return new Use(0, 0);
        } catch (IOException e) {
            if (Files.exists(task)) {
                throw e;
            }
            return new Use(0, 0);
        }
    }

    public static CpuTicks ticksOf(int cpu) throws IOException {
        return ticksOf(cpu, Files.readString(PROC.resolve("stat")));
    }

    /** Fields: user nice system idle iowait irq softirq steal; guest time is part of user time already. */
    static CpuTicks ticksOf(int cpu, String stat) throws IOException {
        for (String line : stat.split("\n", -1)) {
            String[] fields = line.split("\\s+", -1);
            if (fields[0].equals("cpu" + cpu) && fields.length > 8) {
                long all = 0;
                for (int field = 1; field <= 8; field++) {
                    all += Long.parseLong(fields[field]);
                }
                return new CpuTicks(all, Long.parseLong(fields[8]));
            }
        }
        throw new IOException("/proc/stat says nothing of CPU " + cpu);
    }

    /** The CPUs that a process may run on, as the kernel prints them. */
    public static String allowedCpus(long pid) throws IOException {
        return Files.readString(PROC.resolve(pid + "/status"))
                .lines()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }
}
