package org.machbed.server.driver;

import java.lang.foreign.MemorySegment;

/** Takes the frames that come from the driver. */
@FunctionalInterface
public interface FrameSink {
    /**
     * Takes one frame.
     *
     * @param offset where its Ethernet header starts in {@code memory}, in bytes
     * @param lengthBytes bytes of the frame, Ethernet header included
     * @param owner to whom the sink gives the memory back, once, now or later
     * @param cookie names the frame to its owner
     */
    void onFrame(MemorySegment memory, long offset, int lengthBytes, FrameOwner owner, long cookie);
}
