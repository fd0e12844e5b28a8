package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.random.KeyedRandom;

/**
 * The sessions on one interface, and where the frames for them go. A frame goes to the session with its peer, or else to the one
 * with any peer; finding it costs the same for 10 and for 10,000 sessions. It says whose a frame is, not whether the frame is
 * good: checksums over data, IP options and the station are the business of the session's stack.
 *
 * <p>Fragments after the first name no port (RFC 791 section 3.2). They follow their datagram's first fragment, and those that
 * come before it wait for it. What is remembered for that is bounded, and is looked at for fragments only.
 *
 * <p>All calls are made under the owner's lock.
 */
public final class SessionTable<T> {
    /** The most sessions of a table. */
    public static final int MAXIMUM_SESSIONS = 65_536;

    private final SessionCounters counters;
    private final SessionIndex<T> index;
    private final SessionPacket packet = new SessionPacket();

    /** Datagrams of sessions. */
    private final FragmentedDatagrams followed;

    /** Datagrams of nobody, apart from the others so that a flood of them pushes out nothing but themselves. */
    private final FragmentedDatagrams ignored;

    private final EarlyFragments early;

    /** Sessions with any peer. */
    private int withAny;

    /** The key of the session that {@link #findSession} found. */
    private long addresses;

    private long ports;

    /**
     * Makes an empty table.
     *
     * @param random of a seed that strangers do not know
     */
    public SessionTable(KeyedRandom random, SessionCounters counters) {
        this.counters = counters;
        index = new SessionIndex<>(random);
        followed = new FragmentedDatagrams(counters);
        ignored = new FragmentedDatagrams(counters);
        early = new EarlyFragments(counters);
    }

    /**
     * Adds a session.
     *
     * @throws SessionException when there is one of this template, or the table is full
     */
    public void add(SessionTemplate template, T target) throws SessionException {
        if (index.find(template.addresses(), template.ports()) != SessionIndex.NONE) {
            throw new SessionException("there is a session " + template + " already");
        }
        if (index.size() == MAXIMUM_SESSIONS) {
            throw new SessionException("the interface has " + MAXIMUM_SESSIONS + " sessions already");
        }
        index.put(template.addresses(), template.ports(), target);
        withAny += template.isWithAny() ? 1 : 0;
    }

    /**
     * Removes a session. The fragments of its datagrams under way go to nobody, or to the next session of this template. Who
     * lost the session to another target ({@link #replace}) cannot remove it any more.
     *
     * @return whether {@code target} had it
     */
    public boolean remove(SessionTemplate template, T target) {
        int slot = slotOf(template, target);
        if (slot == SessionIndex.NONE) {
            return false;
        }
        index.remove(slot);
        withAny -= template.isWithAny() ? 1 : 0;
        return true;
    }

    /**
     * Moves a session to another target at once: every frame goes to the one or the other, also the fragments of a datagram that
     * is under way.
     *
     * @return whether {@code oldTarget} had it
     */
    public boolean replace(SessionTemplate template, T oldTarget, T newTarget) {
        int slot = slotOf(template, oldTarget);
        if (slot == SessionIndex.NONE) {
            return false;
        }
        index.set(slot, newTarget);
        return true;
    }

    /** Whether the session of this key is there and {@code target}'s. */
    boolean isTarget(T target, long addresses, long ports) {
        int slot = index.find(addresses, ports);
        return slot != SessionIndex.NONE && index.target(slot).equals(target);
    }

    private int slotOf(SessionTemplate template, T target) {
        int slot = index.find(template.addresses(), template.ports());
        return slot != SessionIndex.NONE && index.target(slot).equals(target) ? slot : SessionIndex.NONE;
    }

    /** The target of a session, or {@code null} when there is none of this template. */
    public @Nullable T target(SessionTemplate template) {
        int slot = index.find(template.addresses(), template.ports());
        return slot == SessionIndex.NONE ? null : index.target(slot);
    }

    public int size() {
        return index.size();
    }

    /**
     * Hands a frame, which begins with its Ethernet header, to the session that it is for; a first fragment is followed by those
     * that waited for it.
     *
     * <p>An ICMP error goes to the session whose packet it quotes.
     *
     * <p>Whoever has other receivers too, such as a filter for servers, hands them what is {@link SessionCounter#NO_SESSION}, and
     * {@link SessionCounter#FRAGMENT_KEPT} as well: the first fragment may turn out to be for them.
     *
     * @return what became of it, which is counted too
     */
    public SessionCounter match(
            MemorySegment memory, long offset, int lengthBytes, long nowNs, SessionConsumer<? super T> consumer) {
        SessionCounter fate = packet.wrap(memory, offset, lengthBytes);
        if (fate == null) {
            fate = packet.ip.isFragment()
                    ? matchFragment(memory, offset, lengthBytes, nowNs, consumer)
                    : matchWhole(memory, offset, lengthBytes, consumer);
        } else if (fate == SessionCounter.OTHER_PROTOCOL
                && packet.wrapQuotedByError(memory)
                && matchWhole(memory, offset, lengthBytes, consumer) == SessionCounter.DELIVERED) {
            fate = SessionCounter.DELIVERED;
        }
        counters.count(fate);
        return fate;
    }

