package org.machbed.kernel.device;

import java.util.HashMap;
import java.util.Map;

/** What a device tells of itself. */
final class Told {
    private Told() {}

    static Map<String, Long> by(NetworkDevice device) {
        Map<String, Long> counters = new HashMap<>();
        device.tellCounters(counters::put);
        return counters;
    }

    /** Filters that are installed. */
    static long filters(NetworkDevice device) {
        return by(device).getOrDefault("filters", -1L);
    }

    /** Frames dropped for any reason. */
    static long allDrops(NetworkDevice device) {
        return by(device).entrySet().stream()
                .filter(counter -> counter.getKey().startsWith("drop "))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
