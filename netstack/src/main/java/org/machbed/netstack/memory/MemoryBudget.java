package org.machbed.netstack.memory;

import org.jspecify.annotations.Nullable;

/** What all queues or buffers of a kind together may hold. Guarded by the lock of the stack's owner. */
public final class MemoryBudget {
    private final long limitBytes;

    /** What it is a part of. */
    private final @Nullable MemoryBudget whole;

    private long reservedBytes;
    private long returns;

    public MemoryBudget(long limitBytes) {
        this(limitBytes, null);
    }

    private MemoryBudget(long limitBytes, @Nullable MemoryBudget whole) {
        this.limitBytes = limitBytes;
        this.whole = whole;
    }

    /** A part of this one for a purpose that may not use up all of it. */
    public MemoryBudget part(long bytes) {
        return new MemoryBudget(bytes, this);
    }

    /** Takes a part of it; answers {@code false}, and takes nothing, when less is left. */
    public boolean reserve(int bytes) {
        if (reservedBytes + bytes > limitBytes || (whole != null && !whole.reserve(bytes))) {
            return false;
        }
        reservedBytes += bytes;
        return true;
    }

    /** Takes a part of it even if less is left: for what is there already and only changes its place. */
    public void reserveBeyond(int bytes) {
        reservedBytes += bytes;
        if (whole != null) {
            whole.reserveBeyond(bytes);
        }
    }

    /** Takes back what {@link #reserve} took and was of no use. */
    void undo(int bytes) {
        reservedBytes -= bytes;
        if (whole != null) {
            whole.undo(bytes);
        }
    }

    /** What was given back before can be taken now. */
    public void onReturn() {
        returns++;
    }

    /** Gives back what {@link #reserve} took. */
    public void release(int bytes) {
        reservedBytes -= bytes;
        returns++;
        if (whole != null) {
            whole.release(bytes);
        }
    }

    /** How often something was given back. */
    public long returns() {
        return returns;
    }

    /** What is taken now. */
    public long reservedBytes() {
        return reservedBytes;
    }
}
