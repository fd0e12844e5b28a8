package org.machbed.link.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

/**
 * The sending side of an interface: frames are composed in buffers of its own, each with room for the offload header before it,
 * which stays all zeros: what we send is finished. Never blocks: what the kernel has no room for is dropped. Not thread-safe. No
 * garbage.
 */
final class InterfaceSender implements FrameOutput {
    /** Frames that may be lent at once. */
    static final int BUFFERS = 8;

    /** Where a frame starts in its buffer. */
    private static final int FRAME_OFFSET = 16;

    /** States of a buffer, in its cookie. */
    private static final long FREE = 0;

    private static final long LENT = 1;

    private final Attachment attachment;
    private final LinkCounters counters;
    private final SendFailures failures;
    private final SystemCalls calls;
    private final int maximumFrameBytes;
    private final FrameBuffer[] buffers = new FrameBuffer[BUFFERS];

    InterfaceSender(Arena arena, Attachment attachment, int mtuBytes, LinkCounters counters) {
        this.attachment = attachment;
        this.counters = counters;
        this.failures = new SendFailures(counters);
        this.calls = new SystemCalls(arena);
        this.maximumFrameBytes = LinkEnd.HEADER_BYTES + mtuBytes;
        for (int i = 0; i < BUFFERS; i++) {
            buffers[i] = new FrameBuffer();
            buffers[i].memory = arena.allocate(FRAME_OFFSET + (long) maximumFrameBytes, FRAME_OFFSET);
        }
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (lengthBytes <= 0 || lengthBytes > maximumFrameBytes) {
            counters.count(LinkCounter.DROPPED_OVERSIZE);
            return null;
        }
        for (FrameBuffer buffer : buffers) {
            if (buffer.cookie == FREE) {
                buffer.cookie = LENT;
                buffer.offset = FRAME_OFFSET;
                buffer.length = lengthBytes;
                return buffer;
            }
        }
        throw new IllegalStateException("more than " + BUFFERS + " frames are begun and neither sent nor released");
    }

    @Override
    public void transmit(FrameBuffer frame) {
        int length = frame.length;
        release(frame);
        if (length <= 0 || length > maximumFrameBytes) {
            throw new IllegalArgumentException("a frame of " + length + " bytes in room for " + maximumFrameBytes);
        }
        int paddedBytes = Math.max(length, LinkEnd.MINIMUM_FRAME_BYTES);
        for (int i = length; i < paddedBytes; i++) {
            frame.memory.set(ValueLayout.JAVA_BYTE, frame.offset + i, (byte) 0);
        }
        int headerBytes = attachment.headerBytes();
        long offset = frame.offset - headerBytes;
        long result;
        do {
            result = attachment.send(calls, frame.memory, offset, headerBytes + paddedBytes);
        } while (result == -Errno.EINTR);
        if (result >= 0) {
            counters.count(LinkCounter.FRAMES_SENT);
            counters.add(LinkCounter.BYTES_SENT, paddedBytes);
        } else {
            failures.count(attachment.title(), (int) -result);
        }
    }

    @Override
    public void release(FrameBuffer frame) {
        if (frame.cookie != LENT) {
            throw new IllegalArgumentException("the frame was not lent by this link, or sent or released before");
        }
        frame.cookie = FREE;
    }
}
