package org.machbed.netstack.ipv4;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.arp.ArpLayer;
import org.machbed.netstack.ethernet.EtherType;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.ethernet.EthernetOutput;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.random.KeyedRandom;

/**
 * Packets on their way down, in one of two ways. A transport whose packet fits in one frame composes it where it will be sent
 * from:
 *
 * <pre>
 *   if (output.begin(protocol, source, destination, tos, bytes, nowNs) == SENT) {
 *       ... write {@code bytes} at output.memory(), output.dataOffset() ...
 *       output.finish();
 *   }
 * </pre>
 *
 * For one that does not fit ({@link SendOutcome#TOO_BIG}) there is {@link #sendFragmented}.
 */
public final class Ipv4Output {
    /** Both ports, which UDP and TCP begin with. */
    private static final int PORTS_BYTES = 2 * Short.BYTES;

    /** The way of a packet that stays in this host; no station has it. */
    private static final long LOOPBACK = -3;

    private final LocalAddresses local;
    private final RouteTable routes;
    private final PathMtu pathMtu;
    private final ArpLayer arp;
    private final EthernetOutput ethernet;
    private final LoopbackQueue loopback;
    private final KeyedRandom random;
    private final int timeToLive;
    private final StackCounters counters;
    private int fragmentedDatagrams;

    /** Views what waits for its next hop. */
    private final Ipv4Header waiting = new Ipv4Header();

    // The packet being composed.
    private @Nullable FrameBuffer frame;
    private MemorySegment memory = MemorySegment.NULL;
    private long packetOffset;
    private int packetBytes;
    private int headerBytes;

    /** A frame in which the data of the next packet was composed already; {@code null} once it has left. */
    private @Nullable FrameBuffer composed;

    /** Whether the packet being composed is in that frame. */
    private boolean inPlace;

    /** The destination's or gateway's station, {@link ArpLayer#WAITING}, or {@link #LOOPBACK}. */
    private long station;

    /** Who {@link #station} is or will be. */
    private int nextHop;

    public Ipv4Output(
            StackConfiguration configuration,
            LocalAddresses local,
            RouteTable routes,
            ArpLayer arp,
            EthernetOutput ethernet,
            LoopbackQueue loopback,
            KeyedRandom random,
            StackCounters counters) {
        this.local = local;
        this.routes = routes;
        this.pathMtu = new PathMtu(configuration.mtuBytes());
        this.arp = arp;
        this.ethernet = ethernet;
        this.loopback = loopback;
        this.random = random;
        this.timeToLive = configuration.timeToLive();
        this.counters = counters;
    }

    /** The largest packet that goes to a destination in one piece, as far as known. */
    public int mtuTo(int destination, long nowNs) {
        return local.isThisHost(destination) ? Ipv4Header.MAXIMUM_PACKET_BYTES : pathMtu.mtuTo(destination, nowNs);
    }

    /** The largest packet that comes from there without being fragmented by us or the link: what the path does to it aside. */
    public int largestReceived(int source) {
        return local.isThisHost(source) ? Ipv4Header.MAXIMUM_PACKET_BYTES : pathMtu.linkMtuBytes();
    }

    /** A router cannot pass on what we send (RFC 1191); answers whether that is news. */
    public boolean noteFragmentationNeeded(int destination, int nextHopMtuBytes, int packetBytes, long nowNs) {
        boolean news = pathMtu.note(destination, nextHopMtuBytes, packetBytes, nowNs);
        if (news) {
            counters.count(StackCounter.ICMP_PATH_MTU_CHANGES);
        }
        return news;
    }

    /**
     * Starts a packet: finds its way and writes its header. After {@link SendOutcome#SENT} the caller writes the data and
     * calls {@link #finish}; after any other outcome there is nothing to finish.
     *
     * @param source ours, in host order
     * @param dataBytes what follows the IPv4 header
     */
    public SendOutcome begin(int protocol, int source, int destination, int typeOfService, int dataBytes, long nowNs) {
        if (Ipv4Header.MINIMUM_BYTES + dataBytes > mtuTo(destination, nowNs)) {
            return SendOutcome.TOO_BIG;
        }
        SendOutcome way = findWay(destination, nowNs);
        if (way != SendOutcome.SENT) {
            return way;
        }
        int flags = pathMtu.mayFragment(destination) ? 0 : Ipv4Header.DONT_FRAGMENT;
        // RFC 6864 section 4.1: a packet that nobody may fragment needs no identification.
        int identification = flags != 0 ? 0 : nextIdentification(destination, protocol);
        return open(protocol, source, destination, typeOfService, dataBytes, identification, flags, true);
    }

