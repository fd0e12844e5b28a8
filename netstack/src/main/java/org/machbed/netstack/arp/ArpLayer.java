package org.machbed.netstack.arp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.ethernet.EtherType;
import org.machbed.netstack.ethernet.EthernetOutput;
import org.machbed.netstack.link.FrameBuffer;

/**
 * Which station has an address: answers for ours, asks for others', keeps packets while it asks (RFC 826, RFC 1122 section
 * 2.3.2) and says when somebody else claims ours (RFC 5227 section 2.4).
 */
public final class ArpLayer {
    /** {@link #resolve}: a request is out, {@link #hold} the packet. */
    public static final long WAITING = -1;

    /** {@link #resolve}: nobody answered a moment ago. */
    public static final long UNREACHABLE = -2;

    private static final long SECOND_NS = 1_000_000_000L;

    /** RFC 1122 section 2.3.2.1: at most one request a second for an address; each further wait is twice as long. */
    static final long FIRST_WAIT_NS = SECOND_NS;

    static final int REQUESTS = 3;

    /** RFC 1122 section 2.3.2.1 (2): a station not heard for this long is asked, by unicast, ... */
    static final long CONFIRMED_FOR_NS = 60 * SECOND_NS;

    /** ... so often before it is forgotten. */
    static final int POLLS = 2;

    /** An entry that nobody used for this long is not worth a unicast. */
    static final long FORGOTTEN_AFTER_NS = 600 * SECOND_NS;

    /** How long an address that nobody answered for counts as unreachable. */
    static final long FAILED_FOR_NS = SECOND_NS;

    private final StackConfiguration configuration;
    private final long ourMac;
    private final int ourIpv4;
    private final int mask;
    private final EthernetOutput output;
    private final StackCounters counters;
    private final UnresolvedListener unresolved;

    /** Who is asked in place of the network, {@code null} where ARP is our own business. */
    private final @Nullable NeighbourRequests requests;

    private @Nullable NeighbourListener listener;
    private final ArpCache cache = new ArpCache();
    private final ArpPacket packet = new ArpPacket();
    private final AddressDefence defence;
    private int waitingEntries;
    private long nextDeadlineNs = Long.MAX_VALUE;

    public ArpLayer(
            StackConfiguration configuration,
            EthernetOutput output,
            StackCounters counters,
            UnresolvedListener unresolved) {
        this.configuration = configuration;
        this.ourMac = configuration.mac().bits();
        this.ourIpv4 = configuration.ipv4();
        this.mask = Ipv4Address.mask(configuration.prefixLength());
        this.output = output;
        this.counters = counters;
        this.unresolved = unresolved;
        this.requests = configuration.neighbours();
        this.defence = new AddressDefence(counters);
    }

    /** Who is told of conflicting claims, {@code null} for nobody. */
    public void conflictListener(@Nullable ArpConflictListener listener) {
        defence.listener(listener);
    }

    /** Gratuitous ARP: tells every station our address (RFC 5227 section 2.3). */
    public void announce() {
        counters.count(StackCounter.ARP_ANNOUNCEMENTS_SENT);
        transmit(ArpPacket.REQUEST, MacAddress.MASK, 0, ourIpv4);
    }

    /**
     * The station of a neighbour. Asks for it when it is not known.
     *
     * @param ipv4 an address of the attached network
     * @return {@link MacAddress#bits}, or {@link #WAITING} or {@link #UNREACHABLE}
     */
    public long resolve(int ipv4, long nowNs) {
        ArpEntry entry = cache.find(ipv4);
        if (entry == null) {
            ask(ipv4, nowNs);
            return WAITING;
        }
        return switch (entry.state) {
            case KNOWN -> nowNs - entry.confirmedNs < CONFIRMED_FOR_NS ? entry.mac : stale(entry, nowNs);
            case POLLED -> entry.mac;
            case WAITING -> WAITING;
            case FAILED -> {
                if (nowNs < entry.deadlineNs) {
                    yield UNREACHABLE;
                }
                cache.remove(entry);
                ask(ipv4, nowNs);
                yield WAITING;
            }
        };
    }