    private SessionCounter matchWhole(
            MemorySegment memory, long offset, int lengthBytes, SessionConsumer<? super T> consumer) {
        int slot = findSession();
        if (slot == SessionIndex.NONE) {
            return SessionCounter.NO_SESSION;
        }
        consumer.onFrame(index.target(slot), memory, offset, lengthBytes);
        return SessionCounter.DELIVERED;
    }

    /** The slot of the session that a packet with ports is for, the one with its source first (RFC 1122 section 4.1.3.5). */
    private int findSession() {
        int local = packet.local();
        int protocol = packet.protocol();
        int slot = SessionIndex.NONE;
        if (withAny < index.size()) {
            addresses = SessionTemplate.addresses(local, packet.remote());
            ports = SessionTemplate.ports(protocol, packet.destinationPort(), packet.sourcePort());
            slot = index.find(addresses, ports);
        }
        if (slot == SessionIndex.NONE && withAny > 0) {
            addresses = SessionTemplate.addresses(local, 0);
            ports = SessionTemplate.ports(protocol, packet.destinationPort(), 0);
            slot = index.find(addresses, ports);
        }
        return slot;
    }

    private SessionCounter matchFragment(
            MemorySegment memory, long offset, int lengthBytes, long nowNs, SessionConsumer<? super T> consumer) {
        followed.endOverdue(nowNs);
        ignored.endOverdue(nowNs);
        early.dropOverdue(nowNs);
        if (!packet.isLaterFragment()) {
            return matchFirst(memory, offset, lengthBytes, nowNs, consumer);
        }
        FragmentedDatagram datagram = followed.find(packet);
        if (datagram != null) {
            return follow(datagram, memory, offset, lengthBytes, consumer);
        }
        datagram = ignored.find(packet);
        if (datagram == null) {
            early.keep(packet, memory, offset, nowNs);
            return SessionCounter.FRAGMENT_KEPT;
        }
        if (datagram.add(packet)) {
            ignored.end(datagram);
        }
        return SessionCounter.NO_SESSION;
    }

    private SessionCounter matchFirst(
            MemorySegment memory, long offset, int lengthBytes, long nowNs, SessionConsumer<? super T> consumer) {
        // Sent again, or its identification used again: what was known of the old one tells nothing of this one.
        forget(followed);
        forget(ignored);
        int slot = findSession();
        if (slot == SessionIndex.NONE) {
            ignoreWithEarly(ignored.start(packet, 0, 0, nowNs));
            return SessionCounter.NO_SESSION;
        }
        FragmentedDatagram datagram = followed.start(packet, addresses, ports, nowNs);
        consumer.onFrame(index.target(slot), memory, offset, lengthBytes);
        followWithEarly(datagram, consumer);
        return SessionCounter.DELIVERED;
    }

    private void forget(FragmentedDatagrams datagrams) {
        FragmentedDatagram old = datagrams.find(packet);
        if (old != null) {
            datagrams.end(old);
        }
    }

    private SessionCounter follow(
            FragmentedDatagram datagram,
            MemorySegment memory,
            long offset,
            int lengthBytes,
            SessionConsumer<? super T> consumer) {
        // Found anew each time, because the session may be gone or have another target since.
        int slot = index.find(datagram.addresses, datagram.ports);
        if (datagram.add(packet)) {
            followed.end(datagram);
        }
        if (slot == SessionIndex.NONE) {
            return SessionCounter.SESSION_GONE;
        }
        consumer.onFrame(index.target(slot), memory, offset, lengthBytes);
        return SessionCounter.FRAGMENT_DELIVERED;
    }

    /** Lets the fragments that waited for the first one follow it. */
    private void followWithEarly(FragmentedDatagram datagram, SessionConsumer<? super T> consumer) {
        for (int kept = nextEarly(datagram); kept != EarlyFragments.NONE; kept = nextEarly(datagram)) {
            if (viewEarly(kept, datagram)) {
                SessionCounter fate =
                        follow(datagram, early.memory(), early.offset(kept), early.lengthBytes(kept), consumer);
                counters.count(fate);
            }
            early.release(kept);
        }
    }

    private void ignoreWithEarly(FragmentedDatagram datagram) {
        for (int kept = nextEarly(datagram); kept != EarlyFragments.NONE; kept = nextEarly(datagram)) {
            counters.count(SessionCounter.KEPT_FOR_NOBODY);
            if (viewEarly(kept, datagram) && datagram.add(packet)) {
                ignored.end(datagram);
            }
            early.release(kept);
        }
    }

    private int nextEarly(FragmentedDatagram datagram) {
        return early.find(datagram.ends, datagram.protocolAndIdentification);
    }

    /** Views a kept fragment; not when another holder of the frame's memory changed it before it was copied. */
    private boolean viewEarly(int kept, FragmentedDatagram datagram) {
        return packet.wrap(early.memory(), early.offset(kept), early.lengthBytes(kept)) == null
                && packet.isLaterFragment()
                && datagram.isOf(packet);
    }

    /** Datagrams of sessions under way, for tests of bounds. */
    int following() {
        return followed.size();
    }

    /** Fragments waiting for their first one, for tests of bounds. */
    int waiting() {
        return early.size();
    }
}
