package org.machbed.ipc.window;

/**
 * One direction of a window: descriptors in order, and the condition that tells the producer that the consumer is idle
 * (reynolds91, "Queues"). One producer and one consumer, each a thread at a time.
 */
public interface WindowQueue extends AutoCloseable {
    /** What {@link #poll} answers when there is nothing. */
    long NONE = -1;

    /**
     * Producer: enqueues a descriptor, never waits.
     *
     * @return false when the queue is full or locked by the consumer: try again later or drop
     */
    boolean offer(long descriptor);

    /** Consumer: dequeues a descriptor, or {@link #NONE}; never waits. */
    long poll();

    /** Consumer: whether there is nothing to dequeue. */
    boolean isEmpty();

    /**
     * Consumer: says that it is idle, then looks for work that came between; if there is, it is not idle after all.
     *
     * @return true when idle: a device event will come with the next descriptor
     */
    boolean markIdleUnlessWork();

    /** Consumer: says that it works. */
    void markBusy();

    /** Producer: whether the consumer is idle and needs a device event. Ordered after a preceding {@link #offer}. */
    boolean consumerIdle();

    /** Producer: descriptors that the consumer has not dequeued, by its own word; very many once the queue is broken. */
    long outstanding();

    /** Whether the other side, or the memory, has damaged the queue: it takes and gives nothing any more. */
    boolean isBroken();

    @Override
    void close();
}
