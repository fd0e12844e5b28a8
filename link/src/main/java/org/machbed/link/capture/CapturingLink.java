package org.machbed.link.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.machbed.link.FrameHandler;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkDecorator;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.link.FrameBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what a station sends, as it is given to the link, and what it receives, as it is given to the driver. When the file can
 * take no more (its limit, a full disk) the link goes on without: the frames that are missing are counted, the
 * first is logged.
 */
public final class CapturingLink extends LinkDecorator {
    private static final Logger LOG = LoggerFactory.getLogger(CapturingLink.class);

    private final PcapngWriter writer;
    private final FrameHandler recorder = this::received;

    /** The handler of the poll under way; set anew by each poll. */
    private FrameHandler handler = (memory, offset, length) -> {};

    private volatile boolean failed;

    /** Captures {@code link} into {@code writer}, which is closed with it. */
    public CapturingLink(LinkEnd link, PcapngWriter writer) {
        super(link);
        this.writer = writer;
    }

    @Override
    public void transmit(FrameBuffer frame) {
        // Before it is sent: afterwards its room is the receiver's.
        record(PcapngWriter.OUTBOUND, frame.memory, frame.offset, frame.length);
        super.transmit(frame);
    }

    @Override
    public int poll(FrameHandler handler, int budget) {
        this.handler = handler;
        return super.poll(recorder, budget);
    }

    private void received(MemorySegment memory, long offset, int length) {
        record(PcapngWriter.INBOUND, memory, offset, length);
        handler.onFrame(memory, offset, length);
    }

    private void record(int direction, MemorySegment memory, long offset, int length) {
        synchronized (writer) {
            boolean recorded = false;
            if (!failed) {
                try {
                    recorded = writer.write(direction, memory, offset, length);
                    if (!recorded && counters().get(LinkCounter.CAPTURE_DROPPED) == 0) {
                        LOG.warn("the capture is full: frames from here on are not in it");
                    }
                } catch (IOException e) {
                    fail(e);
                }
            }
            counters().count(recorded ? LinkCounter.CAPTURED : LinkCounter.CAPTURE_DROPPED);
        }
    }

    /** Writes out what was recorded before it waits, so that the file is as good as complete whenever nothing happens. */
    @Override
    public boolean await(long timeoutNs) {
        if (!failed) {
            try {
                writer.flush();
            } catch (IOException e) {
                fail(e);
            }
        }
        return super.await(timeoutNs);
    }

    private void fail(IOException e) {
        failed = true;
        LOG.warn("the capture cannot be written: frames from here on are not in it", e);
    }

    @Override
    public void close() {
        super.close();
        try {
            writer.close();
        } catch (IOException e) {
            fail(e);
        }
    }
}
