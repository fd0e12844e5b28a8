package org.machbed.server.driver;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.EtherDriver;
import org.machbed.link.FrameHandler;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.link.LinkSpecification;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

/**
 * The server as its own driver (forin91, maeda92 table 2 "mapped driver"): the link end is in this process, sending is a
 * procedure call, and the source's thread takes the interrupts. Frames received are gone after the call, because they lie
 * in the wire's ring.
 */
final class LinkDriver implements Driver, FrameSource, FrameOutput, FrameHandler {
    private final LinkEnd link;
    private final EtherDriver interrupts;
    private final Crossings crossings;
    private final LinkCounters wire;
    private long countedDoorbells;
    private long countedCopies;
    private long countedCopiedBytes;
    private @Nullable FrameSink sink;

    private LinkDriver(LinkEnd link, Crossings crossings) {
        this.link = link;
        wire = link.counters();
        this.crossings = crossings;
        interrupts = new EtherDriver(link, this);
    }

    static LinkDriver open(
            LinkSpecification wire, MacAddress address, int mtuBytes, @Nullable Path capture, Crossings crossings)
            throws DriverException {
        try {
            return new LinkDriver(wire.open(address, mtuBytes, capture), crossings);
        } catch (IOException e) {
            throw new DriverException("cannot join the wire: " + e.getMessage(), e);
        }
    }

    @Override
    public MacAddress address() {
        return link.address();
    }

    @Override
    public int mtuBytes() {
        return link.mtuBytes();
    }

    @Override
    public FrameOutput output() {
        return this;
    }

    @Override
    public FrameSource source() {
        return this;
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        return link.allocate(lengthBytes);
    }

    @Override
    public void transmit(FrameBuffer frame) {
        link.transmit(frame);
        crossings.count(Crossing.FRAMES_SENT);
        countWire();
    }

    /** What the link did for this frame, and perhaps for some that its decorators held back. */
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

    @Override
    public void release(FrameBuffer frame) {
        link.release(frame);
    }

    @Override
    public void run(FrameSink receiver) {
        sink = receiver;
        interrupts.runInterruptLoop();
    }

    /** The family level: everything that the device level passed goes up. */
    @Override
    public void onFrame(MemorySegment memory, long offset, int length) {
        FrameSink receiver = sink;
        if (receiver != null) {
            crossings.count(Crossing.FRAMES_RECEIVED);
            receiver.onFrame(memory, offset, length, FrameOwner.TRANSIENT, 0);
        }
    }

    @Override
    public void stop() {
        interrupts.stop();
    }

    /** The thread in {@link #run} must have ended, or never have begun. */
    @Override
    public void close() {
        stop();
        link.close();
    }
}
