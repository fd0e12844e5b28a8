package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.memory.MemoryBudget;

/**
 * Frames of a session that is on its way here, kept until it has arrived and then taken in, in the order in which they came. Bounded
 * in frames and octets: what finds no room is dropped, as a full link would, and the peer sends it again. For whoever receives a
 * migration, be it server or library. Guarded by the lock of the stack's owner.
 */
public final class EarlyFrames {
    private final int mostFrames;
    private final int mostBytes;

    /** What all that are kept at once may take, where there is such a bound. */
    private final @Nullable MemoryBudget memory;

    private final ArrayDeque<byte[]> frames = new ArrayDeque<>();
    private int bytes;
    private long dropped;

    /** Nothing kept yet. */
    public EarlyFrames(int mostFrames, int mostBytes) {
        this(mostFrames, mostBytes, null);
    }

    /**
     * The same of one session among several.
     *
     * @param memory what the frames of all may take together
     */
    public EarlyFrames(int mostFrames, int mostBytes, @Nullable MemoryBudget memory) {
        this.mostFrames = mostFrames;
        this.mostBytes = mostBytes;
        this.memory = memory;
    }

    /** Keeps a copy of a frame; answers whether there was room. */
    public boolean keep(MemorySegment from, long offset, int lengthBytes) {
        if (frames.size() == mostFrames
                || lengthBytes > mostBytes - bytes
                || (memory != null && !memory.reserve(lengthBytes))) {
            dropped++;
            return false;
        }
        byte[] copy = new byte[lengthBytes];
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, copy, 0, lengthBytes);
        frames.add(copy);
        bytes += lengthBytes;
        return true;
    }

    /**
     * Hands over what is kept, oldest first, and forgets it. More may be kept meanwhile, which follows.
     *
     * @param consumer is given each in memory that is valid during its call
     */
    public <T> void replay(T target, SessionConsumer<? super T> consumer) {
        for (byte[] frame = frames.poll(); frame != null; frame = frames.poll()) {
            forget(frame.length);
            consumer.onFrame(target, MemorySegment.ofArray(frame), 0, frame.length);
        }
    }

    /** Throws away what is kept. */
    public void clear() {
        for (byte[] frame = frames.poll(); frame != null; frame = frames.poll()) {
            forget(frame.length);
        }
    }

    private void forget(int lengthBytes) {
        bytes -= lengthBytes;
        if (memory != null) {
            memory.release(lengthBytes);
        }
    }

    /** Frames kept now. */
    public int size() {
        return frames.size();
    }

    /** Octets kept now. */
    public int bytes() {
        return bytes;
    }

    /** Frames that found no room. */
    public long dropped() {
        return dropped;
    }
}
