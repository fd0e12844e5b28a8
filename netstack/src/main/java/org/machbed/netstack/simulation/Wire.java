package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.ethernet.EtherType;
import org.machbed.netstack.ethernet.EthernetHeader;

/** The network that all hosts are on: carries frames, badly. */
final class Wire {
    private static final int SHORTEST_FRAME_BYTES = 60;
    private static final double PADDING = 0.5;
    private static final long BITS_NS = 8_000_000_000L;

    private final World world;
    private final Network network;
    private final Dice dice;
    private final WireObserver observer;
    private final Sabotage sabotage;
    private final EthernetHeader header = new EthernetHeader();

    /** When each host's link is free. */
    private final long[] freeNs;

    /** When the last frame from a host that kept its place arrives at another one. */
    private final long[][] lastArrivalNs;

    private boolean losing;
    private int onTheWay;
    private long frames;

    Wire(World world, WorldPlan plan, Dice dice, WireObserver observer, Sabotage sabotage) {
        this.world = world;
        this.network = plan.network();
        this.dice = dice;
        this.observer = observer;
        this.sabotage = sabotage;
        int hosts = plan.hosts().size();
        freeNs = new long[hosts];
        lastArrivalNs = new long[hosts][hosts];
        for (int i = 0; i < hosts; i++) {
            freeNs[i] = plan.startNs();
            java.util.Arrays.fill(lastArrivalNs[i], plan.startNs());
        }
    }

    long frames() {
        return frames;
    }

    /** Frames that will still arrive. */
    int onTheWay() {
        return onTheWay;
    }

    boolean isFull() {
        return !network.isHealed(world.nowNs()) && dice.chance(network.fullness());
    }

    void send(SimulatedHost from, MemorySegment memory, int length, long nowNs) {
        frames++;
        world.timeline().count(from);
        sabotage.alterSent(memory, length);
        world.journal().sent(from, memory, length);
        observer.onSent(from.number, memory, length);
        long waitNs = Math.max(0, freeNs[from.number] - nowNs);
        if (waitNs > network.queueNs() || sabotage.loses(memory, length)) {
            return;
        }
        waitNs += length * BITS_NS / network.bitsPerSecond();
        freeNs[from.number] = nowNs + waitNs;
        header.wrap(memory, 0, length);
        long destination = header.destination();
        boolean fragile = header.type() == EtherType.IPV4;
        for (SimulatedHost to : world.hosts()) {
            boolean meant = destination == to.plan.stack().mac().bits() || MacAddress.isGroup(destination);
            if (to != from && meant) {
                carry(from, to, memory, length, fragile, waitNs, nowNs);
            }
        }
    }

    private void carry(
            SimulatedHost from,
            SimulatedHost to,
            MemorySegment memory,
            int length,
            boolean fragile,
            long waitNs,
            long nowNs) {
        boolean healed = network.isHealed(nowNs);
        if (!healed && (network.parts(from.number, to.number, nowNs) || loses())) {
            return;
        }
        long arrivalNs = nowNs + waitNs + network.delayNs() + dice.between(0, network.jitterNs());
        boolean damaged = fragile && !healed && dice.chance(network.corruption());
        if (dice.chance(network.reordering())) {
            arrivalNs += dice.between(0, network.reorderNs());
        } else {
            arrivalNs = Math.max(arrivalNs, lastArrivalNs[from.number][to.number]);
            lastArrivalNs[from.number][to.number] = arrivalNs;
        }
        deliverAt(arrivalNs, to, memory, length, damaged);
        if (dice.chance(network.duplication())) {
            deliverAt(arrivalNs + dice.between(0, network.reorderNs()), to, memory, length, false);
        }
    }

    private boolean loses() {
        losing = dice.chance(network.loss()) || (losing && dice.chance(network.burst()));
        return losing;
    }

    private void deliverAt(long atNs, SimulatedHost to, MemorySegment memory, int length, boolean damaged) {
        onTheWay++;
        MemorySegment carried = damaged ? damage(memory, length) : memory;
        int carriedLength = damaged ? (int) carried.byteSize() : length;
        if (!damaged && length < SHORTEST_FRAME_BYTES && dice.chance(PADDING)) {
            carried = copy(memory, length, SHORTEST_FRAME_BYTES);
            carriedLength = SHORTEST_FRAME_BYTES;
        }
        MemorySegment arriving = carried;
        int arrivingLength = carriedLength;
        world.schedule().at(atNs, nowNs -> arrive(to, arriving, arrivingLength, damaged, nowNs));
    }

    private void arrive(SimulatedHost to, MemorySegment memory, int length, boolean damaged, long nowNs) {
        onTheWay--;
        world.journal().arrived(to, memory, length);
        if (!damaged) {
            observer.onArrived(to.number, memory, length);
        }
        to.arrive(sabotage.arriving(memory, length), length, nowNs);
    }

    private static MemorySegment copy(MemorySegment memory, int length, int copyLength) {
        byte[] octets = new byte[copyLength];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, octets, 0, Math.min(length, copyLength));
        return MemorySegment.ofArray(octets);
    }

    /**
     * Changes an IPv4 packet in a way that its checksums are sure to notice: one octet, or a shorter packet. (The frame check
     * sequence of a real Ethernet notices what happens to its own header and to ARP.)
     */
    private MemorySegment damage(MemorySegment memory, int length) {
        int data = length - EthernetHeader.LENGTH_BYTES;
        if (dice.chance(0.1)) {
            return copy(memory, length, EthernetHeader.LENGTH_BYTES + dice.below(data));
        }
        MemorySegment damaged = copy(memory, length, length);
        int at = EthernetHeader.LENGTH_BYTES + dice.below(data);
        byte octet = damaged.get(ValueLayout.JAVA_BYTE, at);
        damaged.set(ValueLayout.JAVA_BYTE, at, (byte) (octet ^ (1 + dice.below(255))));
        return damaged;
    }
}
