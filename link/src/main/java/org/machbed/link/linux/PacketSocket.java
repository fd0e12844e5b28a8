package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.MacAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A packet socket (packet(7)) on one Ethernet interface: a station beside whatever else is on the interface's wire. It hears every
 * frame that arrives there for it or for a group; those for others the kernel drops ({@link StationFilter}), so that they do not wake
 * the process. What leaves by the interface, our own and the machine's, it does not hear, since neither would the machine hear what we
 * send.
 *
 * <p>Where a peer is on this machine (a veth pair, a bridge), offloads leave frames unfinished: checksums not summed, and segments of
 * up to 64 KiB. The socket asks for the offload header (PACKET_VNET_HDR), which says what is unfinished, and
 * {@link OffloadedFrames} finishes it. The alternatives know less: PACKET_AUXDATA says that a checksum is missing, but not where,
 * nor how long segments ought to be; and to switch the peer's offloads off is not ours to do.
 *
 * <p>VLAN frames are left out: the kernel takes their tags off, so that they would look like frames of the untagged network.
 */
final class PacketSocket implements Attachment {
    private static final Logger LOG = LoggerFactory.getLogger(PacketSocket.class);

    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final short ETH_P_ALL = 3;
    private static final int ADDRESS_BYTES = 20;
    private static final int MEMBERSHIP_BYTES = 16;
    private static final short PACKET_MR_PROMISC = 1;

    private static final int SO_ATTACH_FILTER = 26;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_ADD_MEMBERSHIP = 1;
    private static final int PACKET_STATISTICS = 6;
    private static final int PACKET_VNET_HDR = 15;
    private static final int PACKET_IGNORE_OUTGOING = 23;

    /** The usual 208 KiB hold three frames of 64 KiB. */
    private static final int RECEIVE_BUFFER_BYTES = 4 << 20;

    /** struct tpacket_stats: frames, and frames dropped, 32 bits each; then the length that getsockopt wants. */
    private static final int STATISTICS_BYTES = 8;

    private static final int DROPPED_OFFSET = 4;
    private static final int LENGTH_OFFSET = STATISTICS_BYTES;

    private final int descriptor;

    /** What it finds its interface again by; {@code null} when it does not, since names mean others where it is driven. */
    private final @Nullable InterfaceChoice choice;

    private final int mtuBytes;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment statistics = arena.allocate(STATISTICS_BYTES + Integer.BYTES, Integer.BYTES);

    private volatile InterfaceName name;

    /** Why its interface was not found the last time it was looked for, to tell the log once. */
    private String obstacle = "";

    private PacketSocket(int descriptor, @Nullable InterfaceChoice choice, InterfaceName name, int mtuBytes) {
        this.descriptor = descriptor;
        this.choice = choice;
        this.name = name;
        this.mtuBytes = mtuBytes;
    }

    /** One that another process opened and bound, which may be in another network namespace: this one cannot find it again. */
    static PacketSocket adopt(InterfaceName name, int descriptor) {
        return new PacketSocket(descriptor, null, name, 0);
    }

