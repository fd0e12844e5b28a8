package org.machbed.netstack.tcp;

import org.machbed.netstack.random.KeyedRandom;

/**
 * Initial sequence numbers (RFC 6528, RFC 9293 section 3.4.1): ISN = M + F(local address and port, remote address and port,
 * secret). M counts every 4 microseconds, so a connection's numbers lie beyond those of the one before it between the same
 * ports; F, a keyed hash, hides M from who has not seen the connection.
 */
public final class InitialSequenceNumbers implements InitialSequenceSource {
    /** RFC 9293 section 3.4.1 (MUST-8). */
    private static final long TICK_NS = 4_000;

    /** Keeps this use of the hash apart from others of the same key. */
    private static final long PURPOSE = 1;

    private final KeyedRandom random;

    public InitialSequenceNumbers(KeyedRandom random) {
        this.random = random;
    }

    @Override
    public int next(int localIpv4, int localPort, int remoteIpv4, int remotePort, long nowNs) {
        long addresses = (long) localIpv4 << 32 | (remoteIpv4 & 0xFFFF_FFFFL);
        long hidden = random.hash(addresses, (long) localPort << 16 | remotePort, PURPOSE);
        return (int) Math.floorDiv(nowNs, TICK_NS) + (int) hidden;
    }
}
