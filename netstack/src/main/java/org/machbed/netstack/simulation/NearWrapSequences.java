package org.machbed.netstack.simulation;

import java.util.HashMap;
import java.util.Map;
import org.machbed.netstack.tcp.InitialSequenceSource;

/**
 * Initial sequence numbers shortly before 2<sup>31</sup> or 2<sup>32</sup>, where comparisons that forget the wrap go wrong. The
 * next number between the same ports lies beyond all that a stream can have used since, as RFC 9293 section 3.4.1 expects of a clock
 * that is faster than the network.
 */
final class NearWrapSequences implements InitialSequenceSource {
    private static final int FARTHEST = 100_000;

    private record Ports(int localIpv4, int localPort, int remoteIpv4, int remotePort) {}

    private final Map<Ports, Integer> latest = new HashMap<>();
    private final Dice dice;

    NearWrapSequences(Dice dice) {
        this.dice = dice;
    }

    @Override
    public int next(int localIpv4, int localPort, int remoteIpv4, int remotePort, long nowNs) {
        Ports ports = new Ports(localIpv4, localPort, remoteIpv4, remotePort);
        Integer before = latest.get(ports);
        int next = before == null
                ? dice.pick(0, Integer.MIN_VALUE) - dice.skewed(FARTHEST)
                : before + StreamContent.LONGEST_BYTES + dice.skewed(FARTHEST);
        latest.put(ports, next);
        return next;
    }
}
