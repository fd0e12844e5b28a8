package org.machbed.netstack;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.arp.ArpConflictListener;
import org.machbed.netstack.arp.ArpLayer;
import org.machbed.netstack.arp.NeighbourListener;
import org.machbed.netstack.ethernet.EtherType;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.ethernet.EthernetOutput;
import org.machbed.netstack.icmp.IcmpErrors;
import org.machbed.netstack.icmp.IcmpLayer;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.ipv4.Ipv4Input;
import org.machbed.netstack.ipv4.Ipv4Output;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.ipv4.LoopbackQueue;
import org.machbed.netstack.ipv4.NetworkError;
import org.machbed.netstack.ipv4.RouteTable;
import org.machbed.netstack.ipv4.UpperProtocol;
import org.machbed.netstack.ipv4.UpperProtocols;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.socket.TcpSockets;
import org.machbed.netstack.socket.UdpSockets;
import org.machbed.netstack.tcp.TcpLayer;
import org.machbed.netstack.udp.UdpLayer;

/**
 * One host's protocols over one link. Single-threaded: the owner's lock guards it. It does nothing by itself: frames come in
 * through {@link #onFrame}, the time through every call, and {@link #nextDeadlineNs} says when it wants to be called again.
 *
 * <p>Neither the {@link FrameOutput} nor a listener may call {@link #onFrame} or {@link #onTimer} from within the stack.
 */
public final class NetworkStack {
    /** Packets to ourselves that one call takes in; the rest is due at once. */
    private static final int LOOPBACK_BUDGET = 64;

    private final long ourMac;
    private final int longestFrameBytes;
    private final StackCounters counters = new StackCounters();
    private final EthernetHeader frame = new EthernetHeader();
    private final Ipv4Header unsent = new Ipv4Header();
    private final LoopbackQueue loopback = new LoopbackQueue();
    private final UpperProtocols protocols = new UpperProtocols();
    private final RouteTable routes;
    private final ArpLayer arp;
    private final Ipv4Input ipv4;
    private final Ipv4Output down;
    private final UdpSockets udp;
    private final TcpLayer tcpLayer;
    private final TcpSockets tcp;
    private final boolean hasArp;
    private boolean announced;
    private boolean inside;

    /**
     * A stack that is ready for sockets and frames; it announces its address in the first {@link #onFrame} or {@link #onTimer}.
     *
     * @param output where its frames go
     */
    public NetworkStack(StackConfiguration configuration, FrameOutput output) {
        ourMac = configuration.mac().bits();
        longestFrameBytes = EthernetHeader.LENGTH_BYTES + configuration.mtuBytes();
        KeyedRandom random = new KeyedRandom(configuration.seed());
        LocalAddresses local = new LocalAddresses(configuration);
        routes = new RouteTable(configuration);
        EthernetOutput ethernet = new EthernetOutput(output, ourMac, counters);
        hasArp = configuration.neighbours() == null;
        announced = !hasArp;
        arp = new ArpLayer(configuration, ethernet, counters, this::onUnresolved);
        down = new Ipv4Output(configuration, local, routes, arp, ethernet, loopback, random, counters);
        IcmpErrors errors = new IcmpErrors(local, down, counters);
        ipv4 = new Ipv4Input(local, arp, protocols, errors, counters);
        UdpLayer udpLayer = new UdpLayer(down, errors, counters, configuration.udpChecksum(), UdpSockets.CAPACITY);
        protocols.register(IpProtocol.ICMP, new IcmpLayer(local, down, protocols, counters));
        protocols.register(IpProtocol.UDP, udpLayer);
        udp = new UdpSockets(udpLayer, local, random, counters, this::drainLoopback);
        // Its own, since what others draw from theirs is in everybody's view.
        KeyedRandom secrets = new KeyedRandom(~configuration.seed());
        tcpLayer = new TcpLayer(configuration.tcp(), down, secrets, counters);
        protocols.register(IpProtocol.TCP, tcpLayer);
        tcp = new TcpSockets(tcpLayer, local, random, configuration.tcp(), this::drainLoopback);
    }

    /**
     * A frame came from the link.
     *
     * @param memory where it lies, valid during the call only
     * @param offset of its Ethernet header
     * @param length of header and data, without frame check sequence
     * @param nowNs the time, on any clock that does not go back, always the same one
     */
    public void onFrame(MemorySegment memory, long offset, int length, long nowNs) {
        enter();
        try {
            announce();
            counters.count(StackCounter.FRAMES_RECEIVED);
            StackCounter refusal = frame.wrap(memory, offset, length);
            if (refusal == null) {
                refusal = demultiplex(memory, offset + EthernetHeader.LENGTH_BYTES, length, nowNs);
            }
            if (refusal != null) {
                counters.count(refusal);
            }
        } finally {
            leave();
        }
        drainLoopback(nowNs);
    }

