package org.machbed.server.driver;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.window.BufferPools;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowConsumer;
import org.machbed.ipc.window.WindowQueue;

/**
 * The IN queue of a window (reynolds91): frames lie in the shared buffers until the server frees them. When sockets keep so many
 * that few buffers are left, frames are lent no longer, so that their readers copy them: the driver needs buffers for everybody's
 * frames, those of ARP among them.
 */
final class WindowSource implements FrameSource, FrameOwner {
    /** Of this many buffers one is not for keeping. */
    private static final int BUFFERS_PER_SPARE = 4;

    private final Window window;
    private final BufferPools pools;
    private final int spareBuffers;
    private final WindowConsumer consumer;
    private final @Nullable TakenFrames taken;
    private volatile boolean isStopped;

    WindowSource(Window window) {
        this(window, null);
    }

    /** @param taken told how many descriptors have been dealt with, {@code null} where nobody asks */
    WindowSource(Window window, @Nullable TakenFrames taken) {
        this.window = window;
        this.taken = taken;
        this.pools = window.pools();
        this.consumer = window.consumer();
        this.spareBuffers = window.configuration().buffers() / BUFFERS_PER_SPARE;
    }

    @Override
    public void run(FrameSink sink) throws DriverException {
        while (!isStopped) {
            long descriptor = consumer.poll();
            if (descriptor == WindowQueue.NONE) {
                if (consumer.isBroken()) {
                    throw new DriverException("no more frames come through the window: its IN queue is broken");
                }
                // Descriptors that named no room were taken too.
                tellTaken();
                // There is time now for what the driver could not free.
                pools.freeDeferred();
                consumer.await(Long.MAX_VALUE);
            } else {
                sink.onFrame(
                        window.memory(),
                        window.frameOffset(descriptor),
                        Descriptor.lengthBytes(descriptor),
                        this,
                        Descriptor.buffer(descriptor));
                tellTaken();
            }
        }
    }

    private void tellTaken() {
        TakenFrames told = taken;
        if (told != null) {
            told.taken(consumer.takenDescriptors());
        }
    }

    @Override
    public boolean isLent() {
        return pools.freeBuffers() >= spareBuffers;
    }

    /** The whole buffer. */
    @Override
    public int keptBytes(int lengthBytes) {
        return pools.bufferBytes();
    }

    @Override
    public void free(long buffer) {
        pools.free((int) buffer);
    }

    @Override
    public void stop() {
        isStopped = true;
        consumer.wakeUp();
    }
}
