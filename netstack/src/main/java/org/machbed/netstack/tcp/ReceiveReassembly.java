package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.memory.BufferSource;

/**
 * What came and the application has not read: octets in order, from {@link #readSequence} to {@link #nextSequence}, and behind
 * them the ranges that came too early. Of octets that come twice the first ones stay, so that nobody can change what was
 * acknowledged. FIN's sequence number is the connection's to count. Memory grows with the content up to a limit; the number of
 * ranges is bounded too, since each costs more than the single octet that makes one. Guarded by the lock of the stack's owner.
 */
public final class ReceiveReassembly implements SackBlocks {
    /** There was no memory, or no room for another range: the octets are not kept, and the sender will send them again. */
    public static final int REFUSED = -1;

    private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

    private final ByteRing ring;
    private final SequenceRanges ranges = new SequenceRanges();
    private MemorySegment lent = NOTHING;
    private int limitBytes;
    private int read;
    private int next;

    /** Of the oldest octet that is lent, while the ring holds it. */
    private int lentFirst;

    private int duplicateLeft;

    /** Equal to {@link #duplicateLeft} while there is no duplicate to report. */
    private int duplicateRight;

    /**
     * @param limitBytes what it holds at most, up to 2<sup>30</sup>; with placed memory no more than that has, a power of two
     */
    public ReceiveReassembly(BufferSource source, int limitBytes) {
        this.ring = new ByteRing(source);
        this.limitBytes = limitBytes;
    }

    /** Begins anew and empty: the next octet to come has this sequence number (IRS + 1). */
    public void reset(int nextSequence) {
        read = nextSequence;
        next = nextSequence;
        ranges.clear();
        forgetDuplicate();
    }

    /**
     * Takes the data of a segment: what of them is new and within the limit.
     *
     * @return by how much {@link #nextSequence} advanced, 0 when all is a duplicate, outside or too early, or {@link #REFUSED}
     */
    public int insert(int sequence, MemorySegment from, long offset, int lengthBytes) {
        forgetDuplicate();
        int skip = Math.max(0, next - sequence);
        if (skip > 0 && lengthBytes > 0) {
            duplicateLeft = sequence;
            duplicateRight = SequenceNumber.min(next, sequence + lengthBytes);
        }
        int left = sequence + skip;
        int right = SequenceNumber.min(sequence + lengthBytes, first() + limitBytes);
        if (right - left <= 0) {
            return 0;
        }
        if (!ring.reserve(read, ranges.end(next) - read, right - first())) {
            right = SequenceNumber.min(right, first() + ring.bytes());
            if (right - left <= 0) {
                return REFUSED;
            }
        }
        if (left == next && ranges.isEmpty()) {
            ring.put(left, from, offset + skip, right - left);
            next = right;
            return right - left;
        }
        return fill(left, right, from, offset + skip);
    }

    private int fill(int left, int right, MemorySegment from, long offset) {
        int first = ranges.firstTouching(left);
        if (!ranges.hasRoomFor(first, left, right) && left != next) {
            return REFUSED;
        }
        int at = left;
        for (int i = first; i < ranges.count() && ranges.left(i) - right < 0; i++) {
            noteDuplicate(SequenceNumber.max(left, ranges.left(i)), SequenceNumber.min(right, ranges.right(i)));
            putGap(at, ranges.left(i), left, from, offset);
            at = SequenceNumber.max(at, ranges.right(i));
        }
        putGap(at, right, left, from, offset);
        if (left != next) {
            ranges.merge(first, left, right);
            return 0;
        }
        int before = next;
        next = ranges.absorb(first, right);
        return next - before;
    }

    private void putGap(int gapLeft, int gapRight, int left, MemorySegment from, long offset) {
        if (gapRight - gapLeft > 0) {
            ring.put(gapLeft, from, offset + (gapLeft - left), gapRight - gapLeft);
        }
    }

    /** RFC 2883 section 4: the first range of octets that came again is reported, and once. */
    private void noteDuplicate(int left, int right) {
        if (duplicateLeft == duplicateRight && right - left > 0) {
            duplicateLeft = left;
            duplicateRight = right;
        }
    }

    /** The duplicate was reported (RFC 2883 section 4 rule 2: once), or is not to be. */
    public void forgetDuplicate() {
        duplicateRight = duplicateLeft;
    }

    /** Sequence number of the octet that the application reads next. */
    public int readSequence() {
        return read;
    }

    /** RCV.NXT, but for FIN: of the first octet that did not come. */
    public int nextSequence() {
        return next;
    }

    /** What the application can read. */
    public int readableBytes() {
        return next - read;
    }

    /** How many octets wait for others that go before them. */
    public int outOfOrderBytes() {
        return ranges.bytes();
    }

