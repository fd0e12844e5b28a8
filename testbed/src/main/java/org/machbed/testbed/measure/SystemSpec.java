package org.machbed.testbed.measure;

import org.machbed.testbed.topology.Topology;

/**
 * Two hosts of a topology, whose processes are started once and serve all rows that have them.
 *
 * @param name names it within the run, and its directory
 * @param topology with the values of its options
 * @param mtuBytes longest IP datagram of a frame of its wire
 */
public record SystemSpec(String name, Topology topology, int mtuBytes) {}
