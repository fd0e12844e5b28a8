package org.machbed.testbed.measure;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.machbed.ipc.process.Crossing;

/** What the processes of one host did during a trial: crossings, context switches and time on the CPU. */
public record HostUse(Map<Crossing, Long> crossings, long contextSwitches, long cpuNanos) {
    public HostUse {
        crossings = Collections.unmodifiableMap(new EnumMap<>(crossings));
    }

    public long count(Crossing crossing) {
        return crossings.getOrDefault(crossing, 0L);
    }

    HostUse plus(HostUse other) {
        Map<Crossing, Long> sum = new EnumMap<>(Crossing.class);
        for (Crossing crossing : Crossing.values()) {
            sum.put(crossing, count(crossing) + other.count(crossing));
        }
        return new HostUse(sum, contextSwitches + other.contextSwitches, cpuNanos + other.cpuNanos);
    }

    static HostUse none() {
        return new HostUse(new EnumMap<>(Crossing.class), 0, 0);
    }
}