    /**
     * Joins the wire of an Ethernet interface.
     *
     * @param station whose frames it hears, besides those for groups
     * @throws IOException naming what is missing or forbidden
     */
    static PacketSocket open(InterfaceChoice choice, MacAddress station, int mtuBytes) throws IOException {
        InterfaceName name = choice.choose();
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls calls = new SystemCalls(arena);
            // Protocol 0: it hears nothing before it is bound, and so nothing of other interfaces.
            int descriptor = calls.socket(AF_PACKET, SOCK_RAW | SystemCalls.O_NONBLOCK | SystemCalls.O_CLOEXEC, 0);
            if (descriptor == -Errno.EPERM || descriptor == -Errno.EACCES) {
                throw new IOException("no permission for a packet socket on " + name + ": that needs CAP_NET_RAW");
            }
            SystemCalls.check(descriptor, "no packet socket on " + name);
            try {
                int index = examine(calls, arena, name, mtuBytes);
                configure(calls, arena, descriptor, name, station);
                join(calls, arena, descriptor, name, index);
                return new PacketSocket(descriptor, choice, name, mtuBytes);
            } catch (IOException | RuntimeException | Error e) {
                SystemCalls.close(descriptor);
                throw e;
            }
        }
    }

    private static int examine(SystemCalls calls, Arena arena, InterfaceName name, int mtuBytes) throws IOException {
        try (InterfaceControl control = new InterfaceControl(calls, arena, name)) {
            int index = control.index();
            if (!control.isEthernet()) {
                throw new IOException("interface " + name + " is not an Ethernet one");
            }
            control.requireMtuBytes(mtuBytes);
            if (!control.isUp()) {
                LOG.warn("interface {} is down: nothing passes until it is set up", name);
            }
            return index;
        }
    }

    private static void configure(
            SystemCalls calls, Arena arena, int descriptor, InterfaceName name, MacAddress station) throws IOException {
        MemorySegment yes = arena.allocateFrom(ValueLayout.JAVA_INT, 1);
        SystemCalls.check(
                calls.setOption(descriptor, SOL_PACKET, PACKET_VNET_HDR, yes), "no offload header on " + name);
        // Only spares work: the filter refuses the same frames.
        int _ = calls.setOption(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, yes);
        MemorySegment program = StationFilter.program(arena, station);
        SystemCalls.check(
                calls.setOption(descriptor, SystemCalls.SOL_SOCKET, SO_ATTACH_FILTER, program), "no filter on " + name);
        calls.setReceiveBuffer(descriptor, RECEIVE_BUFFER_BYTES, name.toString());
    }

    private static void join(SystemCalls calls, Arena arena, int descriptor, InterfaceName name, int index)
            throws IOException {
        MemorySegment address = arena.allocate(ADDRESS_BYTES, Integer.BYTES);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
        address.set(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, ETH_P_ALL);
        address.set(ValueLayout.JAVA_INT, 4, index);
        SystemCalls.check(calls.bind(descriptor, address), "cannot bind to interface " + name);
        MemorySegment membership = arena.allocate(MEMBERSHIP_BYTES, Integer.BYTES);
        membership.set(ValueLayout.JAVA_INT, 0, index);
        membership.set(ValueLayout.JAVA_SHORT, 4, PACKET_MR_PROMISC);
        SystemCalls.check(
                calls.setOption(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership),
                "interface " + name + " does not become promiscuous");
    }

    @Override
    public boolean canRejoin() {
        return choice != null;
    }

    /** Binds anew also where the interface has the same number as before: the kernel forgot the binding if it was away meanwhile. */
    @Override
    public boolean rejoin(SystemCalls calls) {
        if (choice == null) {
            return false;
        }
        try (Arena scratch = Arena.ofConfined()) {
            InterfaceName found = choice.choose();
            if (!isUp(calls, scratch, found)) {
                return false;
            }
            join(calls, scratch, descriptor, found, examine(calls, scratch, found, mtuBytes));
            name = found;
            obstacle = "";
            return true;
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.equals(obstacle)) {
                obstacle = message;
                LOG.warn("no wire in place of {} yet: {}", title(), message);
            }
            return false;
        }
    }

    private static boolean isUp(SystemCalls calls, Arena arena, InterfaceName name) throws IOException {
        try (InterfaceControl control = new InterfaceControl(calls, arena, name)) {
            return control.isUp();
        }
    }

    @Override
    public String title() {
        return "interface " + name;
    }

    /** Of the interface that it is on, or was on last. */
    InterfaceName name() {
        return name;
    }

    @Override
    public int descriptor() {
        return descriptor;
    }

    @Override
    public int headerBytes() {
        return OffloadHeader.BYTES;
    }

    @Override
    public int takeDropped(SystemCalls calls) {
        statistics.set(ValueLayout.JAVA_INT, LENGTH_OFFSET, STATISTICS_BYTES);
        long address = statistics.address();
        int result = calls.getOption(descriptor, SOL_PACKET, PACKET_STATISTICS, address, address + LENGTH_OFFSET);
        return result < 0 ? 0 : statistics.get(ValueLayout.JAVA_INT, DROPPED_OFFSET);
    }

    @Override
    public void close() {
        SystemCalls.close(descriptor);
        arena.close();
    }
}