    private long stale(ArpEntry entry, long nowNs) {
        if (nowNs - entry.confirmedNs >= FORGOTTEN_AFTER_NS) {
            cache.remove(entry);
            ask(entry.ipv4, nowNs);
            return WAITING;
        }
        entry.state = ArpEntry.State.POLLED;
        entry.attempts = 0;
        request(entry, entry.mac, nowNs);
        return entry.mac;
    }

    private void ask(int ipv4, long nowNs) {
        if (waitingEntries >= ArpCache.CAPACITY_WAITING) {
            ArpEntry oldest = cache.earliest(ArpEntry.State.WAITING);
            if (oldest != null) {
                forget(oldest, StackCounter.DROP_ARP_QUEUE_FULL);
            }
        }
        ArpEntry entry = add(ipv4);
        waitingEntries++;
        request(entry, MacAddress.MASK, nowNs);
    }

    private ArpEntry add(int ipv4) {
        if (cache.isFull()) {
            ArpEntry victim = cache.mostForgettable();
            if (victim != null) {
                counters.count(StackCounter.ARP_EVICTIONS);
                forget(victim, StackCounter.DROP_ARP_QUEUE_FULL);
            }
        }
        return cache.add(ipv4);
    }

    /** Removes an entry; packets that wait for it are dropped for the reason. */
    private void forget(ArpEntry entry, StackCounter reason) {
        if (entry.state == ArpEntry.State.WAITING) {
            waitingEntries--;
        }
        while (entry.waiting.poll() != null) {
            counters.count(reason);
        }
        cache.remove(entry);
        updateDeadline();
        tell(entry);
    }

    private void request(ArpEntry entry, long destinationMac, long nowNs) {
        entry.deadlineNs = nowNs + (FIRST_WAIT_NS << entry.attempts);
        entry.attempts++;
        updateDeadline();
        if (requests != null) {
            counters.count(StackCounter.NEIGHBOUR_REQUESTS);
            requests.request(entry.ipv4);
        } else {
            counters.count(StackCounter.ARP_REQUESTS_SENT);
            transmit(ArpPacket.REQUEST, destinationMac, 0, entry.ipv4);
        }
    }

    /**
     * Keeps a copy of a packet until its next hop, for which {@link #resolve} just answered {@link #WAITING}, is known. Makes
     * room by dropping the oldest (RFC 1122 section 2.3.2.2: at least the latest is kept).
     */
    public void hold(int nextHopIpv4, MemorySegment memory, long offset, int lengthBytes) {
        ArpEntry entry = cache.find(nextHopIpv4);
        if (entry == null || entry.state != ArpEntry.State.WAITING) {
            throw new IllegalStateException("nothing is asked for " + Ipv4Address.format(nextHopIpv4));
        }
        int dropped = entry.waiting.add(memory, offset, lengthBytes);
        for (int i = 0; i < dropped; i++) {
            counters.count(StackCounter.DROP_ARP_QUEUE_FULL);
        }
    }

    /** Drops packets that wait for a neighbour's station, and are of something that goes on elsewhere. */
    public void dropWaiting(int nextHopIpv4, Predicate<byte[]> condition) {
        ArpEntry entry = cache.find(nextHopIpv4);
        int dropped = entry == null ? 0 : entry.waiting.removeIf(condition);
        for (int i = 0; i < dropped; i++) {
            counters.count(StackCounter.DROP_ARP_QUEUE_FULL);
        }
    }

    /** A packet came from a neighbour's station: what we know of it is current (RFC 1122 section 2.3.2.1 (4)). */
    public void confirm(int ipv4, long mac, long nowNs) {
        ArpEntry entry = cache.find(ipv4);
        if (entry != null && entry.mac == mac && entry.hasStation()) {
            entry.confirmedNs = nowNs;
            if (entry.state == ArpEntry.State.POLLED) {
                become(entry, mac, nowNs);
            }
        }
    }

