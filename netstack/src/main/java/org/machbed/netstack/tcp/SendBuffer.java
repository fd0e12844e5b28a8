package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.memory.BufferSource;

/**
 * What the application wrote and the peer has not acknowledged: octets from {@link #firstSequence} (SND.UNA, but for SYN) to
 * {@link #endSequence}. What of it was sent is the connection's to know. It grows with its content up to a limit, and frees
 * nothing before it is asked to or empty connections would keep memory. Guarded by the lock of the stack's owner.
 */
public final class SendBuffer {
    private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

    private final ByteRing ring;
    private int limitBytes;
    private int first;
    private int usedBytes;
    private MemorySegment reserved = NOTHING;

    /**
     * @param limitBytes what it holds at most, up to 2<sup>30</sup>; with placed memory no more than that has, a power of two
     */
    public SendBuffer(BufferSource source, int limitBytes) {
        this.ring = new ByteRing(source);
        this.limitBytes = limitBytes;
    }

    /** Begins anew and empty: the next octet has this sequence number (ISS + 1). */
    public void reset(int firstSequence) {
        first = firstSequence;
        usedBytes = 0;
    }

    /** Sequence number of the oldest octet. */
    public int firstSequence() {
        return first;
    }

    /** Sequence number after the newest octet. */
    public int endSequence() {
        return first + usedBytes;
    }

    public int usedBytes() {
        return usedBytes;
    }

    public int limitBytes() {
        return limitBytes;
    }

    /** What is there stays, also beyond the new limit (SO_SNDBUF). */
    public void limitBytes(int limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** How much {@link #append} would take, as far as there is memory. */
    public int roomBytes() {
        return Math.max(0, limitBytes - usedBytes);
    }

    /** The same, without memory beyond what it has. */
    int roomInMemoryBytes() {
        return Math.max(0, Math.min(limitBytes, ring.bytes()) - usedBytes);
    }

    /** How many octets there are from this sequence number on. */
    public int bytesFrom(int sequence) {
        return endSequence() - sequence;
    }

    /** Takes memory for another octet at least, if it has none and may have; answers whether it has it, or may have no more. */
    boolean makeRoom() {
        return roomBytes() == 0 || ring.reserve(first, usedBytes, usedBytes + 1);
    }

    /**
     * Takes what an application writes.
     *
     * @return how much of it: less when the limit is reached, and 0 also when there is no memory
     */
    public int append(MemorySegment from, long offset, int lengthBytes) {
        int taken = Math.min(lengthBytes, roomBytes());
        if (!ring.reserve(first, usedBytes, usedBytes + taken)) {
            taken = Math.min(lengthBytes, ring.bytes() - usedBytes);
        }
        if (taken > 0) {
            ring.put(endSequence(), from, offset, taken);
            usedBytes += taken;
        }
        return taken;
    }

    /**
     * Reserves room behind the newest octet, in one piece, in which the application composes what follows. Nothing is appended until
     * {@link #endReservation}.
     *
     * @return how much of it: less where the limit or the ring's end is near, and 0 also when there is no memory
     */
    int reserve(int wantedBytes) {
        int room = Math.min(wantedBytes, roomBytes());
        if (!ring.reserve(first, usedBytes, usedBytes + room)) {
            room = Math.min(room, ring.bytes() - usedBytes);
        }
        if (room > 0) {
            room = Math.min(room, ring.runBytes(endSequence()));
            reserved = ring.memory().asSlice(ring.offsetOf(endSequence()), room);
            ring.lend();
        }
        return Math.max(0, room);
    }

    /** The room that {@link #reserve} has reserved last. */
    MemorySegment reserved() {
        return reserved;
    }

    boolean hasReservation() {
        return ring.isLent();
    }

    /** Whether what is composed in reserved room can become a part of the text: not when the buffer was released meanwhile. */
    boolean mayCommit() {
        return ring.isLentHere();
    }

    /** Takes the first octets of the reserved room as text. */
    void commit(int bytes) {
        if (bytes < 0 || bytes > reserved.byteSize()) {
            throw new IllegalArgumentException(bytes + " octets of " + reserved.byteSize() + " that were reserved");
        }
        usedBytes += bytes;
    }

    /** Nobody composes any more; what was not committed leaves no trace. */
    void endReservation() {
        reserved = NOTHING;
        ring.endLoan();
    }

    /** Copies octets that are in the buffer into a segment; they stay. */
    public void copyOut(int sequence, int lengthBytes, MemorySegment to, long offset) {
        int skip = sequence - first;
        if (skip < 0 || lengthBytes < 0 || skip + lengthBytes > usedBytes) {
            throw new IllegalArgumentException("octets " + skip + " to " + (skip + lengthBytes) + " of " + usedBytes);
        }
        if (lengthBytes > 0) {
            ring.get(sequence, to, offset, lengthBytes);
        }
    }

    /**
     * Forgets octets before a sequence number.
     *
     * @param sequence SND.UNA, or beyond the end when FIN is acknowledged too; what is not after {@link #firstSequence} changes
     *     nothing
     * @return how many octets
     */
    public int acknowledge(int sequence) {
        int acked = Math.min(Math.max(0, sequence - first), usedBytes);
        first += acked;
        usedBytes -= acked;
        return acked;
    }

    /** Gives the memory back if it is empty, for instance when the connection falls idle. */
    public void trim() {
        if (usedBytes == 0 && !ring.isLentHere()) {
            ring.release();
        }
    }

    /** Forgets everything and gives the memory back. */
    public void release() {
        usedBytes = 0;
        ring.release();
    }

    /** What it has taken of the budget. */
    public int memoryBytes() {
        return ring.bytes();
    }

    /**
     * For a migration: begins anew with octets that another buffer had, also beyond the limit.
     *
     * @return whether there was memory for them; without, it is empty
     */
    boolean restore(int firstSequence, MemorySegment from, long offset, int lengthBytes) {
        reset(firstSequence);
        if (lengthBytes != 0 && !ring.reserveForRestored(lengthBytes)) {
            return false;
        }
        if (lengthBytes != 0) {
            ring.put(first, from, offset, lengthBytes);
            usedBytes = lengthBytes;
        }
        return true;
    }

    /** Where its octets lie, each at its sequence number modulo {@link #memoryBytes}. */
    MemorySegment memory() {
        return ring.memory();
    }
}
