package org.machbed.link.segment;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.machbed.link.LinkEnd;

/**
 * The layout of a ring: the frames on their way from one station to one other, in a file of their own. Positions count bytes
 * from the ring's beginning without ever wrapping; a position modulo the capacity is a place in the data.
 *
 * <pre>
 *    0  tail: where the sender will write next      (written by the sender only)
 *   64  head: where the receiver will read next     (written by the receiver only)
 *  128  data, {@code capacity} bytes: records one after another, each at a multiple of 8
 *
 *  record:  0  length of the frame in bytes, or SKIP: nothing more before the end of the data
 *           4  zero
 *           8  when the frame is due, in System.nanoTime; 0 for at once
 *          18  the frame, so that what follows its 14 bytes of Ethernet header is aligned
 * </pre>
 *
 * <p>Each side trusts only what it wrote itself. It keeps its own position in its own memory, and whatever it reads of the
 * other's it checks before use, having read it once: another station can spoil its own traffic, nothing else.
 */
final class Ring {
    static final long TAIL_OFFSET = 0;
    static final long HEAD_OFFSET = 64;
    static final long DATA_OFFSET = 128;

    static final int SKIP = -1;
    static final int ALIGNMENT = 8;
    static final int DUE_OFFSET = 8;
    static final int FRAME_OFFSET = 18;

    static final int MAXIMUM_FRAME_BYTES = LinkEnd.HEADER_BYTES + LinkEnd.MAXIMUM_MTU_BYTES;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private Ring() {}

    /** The file's size. */
    static long fileBytes(int capacityBytes) {
        return DATA_OFFSET + capacityBytes;
    }

    /** The room that a frame's record takes. */
    static int recordBytes(int frameBytes) {
        return (FRAME_OFFSET + frameBytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    static long position(MemorySegment memory, long offset) {
        return (long) LONG.getAcquire(memory, offset);
    }

    static void publishTail(MemorySegment memory, long tail) {
        LONG.setRelease(memory, TAIL_OFFSET, tail);
    }

    static void publishHead(MemorySegment memory, long head) {
        LONG.setRelease(memory, HEAD_OFFSET, head);
    }

    /** Whether a position that the other side wrote can be one: between the bounds, and where a record may begin. */
    static boolean plausible(long position, long least, long most) {
        return position >= least && position <= most && (position & (ALIGNMENT - 1)) == 0;
    }
}
