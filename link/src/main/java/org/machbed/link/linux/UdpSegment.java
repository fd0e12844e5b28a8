package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An Ethernet segment whose frames travel in UDP datagrams (RFC 768), one in each and nothing else, between ends that all know each
 * other. A frame goes to the peer behind which its destination was heard, and to all where that is not known or the destination is a
 * group; nobody passes on what another one sent. What comes from anybody else is dropped.
 *
 * <p>No privilege is needed, and a peer is believed by its address and port alone: who can forge them, or has a port there, is on the wire.
 */
final class UdpSegment implements Attachment {
    /** What a datagram over IPv4 holds: 65,535 bytes less both headers. */
    static final int LONGEST_FRAME_BYTES = 65_507;

    /** Of IPv4 (RFC 791) and UDP, before a frame. */
    static final int OUTER_HEADERS_BYTES = 28;

    private static final Logger LOG = LoggerFactory.getLogger(UdpSegment.class);

    /** Of the Ethernet header. */
    private static final int SOURCE_OFFSET = 6;

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SO_MEMINFO = 55;
    private static final int IPPROTO_IP = 0;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IP_MTU = 14;
    private static final int IP_PMTUDISC_DONT = 0;
    private static final int RECEIVE_BUFFER_BYTES = 4 << 20;

    /** struct sockaddr_in; its family, port and address are the first eight bytes. */
    private static final int ADDRESS_BYTES = 16;

    private static final int PORT_OFFSET = 2;
    private static final int IPV4_OFFSET = 4;

    /** Nine 32-bit words of SO_MEMINFO, the last being the datagrams dropped since the start; then their length. */
    private static final int MEMORY_INFO_BYTES = 36;

    private static final int DROPS_OFFSET = 32;

    private final UdpEndpoint local;
    private final int descriptor;
    private final int maximumFrameBytes;
    private final LinkCounters counters;
    private final SendFailures failures;
    private final LearnedStations stations = new LearnedStations();
    private final long[] peers;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment addresses;
    private final MemorySegment source = arena.allocate(ADDRESS_BYTES + Integer.BYTES, Long.BYTES);
    private final MemorySegment memoryInfo = arena.allocate(MEMORY_INFO_BYTES + Integer.BYTES, Integer.BYTES);
    private int dropsSeen;

