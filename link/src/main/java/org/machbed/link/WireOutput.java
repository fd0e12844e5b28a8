package org.machbed.link;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

/**
 * The wire as whoever sends sees it, with what crosses counted: frames, and what the link did for this frame and perhaps for
 * some that its decorators held back. One thread at a time.
 */
public final class WireOutput implements FrameOutput {
    private final LinkEnd link;
    private final Crossings crossings;
    private final LinkCounters wire;
    private long countedDoorbells;
    private long countedCopies;
    private long countedCopiedBytes;

    /** Sends on {@code link}, and counts in {@code crossings}. */
    public WireOutput(LinkEnd link, Crossings crossings) {
        this.link = link;
        this.crossings = crossings;
        this.wire = link.counters();
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        return link.allocate(lengthBytes);
    }

    @Override
    public void transmit(FrameBuffer frame) {
        link.transmit(frame);
        crossings.countExclusively(Crossing.FRAMES_SENT, 1);
        countWire();
    }

    /** Sends one of a train of frames, as {@link LinkEnd#transmitMore}. */
    public void transmitMore(FrameBuffer frame) {
        link.transmitMore(frame);
        crossings.countExclusively(Crossing.FRAMES_SENT, 1);
    }

    /** Ends a train of frames, as {@link LinkEnd#flush}. */
    public void flush() {
        link.flush();
        countWire();
    }

    @Override
    public void release(FrameBuffer frame) {
        link.release(frame);
    }

    private void countWire() {
        long doorbells = wire.get(LinkCounter.DOORBELLS);
        if (doorbells != countedDoorbells) {
            crossings.count(Crossing.DOORBELLS, doorbells - countedDoorbells);
            countedDoorbells = doorbells;
        }
        long copies = wire.get(LinkCounter.COPIES);
        if (copies != countedCopies) {
            long copiedBytes = wire.get(LinkCounter.COPIED_BYTES);
            crossings.count(Crossing.COPIES, copies - countedCopies);
            crossings.count(Crossing.COPIED_BYTES, copiedBytes - countedCopiedBytes);
            countedCopies = copies;
            countedCopiedBytes = copiedBytes;
        }
    }
}
