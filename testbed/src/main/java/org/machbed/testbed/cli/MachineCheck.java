package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.machbed.ipc.memory.LatencyRequest;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.RunDirectory;
import org.machbed.testbed.machine.Machine;

/** What a run needs of the machine, and what would make it better. */
final class MachineCheck {
    private static final long MEBIBYTE = 1024L * 1024;
    private static final long SHARED_MEMORY_NEEDED_BYTES = 512 * MEBIBYTE;
    private static final int OLDEST_JDK = 25;
    private static final double QUIET_LOAD = 0.5;

    enum State {
        OK("ok"),
        /** Works, but not as well. */
        BETTER("better"),
        MISSING("MISSING");

        private final String word;

        State(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    record Finding(String what, State state, String says) {}

    private MachineCheck() {}

    static List<Finding> all() throws IOException {
        var findings = new ArrayList<Finding>();
        findings.add(jdk());
        findings.add(program("taskset", State.MISSING, "pins each host to a CPU; package util-linux"));
        findings.add(program("setsid", State.MISSING, "keeps Ctrl-C away from what cleans up; package util-linux"));
        findings.add(sharedMemory());
        findings.add(cpus());
        findings.add(memory());
        findings.add(load());
        findings.add(latency());
        findings.add(
                Machine.root()
                        ? new Finding("real-time priority", State.OK, "granted to processes that ask for it")
                        : new Finding(
                                "real-time priority", State.BETTER, "needs root; the run goes without, and says so"));
        findings.add(program("tshark", State.BETTER, "reads captures in tests; package tshark"));
        findings.add(otherRun());
        findings.add(new Finding("clock", State.OK, Machine.clock()));
        return findings;
    }

    private static Finding jdk() {
        int feature = Runtime.version().feature();
        return new Finding("JDK", feature >= OLDEST_JDK ? State.OK : State.MISSING, Machine.jdk());
    }

    private static Finding program(String name, State otherwise, String why) {
        return JvmCommand.onPath(name)
                ? new Finding(name, State.OK, "on the PATH")
                : new Finding(name, otherwise, "not on the PATH: " + why);
    }

    private static Finding sharedMemory() throws IOException {
        Path directory = RunDirectory.SHARED_MEMORY;
        if (!Files.isWritable(directory)) {
            return new Finding("shared memory", State.MISSING, directory + " is not writable");
        }
        FileStore store = Files.getFileStore(directory);
        long free = store.getUsableSpace();
        String says = "%d MiB free in %s".formatted(free / MEBIBYTE, directory);
        return free >= SHARED_MEMORY_NEEDED_BYTES
                ? new Finding("shared memory", State.OK, says)
                : new Finding("shared memory", State.MISSING, says + "; a run wants 512 MiB");
    }

    private static Finding cpus() throws IOException {
        Pinning pinning = Pinning.ofThisMachine();
        return pinning.shared()
                ? new Finding("CPUs", State.BETTER, "one: both hosts share CPU " + pinning.cpuOfA())
                : new Finding(
                        "CPUs", State.OK, "host a on CPU " + pinning.cpuOfA() + ", host b on CPU " + pinning.cpuOfB());
    }

    private static Finding memory() {
        long available = Machine.availableMemoryBytes();
        String says = available < 0 ? "unknown" : "%d MiB available".formatted(available / MEBIBYTE);
        return new Finding("memory", State.OK, says);
    }

    private static Finding load() {
        double load = Machine.load();
        if (load < 0) {
            return new Finding("load", State.OK, "unknown");
        }
        String says = "%.1f threads ran or waited in the last minute".formatted(load);
        return load <= QUIET_LOAD
                ? new Finding("load", State.OK, says)
                : new Finding("load", State.BETTER, says + "; times are worth more when nothing else runs");
    }

    private static Finding latency() throws IOException {
        try (LatencyRequest request = LatencyRequest.open()) {
            return request.granted()
                    ? new Finding("CPU latency request", State.OK, "granted: idle CPUs stay awake during a run")
                    : new Finding(
                            "CPU latency request", State.BETTER, request.reason() + "; waking an idle CPU costs more");
        }
    }

    private static Finding otherRun() throws IOException {
        Path run = RunDirectory.liveRun(RunDirectory.SHARED_MEMORY);
        return run == null
                ? new Finding("other runs", State.OK, "none")
                : new Finding("other runs", State.MISSING, "one is on: " + run);
    }
}
