package org.machbed.link.segment;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.ipc.memory.SharedMemory;

/** The sending side of a {@link Ring}. Not thread-safe. No garbage. */
final class RingSender implements AutoCloseable {
    private static final long NO_ROOM = -1;

    private final SharedMemory file;
    private final MemorySegment memory;
    private final int capacity;

    /** Where the next record goes; what the receiver was told. */
    private long tail;

    /** The receiver's head as last seen: never beyond the real one. */
    private long knownHead;

    private boolean corrupt;

    RingSender(SharedMemory file, int capacity) {
        this.file = file;
        this.memory = file.segment();
        this.capacity = capacity;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Whether the receiver's side holds nonsense; nothing is sent then. */
    boolean corrupt() {
        return corrupt;
    }

    /**
     * Finds room for a frame.
     *
     * @return where in {@link #memory} the frame is to be written, or -1 when the ring is full or {@link #corrupt}
     */
    long room(int frameBytes) {
        long start = start(frameBytes);
        return start == NO_ROOM ? NO_ROOM : Ring.DATA_OFFSET + (start & (capacity - 1)) + Ring.FRAME_OFFSET;
    }

    /** The position of a record for the frame: at the tail, or at the beginning of the data when the end is too near. */
    private long start(int frameBytes) {
        int record = Ring.recordBytes(frameBytes);
        long toEnd = capacity - (tail & (capacity - 1));
        long start = toEnd < record ? tail + toEnd : tail;
        if (start + record - knownHead > capacity && !refreshHead()) {
            return NO_ROOM;
        }
        return start + record - knownHead > capacity ? NO_ROOM : start;
    }

    private boolean refreshHead() {
        long head = Ring.position(memory, Ring.HEAD_OFFSET);
        if (corrupt || !Ring.plausible(head, knownHead, tail)) {
            corrupt = true;
            return false;
        }
        knownHead = head;
        return true;
    }

    /** Sends the frame that was written where {@link #room} said for {@code roomBytes}, which may be more than the frame has. */
    void send(int roomBytes, int frameBytes, long dueNs) {
        long start = start(roomBytes);
        if (start == NO_ROOM) {
            throw new IllegalStateException("no room was found for this frame");
        }
        if (start != tail) {
            memory.set(ValueLayout.JAVA_INT, Ring.DATA_OFFSET + (tail & (capacity - 1)), Ring.SKIP);
        }
        long record = Ring.DATA_OFFSET + (start & (capacity - 1));
        memory.set(ValueLayout.JAVA_INT, record, frameBytes);
        memory.set(ValueLayout.JAVA_LONG, record + Ring.DUE_OFFSET, dueNs);
        tail = start + Ring.recordBytes(frameBytes);
        Ring.publishTail(memory, tail);
    }

    @Override
    public void close() {
        file.close();
    }
}
