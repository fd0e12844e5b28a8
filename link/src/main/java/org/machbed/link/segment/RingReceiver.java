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

    /**
     * What lies between the oldest frame that is kept and the next one is at most the ring by this: in the smallest ring the
     * longest frame then finds room wherever it begins.
     */
    private static final int MOST_KEPT_FRACTION = 4;

    private final SharedMemory file;
    private final MemorySegment memory;
    private final int capacity;

    /** Where the next record is. */
    private long next;

    /** What the sender was told: where the oldest record is whose frame is kept, otherwise {@link #next}. */
    private long head;

    private final KeptRecords kept = new KeptRecords();

    /** Whether the frame that {@link #peek} found is kept. */
    private boolean currentKept;

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
            long index = next & (capacity - 1);
            long record = Ring.DATA_OFFSET + index;
            int length = memory.get(ValueLayout.JAVA_INT, record);
            if (length != Ring.SKIP) {
                return judged(length, index, record);
            }
            // At most once: the next record is at the beginning of the data, and from there on SKIP is not plausible.
            long skipped = capacity - index;
            if (index == 0 || skipped > knownTail - next) {
                corrupt = true;
            } else {
                next += skipped;
                release();
            }
        }
        return NONE;
    }

    private boolean somethingWritten() {
        if (next != knownTail) {
            return true;
        }
        long tail = Ring.position(memory, Ring.TAIL_OFFSET);
        if (!Ring.plausible(tail, next, head + capacity)) {
            corrupt = true;
            return false;
        }
        knownTail = tail;
        return next != tail;
    }

    private int judged(int length, long index, long record) {
        if (length <= 0 || length > Ring.MAXIMUM_FRAME_BYTES) {
            corrupt = true;
            return NONE;
        }
        int bytes = Ring.recordBytes(length);
        // The due time is read only where a whole record lies within the data.
        corrupt = bytes > capacity - index || bytes > knownTail - next || !duePlausible(record);
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

    /** Passes the frame that {@link #peek} found; its room is the sender's again unless it is kept, or one before it. */
    void advance() {
        next += recordBytes;
        recordBytes = 0;
        currentKept = false;
        release();
    }

    /**
     * Keeps the frame that {@link #peek} found beyond {@link #advance}.
     *
     * @return its slot for {@link #giveBack}, or {@link KeptRecords#FULL}, also when it is kept already
     */
    int keep() {
        if (currentKept) {
            return KeptRecords.FULL;
        }
        int slot = kept.add(next);
        currentKept = slot != KeptRecords.FULL;
        return slot;
    }

    /** Ends the keeping of a frame. Any thread; the sender has its room after the receiver's next frame at the latest. */
    void giveBack(int slot) {
        kept.giveBack(slot);
    }

    private void release() {
        kept.reclaim();
        head = kept.isEmpty() ? next : kept.oldestStart();
        Ring.publishHead(memory, head);
    }

    /** Whether frames are kept that may not stay: so far behind that the longest frame could find no room. */
    boolean keepsTooMuch() {
        return next - head > capacity / MOST_KEPT_FRACTION;
    }

    /** Whether a frame is kept. */
    boolean keeps() {
        return !kept.isEmpty();
    }

    /** The slot of the oldest frame that is kept. */
    int oldestKept() {
        return kept.oldestSlot();
    }

    /** Takes the oldest frame back. */
    void takeBackOldest() {
        kept.giveBack(kept.oldestSlot());
        release();
    }

    @Override
    public void close() {
        file.close();
    }
}
