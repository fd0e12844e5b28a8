package org.machbed.netstack.socket;

/** What several receive queues together may hold, in bytes. Guarded by the lock of the stack's owner. */
public final class QueueMemory {
    private final long limitBytes;
    private long reservedBytes;

    public QueueMemory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes so many bytes if they are there; answers whether they are. */
    public boolean reserve(int bytes) {
        if (reservedBytes + bytes > limitBytes) {
            return false;
        }
        reservedBytes += bytes;
        return true;
    }

    /** Gives back what was taken. */
    public void release(int bytes) {
        reservedBytes -= bytes;
    }

    public long reservedBytes() {
        return reservedBytes;
    }
}
