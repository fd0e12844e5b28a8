package org.machbed.testbed.predict;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.machbed.ipc.process.Crossing;

/**
 * What a round trip crosses on both hosts together.
 *
 * @param ipc what carries its messages; empty where it sends none
 * @param virtualThreads whether its server hands over between virtual threads
 * @param pollsWire whether who waits for a frame polls the wire
 */
public record Counts(Map<Crossing, Double> perRoundTrip, String ipc, boolean virtualThreads, boolean pollsWire) {
    public Counts {
        Map<Crossing, Double> copy = new EnumMap<>(Crossing.class);
        copy.putAll(perRoundTrip);
        perRoundTrip = Collections.unmodifiableMap(copy);
    }

    public double of(Crossing crossing) {
        return perRoundTrip.getOrDefault(crossing, 0.0);
    }
}
