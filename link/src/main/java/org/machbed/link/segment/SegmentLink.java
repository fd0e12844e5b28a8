package org.machbed.link.segment;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.machbed.link.FrameHandler;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;

/** A station on a segment. */
@SuppressWarnings("DoNotCallSuggester")
public final class SegmentLink implements LinkEnd {
    /** The most stations on a segment. */
    public static final int MAXIMUM_STATIONS = 8;

    private SegmentLink() {}

    /**
     * Joins the segment in {@code directory}, and makes it, directory included, when this station is the first.
     *
     * @throws IOException when the station is there already, the segment is full or unlike {@code options}, or memory is short
     */
    public static SegmentLink join(Path directory, MacAddress address, int mtuBytes, SegmentOptions options)
            throws IOException {
        throw new IOException("not yet: " + directory + address + mtuBytes + options);
    }

    @Override
    public MacAddress address() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int mtuBytes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean await(long timeoutNs) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int poll(FrameHandler handler, int budget) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void wakeUp() {
        throw new UnsupportedOperationException();
    }

    @Override
    public LinkCounters counters() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void transmit(FrameBuffer frame) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void release(FrameBuffer frame) {
        throw new UnsupportedOperationException();
    }
}
