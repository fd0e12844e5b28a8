package org.machbed.link.segment;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.ipc.memory.SharedMemory;

/** The receiving side of a {@link Ring}. Not thread-safe. No garbage. */
final class RingReceiver implements AutoCloseable {
    /** What {@link #peek} answers when there is no frame. */
    static final int NONE = 0;

    /** A due time further away than this is nonsense. */
    static final long MOST_AHEAD_NS = 60_000_000_000L;

    private final SharedMemory file;
    private final MemorySegment memory;
    private final int capacity;

    /** Where the next record is; what the sender was told. */
    private long head;

    /** The sender's tail as last seen: never beyond the real one. */
    private long knownTail;

    private long frameOffset;
    private long dueNs;
    private int recordBytes;
    private boolean corrupt;
    private boolean reported;

    RingReceiver(SharedMemory file, int capacity) {
        this.file = file;
        this.memory = file.segment();
        this.capacity = capacity;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Whether the sender's side holds nonsense; nothing is received then, so that it cannot keep the receiver busy. */
    boolean corrupt() {
        return corrupt;
    }

    /** Says once that {@link #corrupt} has become true. */
    boolean newlyCorrupt() {
        boolean news = corrupt && !reported;
        reported |= corrupt;
        return news;
    }

    /** Where in {@link #memory} the frame that {@link #peek} found begins. */
    long frameOffset() {
        return frameOffset;
    }

    /** When the frame that {@link #peek} found is due, in {@link System#nanoTime}; 0 for at once. */
    long dueNs() {
        return dueNs;
    }

    /** Looks at the next frame and leaves it there; answers its length in bytes, or {@link #NONE}. */
    int peek() {
        while (!corrupt && somethingWritten()) {
            long index = head & (capacity - 1);
            long record = Ring.DATA_OFFSET + index;
            int length = memory.get(ValueLayout.JAVA_INT, record);
            if (length != Ring.SKIP) {
                return judged(length, index, record);
            }
            // At most once: the next record is at the beginning of the data, and from there on SKIP is not plausible.
            long skipped = capacity - index;
            if (index == 0 || skipped > knownTail - head) {
                corrupt = true;
            } else {
                head += skipped;
                Ring.publishHead(memory, head);
            }
        }
        return NONE;
    }

    private boolean somethingWritten() {
        if (head != knownTail) {
            return true;
        }
        long tail = Ring.position(memory, Ring.TAIL_OFFSET);
        if (!Ring.plausible(tail, head, head + capacity)) {
            corrupt = true;
            return false;
        }
        knownTail = tail;
        return head != tail;
    }

    private int judged(int length, long index, long record) {
        if (length <= 0 || length > Ring.MAXIMUM_FRAME_BYTES) {
            corrupt = true;
            return NONE;
        }
        int bytes = Ring.recordBytes(length);
        // The due time is read only where a whole record lies within the data.
        corrupt = bytes > capacity - index || bytes > knownTail - head || !duePlausible(record);
        if (corrupt) {
            return NONE;
        }
        recordBytes = bytes;
        frameOffset = record + Ring.FRAME_OFFSET;
        return length;
    }

    private boolean duePlausible(long record) {
        dueNs = memory.get(ValueLayout.JAVA_LONG, record + Ring.DUE_OFFSET);
        return dueNs == 0 || dueNs - System.nanoTime() <= MOST_AHEAD_NS;
    }

    /** Gives the room of the frame that {@link #peek} found back to the sender. */
    void advance() {
        head += recordBytes;
        recordBytes = 0;
        Ring.publishHead(memory, head);
    }

    @Override
    public void close() {
        file.close();
    }
}
