package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.memory.BufferSource;

/**
 * A ring of bytes with a power of two of them, in which the octet of each sequence number has its place, whatever came before:
 * its number modulo the ring's size. It has no memory until the first octets, and doubles when they do not fit any more.
 *
 * <p>A part of its memory may be lent to the connection's user. That memory is given back only when the loan has ended too, wherever the
 * ring is by then, and even if it is nowhere any more.
 */
final class ByteRing {
    private static final MemorySegment EMPTY = MemorySegment.ofArray(new byte[0]);

    private final BufferSource source;
    private MemorySegment memory = EMPTY;
    private int bytes;

    /** Whether a part of the memory is lent. */
    private boolean lent;

    /** The memory of the loan once the ring has left it. */
    private @Nullable MemorySegment left;

    ByteRing(BufferSource source) {
        this.source = source;
    }

    /** Its size now: 0 or a power of two. */
    int bytes() {
        return bytes;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Where the octet of a sequence number lies in {@link #memory}. */
    int offsetOf(int sequence) {
        return sequence & (bytes - 1);
    }

    /**
     * Makes room for all octets from {@code first} to {@code first + wantedBytes}.
     *
     * @param usedBytes how many octets from {@code first} on to keep
     * @return whether there is room
     */
    boolean reserve(int first, int usedBytes, int wantedBytes) {
        return wantedBytes <= bytes || grow(first, usedBytes, wantedBytes);
    }

    /** Makes room in an empty ring for octets that a migration brings, beyond the budget if need be; answers whether there is. */
    boolean reserveForRestored(int wantedBytes) {
        int size = Math.max(source.smallestBytes(), Integer.highestOneBit(wantedBytes - 1) << 1);
        MemorySegment taken = source.takeForRestored(size);
        if (taken != null) {
            memory = taken;
            bytes = size;
        }
        return taken != null;
    }

    private boolean grow(int first, int usedBytes, int wantedBytes) {
        int size = Math.max(source.smallestBytes(), Integer.highestOneBit(wantedBytes - 1) << 1);
        MemorySegment larger = bytes == 0 ? source.take(size) : grown(first, usedBytes, size);
        while (larger == null && bytes == 0 && size > source.smallestBytes()) { // little is better than nothing
            size = Math.max(source.smallestBytes(), size >> 1);
            larger = source.take(size);
        }
        if (larger == null) {
            return false;
        }
        memory = larger;
        bytes = size;
        return wantedBytes <= size;
    }

    private @Nullable MemorySegment grown(int first, int usedBytes, int size) {
        MemorySegment larger = source.take(size);
        if (larger != null) {
            int from = offsetOf(first);
            int to = first & (size - 1);
            int done = 0;
            while (done < usedBytes) {
                int run = Math.min(usedBytes - done, Math.min(bytes - from, size - to));
                MemorySegment.copy(memory, from, larger, to, run);
                done += run;
                from = (from + run) & (bytes - 1);
                to = (to + run) & (size - 1);
            }
            leave();
        }
        return larger;
    }

    /** Stores octets, around the ring's end if need be; there is room for them. */
    void put(int sequence, MemorySegment from, long offset, int lengthBytes) {
        int at = offsetOf(sequence);
        int run = Math.min(lengthBytes, bytes - at);
        MemorySegment.copy(from, offset, memory, at, run);
        if (run < lengthBytes) {
            MemorySegment.copy(from, offset + run, memory, 0, lengthBytes - run);
        }
    }

    /** Copies octets out. */
    void get(int sequence, MemorySegment to, long offset, int lengthBytes) {
        int at = offsetOf(sequence);
        int run = Math.min(lengthBytes, bytes - at);
        MemorySegment.copy(memory, at, to, offset, run);
        if (run < lengthBytes) {
            MemorySegment.copy(memory, 0, to, offset + run, lengthBytes - run);
        }
    }

    /** How many octets lie in one piece from this one on. */
    int runBytes(int sequence) {
        return bytes - offsetOf(sequence);
    }

    /** Gives its memory back, and what is in it up. */
    void release() {
        if (bytes != 0) {
            leave();
            memory = EMPTY;
            bytes = 0;
        }
    }

    private void leave() {
        if (isLentHere()) {
            left = memory;
        } else {
            source.giveBack(memory);
        }
    }

    /** Lends a part of the memory, one at a time. */
    void lend() {
        lent = true;
    }

    /** Whether a part of its memory is lent, or of one that it has left. */
    boolean isLent() {
        return lent;
    }

    /** Whether what is lent is a part of the memory that it has now. */
    boolean isLentHere() {
        return lent && left == null;
    }

    /** What was lent is back. */
    void endLoan() {
        MemorySegment over = left;
        lent = false;
        left = null;
        if (over != null) {
            source.giveBack(over);
        }
    }
}
