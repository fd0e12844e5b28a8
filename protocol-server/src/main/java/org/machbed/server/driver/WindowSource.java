package org.machbed.server.driver;

import org.machbed.ipc.window.BufferPools;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowConsumer;
import org.machbed.ipc.window.WindowQueue;

/** The IN queue of a window (reynolds91): frames lie in the shared buffers until the server frees them. */
final class WindowSource implements FrameSource, FrameOwner {
    private final Window window;
    private final BufferPools pools;
    private final WindowConsumer consumer;
    private volatile boolean isStopped;

    WindowSource(Window window) {
        this.window = window;
        this.pools = window.pools();
        this.consumer = window.consumer();
    }

    @Override
    public void run(FrameSink sink) {
        while (!isStopped) {
            long descriptor = consumer.poll();
            if (descriptor == WindowQueue.NONE) {
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
            }
        }
    }

    @Override
    public boolean isLent() {
        return true;
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
