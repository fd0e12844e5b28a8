package org.machbed.testbed.measure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.testbed.launch.ChildProcess;

/** Reads what the processes of one host have counted, from the pages that they count in. */
final class HostMeter implements AutoCloseable {
    private static final int TRIES = 100;
    private static final long PAUSE_NANOS = 1_000_000;

    private final List<ChildProcess> processes;
    private final List<Crossings> pages = new ArrayList<>();

    HostMeter(List<ChildProcess> processes) throws IOException {
        this.processes = List.copyOf(processes);
        for (ChildProcess process : processes) {
            HostDirectory host = HostDirectory.open(process.plan().hostDirectory());
            Path page = host.crossings(process.plan().name());
            pages.add(Crossings.open(page));
        }
    }

    /** The counters once they stand still: a thread may still be on its way back from the last operation. */
    HostUse read() throws IOException {
        Map<Crossing, Long> before = sum();
        for (int tries = 0; tries < TRIES; tries++) {
            LockSupport.parkNanos(PAUSE_NANOS);
            Map<Crossing, Long> after = sum();
            if (after.equals(before)) {
                break;
            }
            before = after;
        }
        var use = new ProcFs.Use(0, 0);
        for (ChildProcess process : processes) {
            use = use.plus(ProcFs.useOf(process.pid()));
        }
        return new HostUse(before, use.contextSwitches(), use.cpuNanos());
    }

    /** What was counted since an earlier reading. */
    static HostUse since(HostUse before, HostUse after) {
        Map<Crossing, Long> counted = new EnumMap<>(Crossing.class);
        for (Crossing crossing : Crossing.values()) {
            counted.put(crossing, after.count(crossing) - before.count(crossing));
        }
        return new HostUse(
                counted, after.contextSwitches() - before.contextSwitches(), after.cpuNanos() - before.cpuNanos());
    }

    private Map<Crossing, Long> sum() {
        Map<Crossing, Long> sum = new EnumMap<>(Crossing.class);
        for (Crossings page : pages) {
            for (Crossing crossing : Crossing.values()) {
                sum.merge(crossing, page.value(crossing), Long::sum);
            }
        }
        return sum;
    }

    @Override
    public void close() {
        pages.forEach(Crossings::close);
    }
}
