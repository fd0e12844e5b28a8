package org.machbed.netstack.link;

import java.lang.foreign.MemorySegment;

/**
 * Room for one outgoing frame: {@code length} bytes of {@code memory} from {@code offset}. It is lent by a
 * {@link FrameOutput}, which reuses the object; between {@link FrameOutput#allocate} and {@link FrameOutput#transmit} or
 * {@link FrameOutput#release} it belongs to the stack, afterwards to the output again. Not thread-safe.
 */
public final class FrameBuffer {
    /** The memory that the frame lies in: the wire's, a window's, or the process's own. */
    public MemorySegment memory = MemorySegment.NULL;

    /** Where the frame starts in {@link #memory}, in bytes. */
    public long offset;

    /** Bytes of the frame, Ethernet header included, without frame check sequence. */
    public int length;

    /** The output's own mark (a slot or buffer number); the stack leaves it alone. */
    public long cookie;
}
