package org.machbed.netstack.socket;

/** What all receive queues of a stack together may hold. */
final class QueueMemory {
    private final long limitBytes;
    private long reservedBytes;

    QueueMemory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    boolean reserve(int bytes) {
        if (reservedBytes + bytes > limitBytes) {
            return false;
        }
        reservedBytes += bytes;
        return true;
    }

    void release(int bytes) {
        reservedBytes -= bytes;
    }

    long reservedBytes() {
        return reservedBytes;
    }
}
