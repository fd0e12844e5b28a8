package org.machbed.testbed.measure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.RunFailure;

/** A system that runs: what it says of itself, whatever its rows do. */
final class RunningSystem {
    private final SystemSpec spec;
    private final RowProcesses processes;
    private final Map<String, Long> sharedMemory = new LinkedHashMap<>();

    RunningSystem(SystemSpec spec, RowProcesses processes) {
        this.spec = spec;
        this.processes = processes;
    }

    RowProcesses processes() {
        return processes;
    }

    /** What its wire takes, which is not what was asked for where the machine has a wire of its own. */
    OptionalInt mtuBytes() {
        return processes.deployment().mtuBytes(spec.topology(), spec.mtuBytes());
    }

    /** What really joins its hosts. */
    String wire() {
        return processes.deployment().wire(spec.topology());
    }

    /** How often the control groups of its processes have been throttled. */
    long throttled() throws RunFailure {
        try {
            return processes.deployment().throttled();
        } catch (IOException e) {
            throw new RunFailure("cannot tell whether processes were throttled: " + e.getMessage(), e);
        }
    }

    /** Where the processes really may run: asked of the kernel, not of our intentions. */
    String pinning() throws RunFailure {
        var seen = new TreeSet<String>();
        try {
            for (ChildProcess process : processes.all()) {
                seen.add(process.plan().host() + ":" + process.allowedCpus());
            }
        } catch (IOException e) {
            throw new RunFailure("cannot tell where the processes ran: " + e.getMessage(), e);
        }
        return String.join(" ", seen);
    }

    /** What the processes said of themselves when they were ready. */
    List<String> notes() {
        var notes = new ArrayList<String>();
        for (ChildProcess process : processes.all()) {
            processes.readyDetails(process).forEach((key, value) -> {
                if (key.startsWith("real-time")) {
                    notes.add(process.plan().host() + "/" + process.plan().program() + " " + key + "=" + value);
                }
            });
        }
        return notes;
    }

    /** Takes note of what the files of its hosts take now, by directory. */
    void sawSharedMemory(Map<Path, Long> bytes) {
        for (Path host : processes.plan().hostDirectories()) {
            sharedMemory.merge(host.getFileName().toString(), bytes.getOrDefault(host, 0L), Math::max);
        }
    }

    /** The most that the files of each host took. */
    Map<String, Long> sharedMemoryBytes() {
        return sharedMemory;
    }
}
