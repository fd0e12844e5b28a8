package org.machbed.server.driver;

import org.jspecify.annotations.Nullable;
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
final class WindowOutput implements FrameOutput {
    private final BufferPools pools;
    private final WindowProducer producer;
    private final DroppedFrames dropped;
    private final int maximumFrameBytes;
    private final FrameBuffer frame = new FrameBuffer();
    private boolean isLent;

    /** @param producer starts the driver when it is idle */
    WindowOutput(Window window, WindowProducer producer, int maximumFrameBytes, DroppedFrames dropped) {
        this.pools = window.pools();
        this.producer = producer;
        this.dropped = dropped;
        this.maximumFrameBytes = Math.min(maximumFrameBytes, pools.bufferBytes());
        frame.memory = window.memory();
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (isLent || lengthBytes > maximumFrameBytes) {
            return null;
        }
        int buffer = pools.allocate();
        if (buffer == BufferPools.NONE) {
            return null;
        }
        isLent = true;
        frame.offset = pools.offset(buffer);
        frame.length = lengthBytes;
        frame.cookie = buffer;
        return frame;
    }

    @Override
    public void transmit(FrameBuffer sent) {
        isLent = false;
        int buffer = (int) sent.cookie;
        if (!producer.send(Descriptor.pack(buffer, 0, sent.length))) {
            pools.free(buffer);
            dropped.dropped("the window's OUT queue is full");
        }
    }

    @Override
    public void release(FrameBuffer unsent) {
        isLent = false;
        pools.free((int) unsent.cookie);
    }
}
