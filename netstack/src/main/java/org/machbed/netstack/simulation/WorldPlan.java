package org.machbed.netstack.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;

/**
 * What a seed makes of a world before anything happens in it.
 *
 * @param startNs what its clock says first
 * @param lengthy whether its network may be away for longer than connections wait
 * @param hosts by their numbers
 * @param network between them
 */
record WorldPlan(long startNs, boolean lengthy, List<HostPlan> hosts, Network network) {
    private static final long SECOND = 1_000_000_000L;

    /** The network of documentation (RFC 5737), 192.0.2.0/24. */
    private static final int NETWORK_IPV4 = 0xC0_00_02_00;

    private static final long FIRST_MAC = 0x02_00_00_00_00_01L;

    /** With {@link #MOST_TROUBLE_NS} of trouble, retransmissions go on beyond its end. */
    private static final long PATIENCE_NS = 900 * SECOND;

    private static final long LITTLE_PATIENCE_NS = 100 * SECOND;
    private static final long MOST_TROUBLE_NS = 60 * SECOND;
    private static final long LENGTHY_TROUBLE_NS = 400 * SECOND;

    /** Longer than any frame is on its way, duplicates included. */
    static final long LEAST_MSL_NS = 2 * SECOND;

    /** Of all kinds: no world has so many. */
    static final int ENOUGH_CONNECTIONS = 64;

    /**
     * One host.
     *
     * @param latenessNs by which its timers are late
     * @param crashNs when it stops and starts anew, {@link Long#MAX_VALUE} for never
     * @param migration how its connections move between a server and a library, {@code null} where the stack is one
     */
    record HostPlan(
            StackConfiguration stack,
            long latenessNs,
            long crashNs,
            @Nullable Migration migration) {
        int ipv4() {
            return stack.ipv4();
        }

        int mtuBytes() {
            return stack.mtuBytes();
        }
    }

    /**
     * How a host's connections move.
     *
     * @param eagerness how likely one begins to when a frame arrives
     * @param queueNs how long a frame is under way inside the host at most
     * @param messageNs how long a message is under way inside the host at most
     * @param killNs when the application dies, {@link Long#MAX_VALUE} for never
     * @param suspicion how likely the server takes a connection, at the end of whatever the library does, since that seems to have stopped
     */
    record Migration(double eagerness, long queueNs, long messageNs, long killNs, double suspicion) {
        boolean isRecorded() {
            return killNs != Long.MAX_VALUE || suspicion > 0;
        }
    }

    WorldPlan {
        hosts = List.copyOf(hosts);
    }

    static WorldPlan of(Dice dice) {
        // A clock may say anything: what reads it must look at differences alone.
        long startNs = dice.pick(0, 1, 2) == 0 ? dice.between(-SECOND, SECOND) : dice.any() >> 2;
        boolean lengthy = dice.chance(0.1);
        int count = dice.pick(2, 2, 2, 3, 4);
        long troubleNs = lengthy ? LENGTHY_TROUBLE_NS : dice.skewed(MOST_TROUBLE_NS);
        Network network = Network.of(dice, count, startNs, troubleNs);
        Dice sequences = dice.split();
        List<HostPlan> hosts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            hosts.add(host(i, dice, sequences, lengthy, network));
        }
        if (dice.chance(0.25)) {
            hosts.replaceAll(host -> dice.chance(0.7) ? withLibrary(host, network, dice) : host);
        }
        return new WorldPlan(startNs, lengthy, hosts, network);
    }

    private static HostPlan host(int number, Dice dice, Dice sequences, boolean lengthy, Network network) {
        // 88 has room for the least MSS that is believed.
        int mtu = dice.pick(88, 296, 576, 1280, 1500, 1500, 1500, 9000, 65_535);
        StackConfiguration stack = new StackConfiguration(
                new MacAddress(FIRST_MAC + number),
                NETWORK_IPV4 + 1 + number,
                24,
                0,
                mtu,
                dice.any(),
                true,
                tcp(dice, sequences, lengthy));
        long crashNs = dice.chance(0.05) ? network.healsNs() + dice.between(-10 * SECOND, 10 * SECOND) : Long.MAX_VALUE;
        return new HostPlan(stack, dice.chance(0.5) ? dice.skewed(5_000_000L) : 0, crashNs, null);
    }

    private static HostPlan withLibrary(HostPlan host, Network network, Dice dice) {
        Migration migration = new Migration(
                dice.pick(2, 10, 50) / 100.0,
                dice.skewed(dice.pick(1, 100, 5_000) * 1000L),
                dice.skewed(dice.pick(1, 100, 20_000) * 1000L),
                dice.chance(0.2) ? network.healsNs() - dice.skewed(60 * SECOND) : Long.MAX_VALUE,
                suspicion(host));
        return new HostPlan(host.stack(), host.latenessNs(), Long.MAX_VALUE, migration);
    }

    /** From what was thrown before: worlds whose servers are not suspicious stay what they were. */
    private static double suspicion(HostPlan host) {
        return switch ((int) host.stack().seed() & 3) {
            case 0 -> 0.001;
            case 1 -> 0.02;
            default -> 0;
        };
    }

    private static TcpConfiguration tcp(Dice dice, Dice sequences, boolean lengthy) {
        TcpConfiguration.Builder tcp = TcpConfiguration.DEFAULT.toBuilder()
                .congestion(dice.pick(CongestionAlgorithm.values()))
                .mslNs(dice.pick(1, 3, 15) * LEAST_MSL_NS)
                .buffers(bufferBytes(dice), bufferBytes(dice))
                .memoryBytes(dice.chance(0.15) ? 1 << 16 : 1 << 24)
                .connections(dice.chance(0.1) ? dice.pick(4, 6, 8) : ENOUGH_CONNECTIONS)
                .halfOpenConnections(dice.chance(0.15) ? dice.below(3) : ENOUGH_CONNECTIONS)
                .userTimeoutNs(lengthy ? LITTLE_PATIENCE_NS : PATIENCE_NS)
                .extensions(dice.chance(0.5) ? 7 : dice.below(8));
        if (dice.chance(0.7)) {
            tcp.initialSequences(new NearWrapSequences(sequences));
        }
        return tcp.build();
    }

    static int bufferBytes(Dice dice) {
        return 2048 + (dice.chance(0.3) ? dice.skewed(2048) : dice.skewed(1 << 18));
    }
}
