package org.machbed.ipc.window;

/** The producer's half of a queue's conditional-variable protocol (reynolds91, "Queues"). One thread at a time. */
public final class WindowProducer {
    private final WindowQueue queue;
    private final DeviceEvent event;
    private long fullQueues;

    WindowProducer(WindowQueue queue, DeviceEvent event) {
        this.queue = queue;
        this.event = event;
    }

    /**
     * Enqueues a descriptor and starts the consumer if it is idle.
     *
     * @return false when the queue is full; the buffer is then still the caller's
     */
    public boolean send(long descriptor) {
        if (!queue.offer(descriptor)) {
            fullQueues++;
            return false;
        }
        if (queue.consumerIdle()) {
            event.signal();
        }
        return true;
    }

    /** How often the queue was full. */
    public long fullQueues() {
        return fullQueues;
    }
}