    /** Whether something came too early: every segment is then acknowledged at once (RFC 5681 section 4.2). */
    public boolean hasGaps() {
        return !ranges.isEmpty();
    }

    public int limitBytes() {
        return limitBytes;
    }

    /** What is there stays, also beyond the new limit (SO_RCVBUF). */
    public void limitBytes(int limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** What may still come from {@link #nextSequence} on: the window to advertise, before silly window avoidance. */
    public int windowBytes() {
        return Math.max(0, limitBytes - occupiedBytes());
    }

    /** What is between the oldest octet that takes room, be it lent, and {@link #nextSequence}. */
    int occupiedBytes() {
        return next - first();
    }

    private int first() {
        return ring.isLentHere() ? lentFirst : read;
    }

    /**
     * Lends readable octets where they lie, as many as there are in one piece: they count as read, but keep their room until {@link
     * #endLoan}, or until the ring has moved and left them where they are.
     *
     * @return how many: 0 when there are none
     */
    int lend(int mostBytes) {
        int bytes = Math.min(mostBytes, readableRunBytes());
        if (bytes > 0) {
            lent = ring.memory().asSlice(ring.offsetOf(read), bytes);
            lentFirst = read;
            read += bytes;
            ring.lend();
        }
        return bytes;
    }

    /** What {@link #lend} has lent last. */
    MemorySegment lent() {
        return lent;
    }

    boolean hasLoan() {
        return ring.isLent();
    }

    /** What is lent holds up nothing any more of what comes, where nothing else is here. */
    void leaveLoan() {
        if (ring.isLentHere()) {
            trim();
        }
    }

    /** The octets that were lent are not used any more. */
    void endLoan() {
        lent = NOTHING;
        ring.endLoan();
    }

    /** Copies readable octets and forgets them; answers how many. */
    public int read(MemorySegment to, long offset, int roomBytes) {
        int bytes = peek(to, offset, roomBytes);
        read += bytes;
        return bytes;
    }

    /** Copies readable octets, which stay; answers how many. */
    public int peek(MemorySegment to, long offset, int roomBytes) {
        int bytes = Math.min(roomBytes, readableBytes());
        if (bytes > 0) {
            ring.get(read, to, offset, bytes);
        }
        return bytes;
    }

    /** Where readable octets lie, for a reader that takes them from there: {@link #readableRunBytes} in one piece. */
    public MemorySegment memory() {
        return ring.memory();
    }

    /** Where the first readable octet lies in {@link #memory}. */
    public long readableOffset() {
        return ring.bytes() == 0 ? 0 : ring.offsetOf(read);
    }

    public int readableRunBytes() {
        return Math.min(readableBytes(), ring.bytes() == 0 ? 0 : ring.runBytes(read));
    }

    /** Forgets readable octets that were taken from {@link #memory}. */
    public void consume(int bytes) {
        if (bytes < 0 || bytes > readableBytes()) {
            throw new IllegalArgumentException(bytes + " octets of " + readableBytes());
        }
        read += bytes;
    }

    /** Gives the memory back if it is empty, for instance when the connection falls idle. */
    public void trim() {
        if (readableBytes() == 0 && ranges.isEmpty()) {
            ring.release();
        }
    }

    /** Forgets everything and gives the memory back. */
    public void release() {
        reset(next);
        ring.release();
    }

    /** What it has taken of the budget. */
    public int memoryBytes() {
        return ring.bytes();
    }

    /**
     * Blocks to report: a duplicate first (RFC 2883), then the range that the last segment went to, then those before it (RFC 2018
     * section 4).
     */
    @Override
    public int sackBlocks() {
        return Math.min(TcpOptions.MAXIMUM_SACK_BLOCKS, duplicates() + ranges.count());
    }

    private int duplicates() {
        return duplicateLeft == duplicateRight ? 0 : 1;
    }

    @Override
    public int sackLeft(int index) {
        return index < duplicates() ? duplicateLeft : ranges.left(ranges.recent(index - duplicates()));
    }

    @Override
    public int sackRight(int index) {
        return index < duplicates() ? duplicateRight : ranges.right(ranges.recent(index - duplicates()));
    }

    /**
     * For a migration: begins anew with readable octets that another one had, also beyond the limit.
     *
     * @return whether there was memory for them; without, it is empty
     */
    boolean restore(int readSequence, MemorySegment from, long offset, int lengthBytes) {
        reset(readSequence);
        if (lengthBytes != 0 && !ring.reserveForRestored(lengthBytes)) {
            return false;
        }
        if (lengthBytes != 0) {
            ring.put(read, from, offset, lengthBytes);
            next = read + lengthBytes;
        }
        return true;
    }
}
