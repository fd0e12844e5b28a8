package org.machbed.netstack.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounters;

/**
 * Runs a world: two to four stacks, a network that loses, duplicates, reorders, damages, delays and parts, applications that
 * connect, send, receive, stop and close at random, all by a seed and in the world's own time. Two runs of one seed are the same
 * to the last bit. Not thread-safe; worlds have nothing in common, so each may run in a thread of its own.
 */
public final class Simulation {
    private Simulation() {}

    /** Runs the world of a seed; never fails, but says in the outcome what went wrong. */
    public static Outcome run(long seed) {
        return run(seed, Sabotage.NONE, null);
    }

    /** The same, with somebody who listens. */
    public static Outcome run(long seed, SimulationListener listener) {
        return run(seed, Sabotage.NONE, listener);
    }

    static Outcome run(long seed, Sabotage sabotage, @Nullable SimulationListener listener) {
        String violation = null;
        World world = null;
        try {
            world = new World(seed, sabotage, listener);
            world.run();
        } catch (Violation e) {
            violation = e.getMessage();
        } catch (VirtualMachineError e) {
            // Where exactly stack or heap ended is no matter of the seed, nor is what was left.
            return Outcome.ofNothing(seed, thrown(e));
        } catch (RuntimeException | Error e) { // whatever a stack throws is a fault of it
            violation = thrown(e);
        }
        if (world == null) {
            return Outcome.ofNothing(seed, String.valueOf(violation));
        }
        if (violation != null) {
            world.journal().say(world.nowNs(), "violation", violation);
        }
        return outcome(seed, world, violation);
    }

    private static String thrown(Throwable fault) {
        StackTraceElement[] trace = fault.getStackTrace();
        return "a stack threw " + fault + (trace.length == 0 ? "" : " at " + trace[0]);
    }

    private static Outcome outcome(long seed, World world, @Nullable String violation) {
        List<StackCounters> counters = new ArrayList<>();
        world.hosts().forEach(host -> counters.addAll(host.counters()));
        long streamBytes = 0;
        int connections = 0;
        for (Conversation conversation : world.conversations().all()) {
            streamBytes += (long) conversation.first.incoming().receivedBytes()
                    + conversation.second.incoming().receivedBytes();
            connections += conversation.first.attempts() + conversation.second.attempts();
        }
        return new Outcome(
                seed,
                world.journal().digest(),
                violation,
                world.ageNs(),
                world.wire().frames(),
                streamBytes,
                connections,
                world.observer().wraps(),
                counters);
    }
}