    /**
     * The data of the next packet lies in a frame of the link already, behind room for all headers: {@link #begin} goes on there if the
     * packet goes to the link whole. {@link #endInPlace} must follow.
     */
    public void beginInPlace(FrameBuffer frame) {
        composed = frame;
    }

    /** Gives the frame back if it was of no use; answers whether it was. */
    public boolean endInPlace() {
        FrameBuffer unused = composed;
        composed = null;
        if (unused != null) {
            ethernet.release(unused);
        }
        return unused == null;
    }

    /** Gives back a frame that was to be used. */
    public void release(FrameBuffer frame) {
        ethernet.release(frame);
    }

    /** Whether the data of the packet being composed is where it belongs. */
    public boolean isInPlace() {
        return inPlace;
    }

    /**
     * The same, with IP options.
     *
     * @param optionsBytes a multiple of 4, 40 at most
     */
    public SendOutcome begin(
            int protocol,
            int source,
            int destination,
            int typeOfService,
            MemorySegment options,
            int optionsBytes,
            int dataBytes,
            long nowNs) {
        SendOutcome outcome = begin(protocol, source, destination, typeOfService, optionsBytes + dataBytes, nowNs);
        if (outcome == SendOutcome.SENT && optionsBytes != 0) {
            headerBytes += optionsBytes;
            Ipv4Header.addOptions(memory, packetOffset, options, optionsBytes);
        }
        return outcome;
    }

    /**
     * Drops what still waits for the station of its next hop, of one session that leaves this stack: sent later, it would come after
     * what the session's next stack sends. To be sent again is its protocol's business.
     */
    public void dropWaiting(int protocol, int source, int sourcePort, int destination, int destinationPort) {
        int hop = routes.nextHop(destination);
        if (hop != RouteTable.NO_ROUTE) {
            arp.dropWaiting(hop, packet -> {
                MemorySegment view = MemorySegment.ofArray(packet);
                return waiting.wrap(view, 0, packet.length) == null
                        && waiting.protocol() == protocol
                        && waiting.source() == source
                        && waiting.destination() == destination
                        && waiting.dataBytes() >= PORTS_BYTES
                        && !waiting.isFragment()
                        && view.get(BigEndian.SHORT, waiting.dataOffset()) == (short) sourcePort
                        && view.get(BigEndian.SHORT, waiting.dataOffset() + Short.BYTES) == (short) destinationPort;
            });
        }
    }

    private SendOutcome findWay(int destination, long nowNs) {
        if (local.isThisHost(destination)) {
            station = LOOPBACK;
            return SendOutcome.SENT;
        }
        if (destination >>> 28 >= 0xE || local.isBroadcast(destination)) {
            station = groupStation(destination);
            return station >= 0 ? SendOutcome.SENT : refuse(SendOutcome.NO_ROUTE, StackCounter.DROP_IPV4_NO_ROUTE);
        }
        nextHop = routes.nextHop(destination);
        if (nextHop == RouteTable.NO_ROUTE || !local.isOneHost(destination)) {
            return refuse(SendOutcome.NO_ROUTE, StackCounter.DROP_IPV4_NO_ROUTE);
        }
        station = arp.resolve(nextHop, nowNs);
        return station == ArpLayer.UNREACHABLE
                ? refuse(SendOutcome.HOST_UNREACHABLE, StackCounter.DROP_IPV4_HOST_UNREACHABLE)
                : SendOutcome.SENT;
    }

    /** RFC 894 for broadcast, RFC 1112 section 6.4 for multicast; -1 for class E. */
    private long groupStation(int destination) {
        if (local.isBroadcast(destination)) {
            return MacAddress.MASK;
        }
        return Ipv4Address.isMulticast(destination) ? 0x0100_5E00_0000L | (destination & 0x7F_FFFF) : -1;
    }

    private SendOutcome refuse(SendOutcome outcome, StackCounter reason) {
        counters.count(reason);
        return outcome;
    }

