package org.machbed.ipc.window;

import java.nio.file.Path;

/** TODO */
final class ChronicleWindowQueue implements WindowQueue {
    ChronicleWindowQueue(Path path, QueueControl control, int capacity, boolean producer) {}

    @Override
    public boolean offer(long descriptor) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long poll() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isEmpty() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean markIdleUnlessWork() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void markBusy() {}

    @Override
    public boolean consumerIdle() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
