package org.machbed.netstack.memory;

/** What all queues or buffers of a kind together may hold. Guarded by the lock of the stack's owner. */
public final class MemoryBudget {
    private final long limitBytes;
    private long reservedBytes;

    public MemoryBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes a part of it; answers {@code false}, and takes nothing, when less is left. */
    public boolean reserve(int bytes) {
        if (reservedBytes + bytes > limitBytes) {
            return false;
        }
        reservedBytes += bytes;
        return true;
    }

    /** Gives back what {@link #reserve} took. */
    public void release(int bytes) {
        reservedBytes -= bytes;
    }

    /** What is taken now. */
    public long reservedBytes() {
        return reservedBytes;
    }
}
