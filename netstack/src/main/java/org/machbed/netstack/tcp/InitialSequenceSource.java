package org.machbed.netstack.tcp;

/**
 * Where a stack's initial sequence numbers come from. A stack that strangers can reach uses {@link InitialSequenceNumbers}; a
 * simulation chooses numbers near those at which the sequence space wraps around.
 */
@FunctionalInterface
public interface InitialSequenceSource {
    /** ISS of a connection that is opened now, beyond that of the connection before it between the same ports. */
    int next(int localIpv4, int localPort, int remoteIpv4, int remotePort, long nowNs);
}