    /** An ARP packet came. The order of things is RFC 826's, "Packet Reception". */
    public void onPacket(MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        StackCounter refusal = packet.wrap(memory, offset, lengthBytes);
        if (refusal != null) {
            counters.count(refusal);
            return;
        }
        boolean request = packet.operation() == ArpPacket.REQUEST;
        counters.count(request ? StackCounter.ARP_REQUESTS_RECEIVED : StackCounter.ARP_REPLIES_RECEIVED);
        int sender = packet.senderIpv4();
        long senderMac = packet.senderMac();
        if (sender == ourIpv4 && MacAddress.isStation(senderMac)) {
            // From ourselves it is our own announcement, come back to us.
            if (senderMac != ourMac && defence.onClaim(ourIpv4, senderMac, nowNs)) {
                announce();
            }
            return;
        }
        boolean probe = request && sender == Ipv4Address.ANY;
        if (!MacAddress.isStation(senderMac) || !(probe || isNeighbour(sender))) {
            counters.count(StackCounter.DROP_ARP_ILLEGAL_SENDER);
            return;
        }
        boolean forUs = packet.targetIpv4() == ourIpv4;
        if (!probe) {
            merge(sender, senderMac, forUs, nowNs);
        }
        if (forUs && request) {
            counters.count(StackCounter.ARP_REPLIES_SENT);
            transmit(ArpPacket.REPLY, senderMac, senderMac, sender);
        }
    }

    /** Who is told of what {@link #lookUp} began, {@code null} for nobody. */
    public void listener(@Nullable NeighbourListener told) {
        listener = told;
    }

    /** The same as {@link #resolve} for somebody who has no packet to {@link #hold}, and is told when it is known. */
    public long lookUp(int ipv4, long nowNs) {
        if (!isNeighbour(ipv4)) {
            return UNREACHABLE;
        }
        long mac = resolve(ipv4, nowNs);
        ArpEntry entry = cache.find(ipv4);
        if (mac == WAITING && entry != null) {
            entry.lookedUp = true;
        }
        return mac;
    }

    /** The one who is asked in place of the network says whose station it is. */
    public void learn(int ipv4, long mac, long nowNs) {
        if (MacAddress.isStation(mac) && isNeighbour(ipv4)) {
            merge(ipv4, mac, true, nowNs);
        } else {
            counters.count(StackCounter.DROP_ARP_ILLEGAL_SENDER);
        }
    }

    /** The one who is asked in place of the network says that nobody answers. */
    public void unreachable(int ipv4, long nowNs) {
        ArpEntry entry = cache.find(ipv4);
        if (entry != null && entry.state == ArpEntry.State.WAITING) {
            fail(entry, nowNs);
        } else if (entry != null && entry.state == ArpEntry.State.POLLED) {
            forget(entry, StackCounter.DROP_ARP_UNRESOLVED);
        }
    }

    private void tell(ArpEntry entry) {
        NeighbourListener told = listener;
        if (entry.lookedUp && told != null) {
            entry.lookedUp = false;
            if (entry.hasStation()) {
                told.onNeighbour(entry.ipv4, entry.mac);
            } else {
                told.onUnreachable(entry.ipv4);
            }
        }
    }

    private boolean isNeighbour(int ipv4) {
        if (((ipv4 ^ ourIpv4) & mask) != 0) {
            return false;
        }
        boolean hasBroadcast = configuration.prefixLength() < 31;
        boolean oneHost = !hasBroadcast || ((ipv4 & ~mask) != 0 && (ipv4 | mask) != -1);
        return oneHost && ipv4 >>> 28 < 0xE && !Ipv4Address.isThisNetwork(ipv4) && !Ipv4Address.isLoopback(ipv4);
    }

