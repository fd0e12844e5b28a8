package org.machbed.netstack.simulation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounters;

/**
 * What became of a world.
 *
 * @param seed of it
 * @param digest of all that happened: two runs of one seed have the same
 * @param violation what must not have happened, and when; {@code null} when all was well
 * @param virtualNs how long it lasted by its own clock
 * @param frames that its hosts sent
 * @param streamBytes that arrived at applications
 * @param connections that were begun, tries included
 * @param wraps directions of connections whose sequence numbers went past 2<sup>31</sup> or 2<sup>32</sup>
 * @param counters of its stacks
 */
public record Outcome(
        long seed,
        long digest,
        @Nullable String violation,
        long virtualNs,
        long frames,
        long streamBytes,
        int connections,
        int wraps,
        List<StackCounters> counters) {
    public Outcome {
        counters = List.copyOf(counters);
    }

    /** Of a world of which nothing is known but that it failed. */
    public static Outcome ofNothing(long seed, String violation) {
        return new Outcome(seed, 0, violation, 0, 0, 0, 0, 0, List.of());
    }

    public boolean failed() {
        return violation != null;
    }
}