    private SendOutcome open(
            int protocol,
            int source,
            int destination,
            int typeOfService,
            int dataBytes,
            int identification,
            int flagsAndOffset,
            boolean whole) {
        headerBytes = Ipv4Header.MINIMUM_BYTES;
        packetBytes = headerBytes + dataBytes;
        FrameBuffer room;
        if (station == LOOPBACK) {
            room = loopback.allocate(EthernetHeader.LENGTH_BYTES + packetBytes);
            if (room == null) {
                return refuse(SendOutcome.NO_ROOM, StackCounter.DROP_LOOPBACK_FULL);
            }
        } else if (whole && composed != null) {
            room = composed;
            room.length = EthernetHeader.LENGTH_BYTES + packetBytes;
        } else {
            room = ethernet.allocate(packetBytes);
            if (room == null) {
                return SendOutcome.NO_ROOM;
            }
        }
        inPlace = room.equals(composed);
        if (inPlace) {
            composed = null;
        }
        frame = room;
        memory = room.memory;
        packetOffset = room.offset + EthernetHeader.LENGTH_BYTES;
        Ipv4Header.write(
                memory,
                packetOffset,
                typeOfService,
                packetBytes,
                identification,
                flagsAndOffset,
                timeToLive,
                protocol,
                source,
                destination);
        return SendOutcome.SENT;
    }

    /** Where the packet being composed lies. */
    public MemorySegment memory() {
        return memory;
    }

    /** Where its data starts in {@link #memory}. */
    public long dataOffset() {
        return packetOffset + headerBytes;
    }

    /** Sends the packet being composed, or lets it wait for its next hop's station. */
    public void finish() {
        FrameBuffer finished = frame;
        if (finished == null) {
            throw new IllegalStateException("no packet was begun");
        }
        frame = null;
        counters.count(StackCounter.IPV4_PACKETS_SENT);
        if (station >= 0) {
            ethernet.transmit(finished, station, EtherType.IPV4);
        } else if (station == LOOPBACK) {
            loopback.transmit(finished);
        } else {
            arp.hold(nextHop, memory, packetOffset, packetBytes);
            ethernet.release(finished);
        }
    }

    /**
     * Gives back the frame of a packet that was begun and whose composing failed, if there is one: the link sends nothing else
     * while a frame of its is being composed.
     */
    public void abandon() {
        FrameBuffer begun = frame;
        if (begun != null) {
            frame = null;
            if (station == LOOPBACK) {
                loopback.release(begun);
            } else {
                ethernet.release(begun);
            }
        }
    }

    /**
     * Sends a datagram of any length, cut up as its path asks (RFC 791 section 3.2, RFC 1122 section 3.3.3).
     *
     * @param header what the data starts with: the transport's header, at most 48 bytes
     * @param data the rest, copied once
     */
    public SendOutcome sendFragmented(
            int protocol,
            int source,
            int destination,
            int typeOfService,
            MemorySegment header,
            int headerBytes,
            MemorySegment data,
            long sourceOffset,
            int dataBytes,
            long nowNs) {
        int identification = nextIdentification(destination, protocol);
        int most = mtuTo(destination, nowNs) - Ipv4Header.MINIMUM_BYTES & -8;
        int total = headerBytes + dataBytes;
        for (int start = 0; start < total; start += most) {
            SendOutcome way = findWay(destination, nowNs);
            if (way != SendOutcome.SENT) {
                return way;
            }
            int length = Math.min(most, total - start);
            int flagsAndOffset = start / 8 | (start + length < total ? Ipv4Header.MORE_FRAGMENTS : 0);
            way = open(protocol, source, destination, typeOfService, length, identification, flagsAndOffset, false);
            if (way != SendOutcome.SENT) {
                return way;
            }
            int head = start == 0 ? headerBytes : 0;
            if (head != 0) {
                MemorySegment.copy(header, 0, memory, dataOffset(), head);
            }
            long from = sourceOffset + start + head - headerBytes;
            MemorySegment.copy(data, from, memory, dataOffset() + head, length - head);
            counters.count(StackCounter.IPV4_FRAGMENTS_SENT);
            finish();
        }
        return SendOutcome.SENT;
    }

    /** Unique for long enough, and not to be guessed from those to others (RFC 6864, RFC 7739 section 5.3). */
    private int nextIdentification(int destination, int protocol) {
        int start = random.hash(destination, protocol);
        return start + fragmentedDatagrams++ & 0xFFFF;
    }
}
