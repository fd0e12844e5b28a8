package org.machbed.netstack.ethernet;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

/** Frames from our station to the link: room for one, then its header and away. */
public final class EthernetOutput {
    public static final int HEADER_BYTES = EthernetHeader.LENGTH_BYTES;

    private final FrameOutput link;
    private final long ourMac;
    private final StackCounters counters;

    public EthernetOutput(FrameOutput link, long ourMac, StackCounters counters) {
        this.link = link;
        this.ourMac = ourMac;
        this.counters = counters;
    }

    /** Room for a frame with {@code dataBytes} behind its header; {@code null}, and counted, when the link has none. */
    public @Nullable FrameBuffer allocate(int dataBytes) {
        FrameBuffer frame = link.allocate(EthernetHeader.LENGTH_BYTES + dataBytes);
        if (frame == null) {
            counters.count(StackCounter.DROP_OUTPUT_FULL);
        }
        return frame;
    }

    /** Heads the frame and sends it. */
    public void transmit(FrameBuffer frame, long destinationMac, int type) {
        EthernetHeader.write(frame.memory, frame.offset, destinationMac, ourMac, type);
        counters.count(StackCounter.FRAMES_SENT);
        link.transmit(frame);
    }

    public void release(FrameBuffer frame) {
        link.release(frame);
    }
}
