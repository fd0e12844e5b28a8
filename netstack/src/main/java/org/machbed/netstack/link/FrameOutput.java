package org.machbed.netstack.link;

import org.jspecify.annotations.Nullable;

/** The way down from the stack: a driver in the same domain, a device message or trap, or a window's OUT queue. */
public interface FrameOutput {
    /**
     * Lends room for a frame of {@code lengthBytes}, so that the stack composes it where it will be sent from.
     *
     * @return the room, or {@code null} when there is none now: the packet is dropped and counted by the caller
     */
    @Nullable
    FrameBuffer allocate(int lengthBytes);

    /** Sends the frame and takes its room back. */
    void transmit(FrameBuffer frame);

    /** Takes the room back unsent. */
    void release(FrameBuffer frame);
}
