package org.machbed.testbed.simulate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.simulation.Outcome;

/** What many worlds come to, in whatever order they are added. Thread-safe. */
public final class SimulationTotals {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long PRIME = 0x9E37_79B9_7F4A_7C15L;

    private final Map<StackCounter, Long> counters = new EnumMap<>(StackCounter.class); // all guarded by this
    private final List<Outcome> failures = new ArrayList<>();
    private long worlds;
    private long connections;
    private long wraps;
    private long frames;
    private long streamBytes;
    private double virtualSeconds;
    private long digest;

    synchronized void add(Outcome outcome) {
        worlds++;
        connections += outcome.connections();
        wraps += outcome.wraps();
        frames += outcome.frames();
        streamBytes += outcome.streamBytes();
        virtualSeconds += (double) outcome.virtualNs() / SECOND_NS;
        digest += (outcome.digest() ^ outcome.seed()) * PRIME;
        if (outcome.failed()) {
            failures.add(outcome);
            failures.sort(Comparator.comparingLong(Outcome::seed));
        }
        for (StackCounters each : outcome.counters()) {
            for (StackCounter counter : StackCounter.values()) {
                long count = each.get(counter);
                if (count != 0) {
                    counters.merge(counter, count, Long::sum);
                }
            }
        }
    }

    public synchronized long worlds() {
        return worlds;
    }

    public synchronized long connections() {
        return connections;
    }

    /** Directions of connections whose sequence numbers went past 2<sup>31</sup> or 2<sup>32</sup>. */
    public synchronized long wraps() {
        return wraps;
    }

    public synchronized long frames() {
        return frames;
    }

    public synchronized long streamBytes() {
        return streamBytes;
    }

    /** By the clocks of the worlds. */
    public synchronized double virtualSeconds() {
        return virtualSeconds;
    }

    /** The same for the same seeds: of all that happened. */
    public synchronized String digest() {
        return "%016x".formatted(digest);
    }

    /** By their seeds. */
    public synchronized List<Outcome> failures() {
        return List.copyOf(failures);
    }

    /** Of all stacks; those that are not 0. */
    public synchronized Map<StackCounter, Long> counters() {
        return new EnumMap<>(counters);
    }
}
