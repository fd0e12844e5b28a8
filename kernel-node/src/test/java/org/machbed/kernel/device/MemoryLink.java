package org.machbed.kernel.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.link.FrameHandler;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;

/** A link whose other end is the test: frames to receive are put in, frames sent are taken out. One thread. */
final class MemoryLink implements LinkEnd {
    static final MacAddress ADDRESS = MacAddress.parse("02:00:00:00:00:01");

    private final MemorySegment sending = Arena.ofAuto().allocate(70_000);
    private final FrameBuffer buffer = new FrameBuffer();
    private final Queue<byte[]> arriving = new ArrayDeque<>();
    private final LinkCounters counters = new LinkCounters();
    private final int mtuBytes;
    final List<byte[]> sent = new ArrayList<>();
    boolean full;

    /** Whether frames were sent whose receiver has not been told. */
    boolean untold;

    /** Frames begun and neither sent nor released. */
    int begun;

    MemoryLink(int mtuBytes) {
        this.mtuBytes = mtuBytes;
    }

    void arrive(byte[] frame) {
        arriving.add(frame);
    }

    @Override
    public MacAddress address() {
        return ADDRESS;
    }

    @Override
    public int mtuBytes() {
        return mtuBytes;
    }

    @Override
    public boolean await(long timeoutNs) {
        return !arriving.isEmpty();
    }

    @Override
    public int poll(FrameHandler handler, int budget) {
        int polled = 0;
        while (polled < budget && !arriving.isEmpty()) {
            byte[] frame = arriving.remove();
            // An odd offset, so that nobody relies on alignment, and no byte after it, so that nobody reads on.
            byte[] memory = new byte[frame.length + 3];
            System.arraycopy(frame, 0, memory, 3, frame.length);
            handler.onFrame(MemorySegment.ofArray(memory), 3, frame.length);
            polled++;
        }
        return polled;
    }

    @Override
    public long keep(MemorySegment memory) {
        return NONE;
    }

    @Override
    public void giveBack(long loan) {
        throw new IllegalArgumentException("nothing was lent");
    }

    @Override
    public void onRecall(LongConsumer keeper) {
        // Nothing is lent.
    }

    @Override
    public void wakeUp() {
        // Nobody waits: the test calls poll itself.
    }

    @Override
    public LinkCounters counters() {
        return counters;
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (full) {
            return null;
        }
        begun++;
        buffer.memory = sending;
        buffer.offset = 5;
        buffer.length = lengthBytes;
        return buffer;
    }

    @Override
    public void transmit(FrameBuffer frame) {
        transmitMore(frame);
        flush();
    }

    @Override
    public void transmitMore(FrameBuffer frame) {
        release(frame);
        sent.add(frame.memory.asSlice(frame.offset, frame.length).toArray(ValueLayout.JAVA_BYTE));
        counters.count(LinkCounter.FRAMES_SENT);
        untold = true;
    }

    @Override
    public void flush() {
        if (untold) {
            untold = false;
            counters.count(LinkCounter.DOORBELLS);
        }
    }

    @Override
    public void release(FrameBuffer frame) {
        begun--;
    }

    @Override
    public void close() {
        arriving.clear();
    }
}