    private void merge(int ipv4, long mac, boolean forUs, long nowNs) {
        ArpEntry entry = cache.find(ipv4);
        if (entry == null) {
            if (!forUs) {
                return;
            }
            entry = add(ipv4);
            entry.state = ArpEntry.State.FAILED;
        }
        if (entry.hasStation() && entry.mac != mac) {
            counters.count(StackCounter.ARP_CHANGES);
        }
        become(entry, mac, nowNs);
    }

    private void become(ArpEntry entry, long mac, long nowNs) {
        boolean waited = entry.state == ArpEntry.State.WAITING;
        entry.state = ArpEntry.State.KNOWN;
        entry.mac = mac;
        entry.confirmedNs = nowNs;
        entry.deadlineNs = Long.MAX_VALUE;
        if (waited) {
            waitingEntries--;
            sendWaiting(entry);
        }
        updateDeadline();
        tell(entry);
    }

    private void sendWaiting(ArpEntry entry) {
        byte[] waiting;
        while ((waiting = entry.waiting.poll()) != null) {
            FrameBuffer frame = output.allocate(waiting.length);
            if (frame != null) {
                MemorySegment.copy(
                        waiting,
                        0,
                        frame.memory,
                        ValueLayout.JAVA_BYTE,
                        frame.offset + EthernetOutput.HEADER_BYTES,
                        waiting.length);
                output.transmit(frame, entry.mac, EtherType.IPV4);
            }
        }
    }

    /** Repeats or gives up what is due. */
    public void onTimer(long nowNs) {
        while (nowNs >= nextDeadlineNs) {
            ArpEntry entry = cache.earliest();
            if (entry == null) {
                throw new IllegalStateException("a deadline of no entry");
            }
            switch (entry.state) {
                case WAITING -> {
                    if (entry.attempts < REQUESTS) {
                        request(entry, MacAddress.MASK, nowNs);
                    } else {
                        fail(entry, nowNs);
                    }
                }
                case POLLED -> {
                    if (entry.attempts < POLLS) {
                        request(entry, entry.mac, nowNs);
                    } else {
                        forget(entry, StackCounter.DROP_ARP_UNRESOLVED);
                    }
                }
                case FAILED, KNOWN -> forget(entry, StackCounter.DROP_ARP_UNRESOLVED);
            }
        }
    }

    private void fail(ArpEntry entry, long nowNs) {
        counters.count(StackCounter.ARP_FAILURES);
        waitingEntries--;
        entry.state = ArpEntry.State.FAILED;
        entry.deadlineNs = nowNs + FAILED_FOR_NS;
        updateDeadline();
        byte[] waiting;
        while ((waiting = entry.waiting.poll()) != null) {
            counters.count(StackCounter.DROP_ARP_UNRESOLVED);
            // Native like every frame: headers are fast to read while they are seen in few kinds of memory.
            MemorySegment copy = Arena.ofAuto().allocate(waiting.length);
            MemorySegment.copy(waiting, 0, copy, ValueLayout.JAVA_BYTE, 0, waiting.length);
            unresolved.onUnresolved(copy, 0, waiting.length, nowNs);
        }
        tell(entry);
    }

    public long nextDeadlineNs() {
        return nextDeadlineNs;
    }

    /** Neighbours remembered, for tests of bounds. */
    public int size() {
        return cache.size();
    }

    private void updateDeadline() {
        ArpEntry first = cache.earliest();
        nextDeadlineNs = first == null ? Long.MAX_VALUE : first.deadlineNs;
    }

    private void transmit(int operation, long destinationMac, long targetMac, int targetIpv4) {
        FrameBuffer frame = output.allocate(ArpPacket.LENGTH_BYTES);
        if (frame != null) {
            ArpPacket.write(
                    frame.memory,
                    frame.offset + EthernetOutput.HEADER_BYTES,
                    operation,
                    ourMac,
                    ourIpv4,
                    targetMac,
                    targetIpv4);
            output.transmit(frame, destinationMac, EtherType.ARP);
        }
    }
}
