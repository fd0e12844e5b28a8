package org.machbed.ipc.window;

/** The producer's half of a queue's conditional-variable protocol (reynolds91, "Queues"). One thread at a time. */
public final class WindowProducer {
    private final WindowQueue queue;
    private final DeviceEvent event;
    private long fullQueues;
    private long sentDescriptors;

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
        if (!put(descriptor)) {
            return false;
        }
        start();
        return true;
    }

    /**
     * Enqueues a descriptor of several, after which {@link #start} follows.
     *
     * @return false when the queue is full; the buffer is then still the caller's
     */
    public boolean put(long descriptor) {
        if (!queue.offer(descriptor)) {
            fullQueues++;
            return false;
        }
        sentDescriptors++;
        return true;
    }

    /** Starts the consumer if it is idle. */
    public void start() {
        if (queue.consumerIdle()) {
            event.signal();
        }
    }

    /** Descriptors put on the queue since the start. */
    public long sentDescriptors() {
        return sentDescriptors;
    }

    /** Of those, the ones that the consumer has not taken, by its own word; very many once the queue is broken. */
    public long outstandingDescriptors() {
        return queue.outstanding();
    }

    /** How often the queue was full. */
    public long fullQueues() {
        return fullQueues;
    }
}
