package org.machbed.netstack.ipv4;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.arp.ArpLayer;

/** Packets on their way up: checked, put together, handed to the protocol that they name. */
public final class Ipv4Input {
    private final LocalAddresses local;
    private final ArpLayer arp;
    private final UpperProtocols protocols;
    private final ErrorReporter errors;
    private final StackCounters counters;
    private final Reassembler reassembler;
    private final Ipv4Header packet = new Ipv4Header();
    private final Ipv4Options options = new Ipv4Options();

    public Ipv4Input(
            LocalAddresses local,
            ArpLayer arp,
            UpperProtocols protocols,
            ErrorReporter errors,
            StackCounters counters) {
        this.local = local;
        this.arp = arp;
        this.protocols = protocols;
        this.errors = errors;
        this.counters = counters;
        this.reassembler = new Reassembler(counters, errors);
    }

    /**
     * A packet came over the link.
     *
     * @param groupFrame whether its frame was for several stations
     * @param sourceMac the station that sent it
     */
    public void onPacket(
            MemorySegment memory, long offset, int lengthBytes, boolean groupFrame, long sourceMac, long nowNs) {
        if (!accept(memory, offset, lengthBytes)) {
            return;
        }
        int source = packet.source();
        if (!local.isOtherHost(source)) {
            counters.count(StackCounter.DROP_IPV4_ILLEGAL_SOURCE);
            return;
        }
        int destination = packet.destination();
        boolean ours = local.isOurs(destination);
        if (!ours && !local.isBroadcast(destination)) {
            counters.count(
                    Ipv4Address.isMulticast(destination)
                            ? StackCounter.DROP_IPV4_MULTICAST
                            : StackCounter.DROP_IPV4_NOT_FOR_US);
            return;
        }
        if (ours && groupFrame) {
            counters.count(StackCounter.DROP_IPV4_BROADCAST_FRAME);
            return;
        }
        if (!groupFrame) {
            arp.confirm(source, sourceMac, nowNs);
        }
        if (!hasSaneOptions(groupFrame || !ours, nowNs)) {
            return;
        }
        assemble(!ours, nowNs);
    }

    /** A packet that we sent to ourselves; the addresses that only occur inside a host are allowed (RFC 1122 3.2.1.3 (g)). */
    void onLoopback(MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        if (!accept(memory, offset, lengthBytes)) {
            return;
        }
        if (!local.isOneHost(packet.source())) {
            counters.count(StackCounter.DROP_IPV4_ILLEGAL_SOURCE);
            return;
        }
        assemble(false, nowNs);
    }

    private boolean accept(MemorySegment memory, long offset, int lengthBytes) {
        counters.count(StackCounter.IPV4_PACKETS_RECEIVED);
        StackCounter refusal = packet.wrap(memory, offset, lengthBytes);
        if (refusal != null) {
            counters.count(refusal);
        }
        return refusal == null;
    }

    /** RFC 1122 section 3.2.2.5: the source of malformed options hears where they are so. */
    private boolean hasSaneOptions(boolean group, long nowNs) {
        if (packet.headerBytes() == Ipv4Header.MINIMUM_BYTES) {
            return true;
        }
        StackCounter refusal = options.refusal(packet);
        if (refusal == null) {
            return true;
        }
        counters.count(refusal);
        if (refusal == StackCounter.DROP_IPV4_OPTIONS) {
            errors.parameterProblem(packet, options.pointer(), group, nowNs);
        }
        return false;
    }

    private void assemble(boolean group, long nowNs) {
        if (!packet.isFragment()) {
            dispatch(packet, group, nowNs);
            return;
        }
        Ipv4Header whole = reassembler.add(packet, group, nowNs);
        if (whole != null) {
            dispatch(whole, reassembler.wholeWasGroup(), nowNs);
        }
    }

    private void dispatch(Ipv4Header whole, boolean group, long nowNs) {
        UpperProtocol upper = protocols.of(whole.protocol());
        if (upper == null) {
            counters.count(StackCounter.DROP_IPV4_UNKNOWN_PROTOCOL);
            errors.protocolUnreachable(whole, group, nowNs);
            return;
        }
        counters.count(StackCounter.IPV4_PACKETS_DELIVERED);
        upper.onPacket(whole, group, nowNs);
    }

    public void onTimer(long nowNs) {
        reassembler.onTimer(nowNs);
    }

    public long nextDeadlineNs() {
        return reassembler.nextDeadlineNs();
    }

    /** Datagrams being put together, for tests of bounds. */
    public int reassembling() {
        return reassembler.size();
    }
}
