package org.machbed.server.driver;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.EtherDriver;
import org.machbed.link.FrameHandler;
import org.machbed.link.LinkEnd;
import org.machbed.link.LinkSpecification;
import org.machbed.link.WireOutput;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameOutput;

/**
 * The server as its own driver (forin91, maeda92 table 2 "mapped driver"): the link end is in this process, sending is a
 * procedure call, and the source's thread takes the interrupts. Frames received are gone after the call, because they lie
 * in the wire's ring.
 */
final class LinkDriver implements Driver, FrameSource, FrameHandler {
    private final LinkEnd link;
    private final EtherDriver interrupts;
    private final Crossings crossings;
    private final WireOutput output;
    private @Nullable FrameSink sink;

    private LinkDriver(LinkEnd link, Crossings crossings) {
        this.link = link;
        this.crossings = crossings;
        output = new WireOutput(link, crossings);
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
        return output;
    }

    @Override
    public FrameSource source() {
        return this;
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
            crossings.countExclusively(Crossing.FRAMES_RECEIVED, 1);
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
