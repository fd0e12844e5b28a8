package org.machbed.testbed.simulate;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.simulation.Outcome;
import org.machbed.netstack.simulation.Simulation;
import org.machbed.netstack.simulation.SimulationListener;

/** What makes a world of a seed. */
@FunctionalInterface
public interface Worlds {
    /** Those of the protocol library. */
    Worlds OF_NETSTACK = (seed, listener) -> listener == null ? Simulation.run(seed) : Simulation.run(seed, listener);

    /** Runs one; any thread may. */
    Outcome run(long seed, @Nullable SimulationListener listener);
}
