package org.machbed.link.segment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.link.FrameHandler;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;

/**
 * A station on an Ethernet segment in shared memory: a directory that any process of the machine may join who may open it.
 * Each ordered pair of stations has a ring of its own, so that no two stations ever write the same memory but for their
 * doorbells and the medium, and one that is killed, or writes nonsense, harms its own traffic only.
 *
 * <p>Handing a frame over costs writing it into the other station's ring and ringing that one's doorbell, which is a system
 * call only when it waits. A full ring drops, and counts, as a full interface does. Memory: {@link SegmentOptions#ringBytes}
 * for each ordered pair. Threads as {@link LinkEnd} says.
 */
public final class SegmentLink implements LinkEnd {
    /** The most stations on a segment. */
    public static final int MAXIMUM_STATIONS = 8;

    private final MacAddress address;
    private final int mtuBytes;
    private final Membership membership;
    private final LinkCounters counters = new LinkCounters();
    private final SegmentSender sender;
    private final SegmentReceiver receiver;
    private boolean closed;

    private SegmentLink(Membership membership, MacAddress address, int mtuBytes, SegmentOptions options) {
        this.membership = membership;
        this.address = address;
        this.mtuBytes = mtuBytes;
        this.sender = new SegmentSender(membership, options, mtuBytes, counters);
        this.receiver = new SegmentReceiver(membership, options, counters);
    }

    /** Joins a segment that has the default options. */
    public static SegmentLink join(Path directory, MacAddress address, int mtuBytes) throws IOException {
        return join(directory, address, mtuBytes, SegmentOptions.DEFAULT);
    }

    /**
     * Joins the segment in {@code directory}, and makes it, directory included, when this station is the first.
     *
     * @param mtuBytes the most that this station sends in one frame after the Ethernet header, 68 (RFC 791) to 65,535
     * @throws IOException when the station is there already, the segment is full or unlike {@code options}, or memory is short
     */
    public static SegmentLink join(Path directory, MacAddress address, int mtuBytes, SegmentOptions options)
            throws IOException {
        if (mtuBytes < 68 || mtuBytes > MAXIMUM_MTU_BYTES) {
            throw new IllegalArgumentException("an MTU of " + mtuBytes + " bytes is not between 68 and 65535");
        }
        if (!MacAddress.isStation(address.bits())) {
            throw new IllegalArgumentException(address + " is no station's address");
        }
        return new SegmentLink(Membership.join(directory, address, options), address, mtuBytes, options);
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
    public boolean awaitAlso(Doorbell doorbell) {
        return receiver.awaitAlso(doorbell);
    }

    @Override
    public int poll(FrameHandler handler, int budget) {
        return receiver.poll(handler, budget);
    }

    @Override
    public long keep(MemorySegment memory) {
        return receiver.keep(memory);
    }

    @Override
    public void giveBack(long loan) {
        receiver.giveBack(loan);
    }

    @Override
    public void onRecall(LongConsumer keeper) {
        receiver.onRecall(keeper);
    }

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
    public void transmitMore(FrameBuffer frame) {
        sender.transmitMore(frame);
    }

    @Override
    public void flush() {
        sender.flush();
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
            sender.close();
            membership.close();
        }
    }
}