    private @Nullable StackCounter demultiplex(MemorySegment memory, long data, int length, long nowNs) {
        long destination = frame.destination();
        boolean group = MacAddress.isGroup(destination);
        if (destination != ourMac && !group) {
            return StackCounter.DROP_ETHERNET_NOT_FOR_US;
        }
        if (length > longestFrameBytes) {
            return StackCounter.DROP_ETHERNET_TOO_LONG;
        }
        long source = frame.source();
        if (MacAddress.isGroup(source)) {
            return StackCounter.DROP_ETHERNET_GROUP_SOURCE;
        }
        int dataBytes = length - EthernetHeader.LENGTH_BYTES;
        switch (frame.type()) {
            case EtherType.IPV4 -> ipv4.onPacket(memory, data, dataBytes, group, source, nowNs);
            case EtherType.ARP -> {
                if (!hasArp) {
                    return StackCounter.DROP_ARP_NOT_OURS;
                }
                arp.onPacket(memory, data, dataBytes, nowNs);
            }
            default -> {
                return StackCounter.DROP_ETHERNET_UNKNOWN_TYPE;
            }
        }
        return null;
    }

    /** {@link #nextDeadlineNs} may have come: does what is due. */
    public void onTimer(long nowNs) {
        enter();
        try {
            announce();
            arp.onTimer(nowNs);
            ipv4.onTimer(nowNs);
            tcpLayer.onTimer(nowNs);
        } finally {
            leave();
        }
        drainLoopback(nowNs);
    }

    /**
     * When {@link #onTimer} wants to be called, {@link Long#MAX_VALUE} for never and {@link Long#MIN_VALUE} for at once. Any
     * call into the stack may change it.
     */
    public long nextDeadlineNs() {
        if (!announced || !loopback.isEmpty()) {
            return Long.MIN_VALUE;
        }
        return Math.min(tcpLayer.nextDeadlineNs(), Math.min(arp.nextDeadlineNs(), ipv4.nextDeadlineNs()));
    }

    public UdpSockets udp() {
        return udp;
    }

    public TcpSockets tcp() {
        return tcp;
    }

    public StackCounters counters() {
        return counters;
    }

    /** To add routes to. */
    public RouteTable routes() {
        return routes;
    }

    /** Who is told of other stations that claim our address, {@code null} for nobody. */
    public void conflictListener(@Nullable ArpConflictListener listener) {
        arp.conflictListener(listener);
    }

    /**
     * The station of a neighbour, for somebody beside this stack such as a library without ARP.
     *
     * @param ipv4 an address of the attached network
     * @return {@link MacAddress#bits}, or {@link ArpLayer#WAITING} when it is being asked for and {@link #neighbourListener} will be
     *     told, or {@link ArpLayer#UNREACHABLE}
     */
    public long lookUpNeighbour(int ipv4, long nowNs) {
        return arp.lookUp(ipv4, nowNs);
    }

    /** Who is told of what {@link #lookUpNeighbour} began, {@code null} for nobody. */
    public void neighbourListener(@Nullable NeighbourListener listener) {
        arp.listener(listener);
    }

    /**
     * Tells a stack whose {@link StackConfiguration#neighbours} are somebody else's business a neighbour's station; what waited for
     * it is sent.
     */
    public void learnNeighbour(int ipv4, long mac, long nowNs) {
        enter();
        try {
            arp.learn(ipv4, mac, nowNs);
        } finally {
            leave();
        }
        drainLoopback(nowNs);
    }

    /** Tells the same stack that nobody answers for an address; who waited for it hears so. */
    public void neighbourUnreachable(int ipv4, long nowNs) {
        enter();
        try {
            arp.unreachable(ipv4, nowNs);
        } finally {
            leave();
        }
        drainLoopback(nowNs);
    }

    /** Neighbours remembered now, bounded. */
    public int neighbours() {
        return arp.size();
    }

    /** Datagrams being put together from fragments now, bounded. */
    public int reassembling() {
        return ipv4.reassembling();
    }

    private void enter() {
        if (inside) {
            throw new IllegalStateException("the stack was called from within itself");
        }
        inside = true;
    }

    private void leave() {
        inside = false;
        down.abandon();
    }

    private void announce() {
        if (!announced) {
            announced = true;
            arp.announce();
        }
    }

    /** Takes in what we sent to ourselves, unless a call further out is at it. */
    private void drainLoopback(long nowNs) {
        if (inside || loopback.isEmpty()) {
            return;
        }
        inside = true;
        try {
            for (int i = 0; i < LOOPBACK_BUDGET && !loopback.isEmpty(); i++) {
                loopback.deliver(ipv4, nowNs);
            }
        } finally {
            leave();
        }
    }

    /** A packet of ours waited in vain for its next hop: its sender hears that the host cannot be reached. */
    private void onUnresolved(MemorySegment memory, long offset, int lengthBytes, long nowNs) {
        if (unsent.wrapQuoted(memory, offset, lengthBytes) && unsent.fragmentOffsetBytes() == 0) {
            UpperProtocol upper = protocols.of(unsent.protocol());
            if (upper != null) {
                upper.onError(unsent, NetworkError.HOST_UNREACHABLE, nowNs);
            }
        }
    }
}
