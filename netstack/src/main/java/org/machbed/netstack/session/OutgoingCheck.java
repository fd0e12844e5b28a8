package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.ipv4.Ipv4Header;

/**
 * Whether a session may send a frame: IPv4 from its own station, address and port, to its peer where it has one. One check serves
 * all sessions of an interface, because a fragment after the first names no port: it must be of a datagram whose first fragment
 * this session sent, and that no other session is sending at the time, or one session could put text into another's datagram.
 *
 * <p>That holds while a datagram is under way. Sessions that share an address should be given identifications of their own all the
 * same (RFC 6864 section 4.3): a receiver waits longer for a fragment that was lost than the sender's side remembers.
 *
 * <p>The frame must lie where its session cannot write any more, or what is sent is not what was looked at. All calls are made
 * under the owner's lock.
 */
public final class OutgoingCheck {
    /** The most fragmented datagrams of one session under way, so that one cannot push out those of all others. */
    static final int DATAGRAMS_OF_A_SESSION = 8;

    private final long ourMac;
    private final SessionCounters counters;
    private final SessionPacket packet = new SessionPacket();
    private final FragmentedDatagrams datagrams;

    public OutgoingCheck(long ourMac, SessionCounters counters) {
        this.ourMac = ourMac;
        this.counters = counters;
        this.datagrams = new FragmentedDatagrams(counters);
    }

    /**
     * Looks at a frame, which begins with its Ethernet header, that a session wants sent.
     *
     * @return why it may not be sent, which is counted too, or {@code null} when it may
     */
    public @Nullable SessionCounter refusal(
            SessionTemplate template, MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        SessionCounter refusal = packet.wrap(memory, offset, lengthBytes);
        if (refusal == null) {
            refusal = packet.ethernet.source() == ourMac ? refusalOfHeaders(template) : SessionCounter.FORGED_STATION;
        }
        if (refusal == null && packet.ip.isFragment()) {
            refusal = refusalOfFragment(template.addresses(), template.ports(), nowNs);
        }
        return counted(refusal);
    }

    /**
     * Looks at a frame, which begins with its Ethernet header, that the owner of any number of sessions wants sent: one of those must
     * be allowed to. Which one, the packet's own addresses and ports tell, or of a later fragment its datagram's first one.
     *
     * @param sessions those of the interface
     * @param sender the target whose sessions they must be
     * @return why it may not be sent, which is counted too, or {@code null} when it may
     */
    public <T> @Nullable SessionCounter refusal(
            SessionTable<T> sessions, T sender, MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        SessionCounter refusal = packet.wrap(memory, offset, lengthBytes);
        if (refusal == null) {
            refusal = packet.ethernet.source() == ourMac
                    ? refusalOfSender(sessions, sender, nowNs)
                    : SessionCounter.FORGED_STATION;
        }
        return counted(refusal);
    }

    private <T> @Nullable SessionCounter refusalOfSender(SessionTable<T> sessions, T sender, long nowNs) {
        if (packet.ip.headerBytes() != Ipv4Header.MINIMUM_BYTES) {
            return SessionCounter.IP_OPTIONS;
        }
        if (packet.isLaterFragment()) {
            FragmentedDatagram datagram = datagrams.find(packet);
            return datagram != null && sessions.isTarget(sender, datagram.addresses, datagram.ports)
                    ? refusalOfFragment(datagram.addresses, datagram.ports, nowNs)
                    : SessionCounter.FORGED_FRAGMENT;
        }
        int local = packet.ip.source();
        int protocol = packet.ip.protocol();
        long addresses = SessionTemplate.addresses(local, packet.ip.destination());
        long ports = SessionTemplate.ports(protocol, packet.sourcePort(), packet.destinationPort());
        if (!sessions.isTarget(sender, addresses, ports)) {
            addresses = SessionTemplate.addresses(local, 0);
            ports = SessionTemplate.ports(protocol, packet.sourcePort(), 0);
            if (!sessions.isTarget(sender, addresses, ports)) {
                return SessionCounter.FORGED_SOURCE;
            }
        }
        return packet.ip.isFragment() ? refusalOfFragment(addresses, ports, nowNs) : null;
    }

    private @Nullable SessionCounter counted(@Nullable SessionCounter refusal) {
        if (refusal != null) {
            counters.count(refusal);
        }
        return refusal;
    }

    private @Nullable SessionCounter refusalOfHeaders(SessionTemplate template) {
        boolean hasPorts = !packet.isLaterFragment();
        if (packet.ip.protocol() != template.protocol()
                || packet.ip.source() != template.localIpv4()
                || (hasPorts && packet.sourcePort() != template.localPort())) {
            return SessionCounter.FORGED_SOURCE;
        }
        if (!template.isWithAny()
                && (packet.ip.destination() != template.remoteIpv4()
                        || (hasPorts && packet.destinationPort() != template.remotePort()))) {
            return SessionCounter.FORGED_DESTINATION;
        }
        return packet.ip.headerBytes() == Ipv4Header.MINIMUM_BYTES ? null : SessionCounter.IP_OPTIONS;
    }

    private @Nullable SessionCounter refusalOfFragment(long addresses, long ports, long nowNs) {
        datagrams.endOverdue(nowNs);
        FragmentedDatagram datagram = datagrams.find(packet);
        if (datagram != null && !datagram.isOwnedBy(addresses, ports)) {
            return SessionCounter.FORGED_FRAGMENT;
        }
        if (packet.isLaterFragment()) {
            if (datagram == null) {
                return SessionCounter.FORGED_FRAGMENT;
            }
            if (datagram.add(packet)) {
                datagrams.end(datagram);
            }
            return null;
        }
        if (datagram != null) {
            datagrams.end(datagram); // it begins anew
        }
        datagrams.makeRoomWithin(DATAGRAMS_OF_A_SESSION, addresses, ports);
        datagrams.start(packet, addresses, ports, nowNs);
        return null;
    }

    /** Datagrams under way, for tests of bounds. */
    int underWay() {
        return datagrams.size();
    }
}
