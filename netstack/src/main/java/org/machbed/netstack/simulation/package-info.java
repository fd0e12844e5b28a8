/**
 * Worlds made of one seed: stacks, a network that treats them badly, applications that do what they like, one virtual clock, and
 * what must hold whatever happens. Free of I/O, threads and clocks like the stacks themselves: who runs a {@link
 * org.machbed.netstack.simulation.Simulation} may listen to it and keep what it hears.
 */
@NullMarked
package org.machbed.netstack.simulation;

import org.jspecify.annotations.NullMarked;
