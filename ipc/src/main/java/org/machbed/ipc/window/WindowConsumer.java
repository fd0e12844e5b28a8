package org.machbed.ipc.window;

import org.machbed.ipc.doorbell.Doorbell;

/** The consumer's half of a queue's conditional-variable protocol (reynolds91, "Queues"). One thread at a time. */
public final class WindowConsumer {
    private final WindowQueue queue;
    private final Doorbell doorbell;
    private final WindowConfiguration configuration;
    private long refusedDescriptors;
    private long takenDescriptors;

    WindowConsumer(WindowQueue queue, Doorbell doorbell, WindowConfiguration configuration) {
        this.queue = queue;
        this.doorbell = doorbell;
        this.configuration = configuration;
    }

    /**
     * Dequeues a descriptor that names room in the window; others are counted and skipped, as many at a time as the queue holds, so
     * that who refills it with such keeps nobody here.
     *
     * @return a {@link Descriptor}, or {@link WindowQueue#NONE}; the buffer is now the caller's to free
     */
    public long poll() {
        for (int looked = 0; looked < configuration.queueDescriptors(); looked++) {
            long descriptor = take();
            if (descriptor == WindowQueue.NONE || Descriptor.valid(descriptor, configuration)) {
                return descriptor;
            }
            refusedDescriptors++;
        }
        return WindowQueue.NONE;
    }

    private long take() {
        long descriptor = queue.poll();
        if (descriptor != WindowQueue.NONE) {
            takenDescriptors++;
        }
        return descriptor;
    }

    /**
     * Becomes idle and waits for a device event, unless there is work.
     *
     * @param timeoutNs how long to wait at most; {@link Long#MAX_VALUE} for as long as it takes
     * @return false when the time was up; true may be spurious
     */
    public boolean await(long timeoutNs) {
        if (!queue.markIdleUnlessWork()) {
            return true;
        }
        boolean rung = doorbell.await(timeoutNs);
        queue.markBusy();
        return rung;
    }

    /**
     * Becomes idle without waiting: for a driver that is started by a trap or a message.
     *
     * @return false when work has come meanwhile and must be done first
     */
    public boolean becomeIdle() {
        return queue.markIdleUnlessWork();
    }

    /** Ends {@link #becomeIdle}. */
    public void becomeBusy() {
        queue.markBusy();
    }

    /** Makes a waiting {@link #await} return, from any thread. */
    public void wakeUp() {
        doorbell.ringOrDrop();
    }

    /** Whether the other side, or the memory, has damaged the queue: nothing will come out of it any more. */
    public boolean isBroken() {
        return queue.isBroken();
    }

    /** Descriptors taken from the queue since the start, those that named no room among them: to compare with what was put in. */
    public long takenDescriptors() {
        return takenDescriptors;
    }

    /** Descriptors from the other side that named no room in the window. */
    public long refusedDescriptors() {
        return refusedDescriptors;
    }
}