    /** One whose socket is bound and configured. */
    UdpSegment(UdpEndpoint local, List<UdpEndpoint> peers, int descriptor, int mtuBytes, LinkCounters counters) {
        this.local = local;
        this.descriptor = descriptor;
        this.maximumFrameBytes = LinkEnd.HEADER_BYTES + mtuBytes;
        this.counters = counters;
        this.failures = new SendFailures(counters);
        this.peers = new long[peers.size()];
        this.addresses = arena.allocate((long) ADDRESS_BYTES * peers.size(), Long.BYTES);
        for (int i = 0; i < peers.size(); i++) {
            MemorySegment address = addresses.asSlice((long) i * ADDRESS_BYTES, ADDRESS_BYTES);
            fill(address, peers.get(i));
            this.peers[i] = address.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /**
     * Binds the local end; a path that would cut the longest frames is only warned of.
     *
     * @param peers with their addresses
     * @throws IOException when the address is not local or the port taken, or a peer cannot be reached
     */
    static UdpSegment open(UdpEndpoint local, List<UdpEndpoint> peers, int mtuBytes, LinkCounters counters)
            throws IOException {
        int longest = LONGEST_FRAME_BYTES - LinkEnd.HEADER_BYTES;
        if (mtuBytes > longest) {
            throw new IOException("a UDP wire carries an MTU of at most " + longest + " bytes, not " + mtuBytes);
        }
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls calls = new SystemCalls(arena);
            for (UdpEndpoint peer : peers) {
                warnOfFragments(calls, arena, peer, mtuBytes);
            }
            int descriptor = socket(calls);
            try {
                MemorySegment address = arena.allocate(ADDRESS_BYTES, Long.BYTES);
                fill(address, local);
                SystemCalls.check(calls.bind(descriptor, address), "no UDP wire at " + local);
                configure(calls, arena, descriptor);
                return new UdpSegment(local, peers, descriptor, mtuBytes, counters);
            } catch (IOException | RuntimeException | Error e) {
                SystemCalls.close(descriptor);
                throw e;
            }
        }
    }

    private static int socket(SystemCalls calls) throws IOException {
        return SystemCalls.check(
                calls.socket(AF_INET, SOCK_DGRAM | SystemCalls.O_NONBLOCK | SystemCalls.O_CLOEXEC, 0),
                "no socket for a UDP wire");
    }

    /** Asks a socket of its own what the path carries: one that is connected hears its peer alone. */
    private static void warnOfFragments(SystemCalls calls, Arena arena, UdpEndpoint peer, int mtuBytes)
            throws IOException {
        MemorySegment address = arena.allocate(ADDRESS_BYTES, Long.BYTES);
        fill(address, peer);
        MemorySegment answer = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
        answer.set(ValueLayout.JAVA_INT, Integer.BYTES, Integer.BYTES);
        int probe = socket(calls);
        try {
            SystemCalls.check(calls.connect(probe, address), "no way to peer " + peer);
            SystemCalls.check(
                    calls.getOption(probe, IPPROTO_IP, IP_MTU, answer.address(), answer.address() + Integer.BYTES),
                    "the MTU of the way to peer " + peer);
        } finally {
            SystemCalls.close(probe);
        }
        int pathBytes = answer.get(ValueLayout.JAVA_INT, 0);
        int wholeBytes = pathBytes - OUTER_HEADERS_BYTES - LinkEnd.HEADER_BYTES;
        if (mtuBytes > wholeBytes) {
            LOG.warn(
                    "the way to {} carries packets of {} bytes: frames travel in fragments at an MTU of {}, whole at {}",
                    peer,
                    pathBytes,
                    mtuBytes,
                    wholeBytes);
        }
    }

    private static void configure(SystemCalls calls, Arena arena, int descriptor) throws IOException {
        // Otherwise Linux would refuse what the path cuts.
        MemorySegment fragments = arena.allocateFrom(ValueLayout.JAVA_INT, IP_PMTUDISC_DONT);
        SystemCalls.check(
                calls.setOption(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, fragments), "no fragments on a UDP wire");
        calls.setReceiveBuffer(descriptor, RECEIVE_BUFFER_BYTES, "a UDP wire");
    }

    private static void fill(MemorySegment address, UdpEndpoint end) {
        address.fill((byte) 0);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
        address.set(BigEndian.SHORT, PORT_OFFSET, (short) end.port());
        address.set(BigEndian.INT, IPV4_OFFSET, Ipv4Address.parse(end.host()));
    }

    @Override
    public String title() {
        return "UDP wire " + local;
    }

    @Override
    public int descriptor() {
        return descriptor;
    }

    @Override
    public int headerBytes() {
        return 0;
    }

    @Override
    public long receive(SystemCalls calls, MemorySegment room) {
        long sourceAddress = source.address();
        source.set(ValueLayout.JAVA_INT, ADDRESS_BYTES, ADDRESS_BYTES);
        long bytes = calls.receiveFrom(
                descriptor, room.address(), room.byteSize(), sourceAddress, sourceAddress + ADDRESS_BYTES);
        if (bytes < 0) {
            return bytes;
        }
        int peer = peerAt(source.get(ValueLayout.JAVA_LONG, 0));
        if (peer == LearnedStations.UNKNOWN) {
            counters.count(LinkCounter.DROPPED_STRANGER);
            return NOTHING;
        }
        if (bytes < LinkEnd.HEADER_BYTES || bytes > maximumFrameBytes) {
            counters.count(LinkCounter.UNUSABLE_FRAMES);
            return NOTHING;
        }
        long station = room.get(BigEndian.LONG, SOURCE_OFFSET) >>> Short.SIZE;
        if (MacAddress.isStation(station)) {
            stations.learn(station, peer);
        }
        return bytes;
    }

    private int peerAt(long address) {
        for (int i = 0; i < peers.length; i++) {
            if (peers[i] == address) {
                return i;
            }
        }
        return LearnedStations.UNKNOWN;
    }

    @Override
    public long send(SystemCalls calls, MemorySegment memory, long offset, long bytes) {
        long station = memory.get(BigEndian.LONG, offset) >>> Short.SIZE;
        int peer = peers.length == 1 ? 0 : stations.peerOf(station);
        long frame = memory.address() + offset;
        return peer == LearnedStations.UNKNOWN ? flood(calls, frame, bytes) : sendTo(calls, peer, frame, bytes);
    }

    /** Sent when any peer was sent it; each other one that was not is a drop of its own. */
    private long flood(SystemCalls calls, long frame, long bytes) {
        long failed = 0;
        boolean sent = false;
        for (int i = 0; i < peers.length; i++) {
            long result = sendTo(calls, i, frame, bytes);
            if (result >= 0) {
                sent = true;
            } else if (failed == 0) {
                failed = result;
            } else {
                failures.count(title(), (int) -result);
            }
        }
        if (sent && failed != 0) {
            failures.count(title(), (int) -failed);
        }
        return sent ? bytes : failed;
    }

    private long sendTo(SystemCalls calls, int peer, long frame, long bytes) {
        long address = addresses.address() + (long) peer * ADDRESS_BYTES;
        long result;
        do {
            result = calls.sendTo(descriptor, frame, bytes, address, ADDRESS_BYTES);
        } while (result == -Errno.EINTR);
        return result;
    }

    @Override
    public int takeDropped(SystemCalls calls) {
        memoryInfo.set(ValueLayout.JAVA_INT, MEMORY_INFO_BYTES, MEMORY_INFO_BYTES);
        long address = memoryInfo.address();
        int result =
                calls.getOption(descriptor, SystemCalls.SOL_SOCKET, SO_MEMINFO, address, address + MEMORY_INFO_BYTES);
        if (result < 0) {
            return 0;
        }
        int drops = memoryInfo.get(ValueLayout.JAVA_INT, DROPS_OFFSET);
        int since = drops - dropsSeen;
        dropsSeen = drops;
        return since;
    }

    @Override
    public void close() {
        SystemCalls.close(descriptor);
        arena.close();
    }
}
