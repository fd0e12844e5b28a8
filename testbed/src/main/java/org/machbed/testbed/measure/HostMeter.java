package org.machbed.testbed.measure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.ProcessMeter;
import org.machbed.testbed.machine.ProcFs;

/** Reads what the processes of one host have counted, wherever they run. */
final class HostMeter implements AutoCloseable {
    private static final int TRIES = 100;
    private static final long PAUSE_NANOS = 1_000_000;

    private final List<ProcessMeter> processes = new ArrayList<>();

    HostMeter(List<ChildProcess> processes) throws IOException {
        for (ChildProcess process : processes) {
            this.processes.add(process.meter());
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
        for (ProcessMeter process : processes) {
            use = use.plus(process.use());
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

    private Map<Crossing, Long> sum() throws IOException {
        Map<Crossing, Long> sum = new EnumMap<>(Crossing.class);
        for (ProcessMeter process : processes) {
            process.crossings().forEach((crossing, count) -> sum.merge(crossing, count, Long::sum));
        }
        return sum;
    }

    @Override
    public void close() {
        processes.forEach(ProcessMeter::close);
    }
}
