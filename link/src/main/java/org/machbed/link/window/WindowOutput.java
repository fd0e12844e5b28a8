package org.machbed.link.window;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.window.BufferMagazine;
import org.machbed.ipc.window.BufferPools;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowProducer;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

/**
 * The OUT queue of a window (reynolds91): the stack composes the frame in a buffer shared with the driver, and only a driver that
 * is idle is started, by a trap. Guarded by the lock of the stack's owner. No garbage per frame.
 */
public final class WindowOutput implements FrameOutput {
    /** Of this many buffers one may be room that an application composes in. */
    private static final int BUFFERS_PER_ROOM = 8;

    private final BufferPools pools;
    private final WindowProducer producer;
    private final Consumer<String> dropped;
    private final int maximumFrameBytes;
    private final FrameBuffer frame = new FrameBuffer();
    private boolean isLent;

    /** How many rooms {@link #lend} may have lent at a time. */
    private final int mostRooms;

    private int rooms;

    /** Descriptors of frames that are held back; of no room where none are. */
    private long[] held = {};

    private int heldCount;

    /** Where buffers come from while frames are held back. */
    private @Nullable BufferMagazine buffers;

    /**
     * @param producer starts the driver when it is idle
     * @param maximumFrameBytes with the Ethernet header
     * @param dropped told why a frame was dropped
     */
    public WindowOutput(Window window, WindowProducer producer, int maximumFrameBytes, Consumer<String> dropped) {
        this.pools = window.pools();
        this.producer = producer;
        this.dropped = dropped;
        this.maximumFrameBytes = Math.min(maximumFrameBytes, pools.bufferBytes());
        frame.memory = window.memory();
        mostRooms = Math.max(1, window.configuration().buffers() / BUFFERS_PER_ROOM);
    }

    /**
     * From now on frames are held back until {@link #flush}, up to {@code most} of them.
     *
     * @param magazine where their buffers are to come from; guarded by the same lock, and unloaded by its owner
     */
    public void holdBack(int most, BufferMagazine magazine) {
        held = new long[most];
        buffers = magazine;
    }

    /** Sends what is held back, for which the driver is started once. */
    public void flush() {
        if (heldCount == 0) {
            return;
        }
        for (int i = 0; i < heldCount; i++) {
            if (!producer.put(held[i])) {
                drop(held[i]);
            }
        }
        heldCount = 0;
        producer.start();
    }

    private void drop(long descriptor) {
        pools.free(Descriptor.buffer(descriptor));
        dropped.accept("the window's OUT queue is full");
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (isLent || (heldCount == held.length && heldCount > 0) || lengthBytes > maximumFrameBytes) {
            return null;
        }
        int buffer = buffers == null ? pools.allocate() : buffers.allocate();
        if (buffer == BufferPools.NONE) {
            return null;
        }
        isLent = true;
        frame.offset = pools.offset(buffer);
        frame.length = lengthBytes;
        frame.cookie = buffer;
        return frame;
    }

    /** How many rooms may be lent at a time. */
    public int mostRooms() {
        return mostRooms;
    }

    /** Lends room beyond the call, as {@link org.machbed.link.LinkEnd#lendRoom}: bounded, so that others find buffers. */
    public boolean lend(FrameBuffer room) {
        int buffer = rooms == mostRooms ? BufferPools.NONE : pools.allocate();
        if (buffer == BufferPools.NONE) {
            return false;
        }
        rooms++;
        room.memory = frame.memory;
        room.offset = pools.offset(buffer);
        room.length = maximumFrameBytes;
        room.cookie = buffer;
        return true;
    }

    private void takeBack(FrameBuffer room) {
        if (room.equals(frame)) {
            isLent = false;
        } else {
            rooms--;
        }
    }

    @Override
    public void transmit(FrameBuffer sent) {
        takeBack(sent);
        long descriptor = Descriptor.pack((int) sent.cookie, 0, sent.length);
        if (heldCount < held.length) {
            held[heldCount++] = descriptor;
        } else if (!producer.send(descriptor)) {
            drop(descriptor);
        }
    }

    @Override
    public void release(FrameBuffer unsent) {
        takeBack(unsent);
        if (buffers == null) {
            pools.free((int) unsent.cookie);
        } else {
            buffers.free((int) unsent.cookie);
        }
    }
}
