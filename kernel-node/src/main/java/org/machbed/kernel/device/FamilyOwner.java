package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;

/** Who takes all the frames of a protocol family: the in-kernel stack, or a window. Called on the interrupt thread. */
public interface FamilyOwner {
    /**
     * Takes a frame that the family level found sound. The view is valid during the call only.
     *
     * @param offset where the Ethernet header starts in {@code memory}, in bytes
     * @param lengthBytes bytes of the frame, Ethernet header included
     */
    void onFamilyFrame(MemorySegment memory, long offset, int lengthBytes);

    /** How a refusal names this owner, for instance "the in-kernel stack". */
    String ownerName();
}
