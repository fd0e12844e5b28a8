package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.link.FrameHandler;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;

/**
 * A station whose frames go through a file descriptor: on a network interface of this machine, or on a UDP wire. Its address is its own, not the interface's: the kernel is another station.
 * Each frame costs one system call each way, and a copy in the kernel.
 *
 * <p>No frame is lent beyond its handler: it has been copied out of the kernel once, and the next one comes to the same memory. Threads
 * as {@link LinkEnd} says.
 */
public final class InterfaceLink implements LinkEnd {
    private static final int MINIMUM_MTU_BYTES = 68;

    private final MacAddress address;
    private final int mtuBytes;
    private final Attachment attachment;
    private final Arena arena;
    private final LinkCounters counters;
    private final InterfaceSender sender;
    private final InterfaceReceiver receiver;
    private boolean closed;

    InterfaceLink(
            Arena arena,
            Attachment attachment,
            WakeUpEvent event,
            MacAddress address,
            int mtuBytes,
            LinkCounters counters) {
        this.arena = arena;
        this.attachment = attachment;
        this.address = address;
        this.mtuBytes = mtuBytes;
        this.counters = counters;
        this.sender = new InterfaceSender(arena, attachment, mtuBytes, counters);
        this.receiver = new InterfaceReceiver(arena, attachment, event, counters);
    }

    /**
     * The other end of a TAP device, which is made and set up where there is none of that name.
     *
     * @param mtuBytes the most in one frame after its Ethernet header, from 68 (RFC 791); an existing device must carry that much
     * @throws IOException when the device cannot be had, naming what is missing
     */
    public static InterfaceLink openTap(InterfaceName name, MacAddress address, int mtuBytes) throws IOException {
        return WireDescriptor.openTap(name, address, mtuBytes).drive(address, mtuBytes);
    }

    /**
     * A station beside others on the wire of an Ethernet interface. The machine itself does not hear it there: what it
     * sends leaves by the interface.
     *
     * @param mtuBytes the most in one frame after its Ethernet header, from 68 to what the interface carries
     * @throws IOException when the interface cannot be had, naming what is missing
     */
    public static InterfaceLink openBridge(InterfaceChoice choice, MacAddress address, int mtuBytes)
            throws IOException {
        return WireDescriptor.openBridge(choice, address, mtuBytes).drive(address, mtuBytes);
    }

    /**
     * An Ethernet segment in UDP datagrams. Names are looked up, and asked for again for half a minute while nobody knows them.
     *
     * @param local an address of this machine, or the subnet in which it has one, with the port
     * @param mtuBytes the most in one frame after its Ethernet header, from 68 to 65,493
     * @throws IOException when the local end cannot be had or a peer is not known, naming it
     */
    public static InterfaceLink openUdp(UdpEndpoint local, List<UdpEndpoint> peers, MacAddress address, int mtuBytes)
            throws IOException {
        return WireDescriptor.openUdp(local, peers, address, mtuBytes).drive(address, mtuBytes);
    }

    static void check(MacAddress address, int mtuBytes) {
        if (mtuBytes < MINIMUM_MTU_BYTES || mtuBytes > MAXIMUM_MTU_BYTES) {
            throw new IllegalArgumentException("an MTU of " + mtuBytes + " bytes is not between 68 and 65535");
        }
        if (!MacAddress.isStation(address.bits())) {
            throw new IllegalArgumentException(address + " is no station's address");
        }
    }

    @Override
    public MacAddress address() {
        return address;
    }

    @Override
    public int mtuBytes() {
        return mtuBytes;
    }

    @Override
    public boolean await(long timeoutNs) {
        return receiver.await(timeoutNs);
    }

    @Override
    public int poll(FrameHandler handler, int budget) {
        return receiver.poll(handler, budget);
    }

    /** Never: see the class. */
    @Override
    public long keep(MemorySegment memory) {
        return NONE;
    }

    @Override
    public void giveBack(long loan) {
        throw new IllegalArgumentException("loan " + loan + " was never given");
    }

    /** Nothing is lent, so nothing is recalled. */
    @Override
    public void onRecall(LongConsumer keeper) {}

    @Override
    public void wakeUp() {
        receiver.wakeUp();
    }

    @Override
    public LinkCounters counters() {
        return counters;
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        return sender.allocate(lengthBytes);
    }

    @Override
    public void transmit(FrameBuffer frame) {
        sender.transmit(frame);
    }

    @Override
    public void release(FrameBuffer frame) {
        sender.release(frame);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            receiver.close();
            attachment.close();
            arena.close();
        }
    }
}
