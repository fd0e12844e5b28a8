package org.machbed.link;

import java.lang.foreign.MemorySegment;

/** Takes received frames. */
@FunctionalInterface
public interface FrameHandler {
    /**
     * A frame: {@code length} bytes of {@code memory} from {@code offset}, Ethernet header included, frame check sequence not.
     * It is valid during the call only, unless it is kept ({@link FrameLoans}). Another station may hold the same memory: what
     * was read and checked must not be read again and trusted.
     */
    void onFrame(MemorySegment memory, long offset, int length);
}
