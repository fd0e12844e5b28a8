package org.machbed.link;

import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;

/**
 * Frames that stay where the link has them beyond the call that hands them over, as a driver passes its receive buffers up by
 * reference. What a link lends is bounded: it refuses when it can spare no more, and asks for the oldest frame back when the
 * memory behind it is needed. All loans end with the link.
 */
public interface FrameLoans {
    /** What {@link #keep} answers when the frame cannot stay. */
    long NONE = -1;

    /**
     * Keeps the frame that is being handed over. Only from within the handler's call, on its thread.
     *
     * @param memory what the handler was given
     * @return the loan for {@link #giveBack}, from 0 to less than the frames that the link can lend at a time, so that a keeper may
     *     index by it; {@link #NONE} when the frame is gone after the call, since it is kept already, does not lie in the link's
     *     memory, or the link can spare no more
     */
    long keep(MemorySegment memory);

    /**
     * Gives a frame back, once. By any thread; the caller sees to it that it comes after {@link #keep} and not during or after the
     * recall of the same loan.
     */
    void giveBack(long loan);

    /**
     * Who is told of loans that end: until the call returns the frame is there, afterwards the link has it back. It is called on
     * the thread that receives, outside of handlers, also for a loan that is being given back. Set it before the first frame.
     */
    void onRecall(LongConsumer keeper);

    /** Whether loans are ever recalled: what is not may be read by who knows nothing of recalls. */
    default boolean recalls() {
        return true;
    }
}
