package org.machbed.link.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Checksum;

/**
 * What one read of an {@link Attachment} brought, as the frames that the wire would have carried: cut to the MTU that their sender
 * saw, with real checksums, padded to the shortest frame. One thread. No garbage.
 */
final class OffloadedFrames {
    /** What {@link #next} answers when nothing is left. */
    static final int NONE = 0;

    private static final int LONGEST_FRAME_BYTES = LinkEnd.HEADER_BYTES + LinkEnd.MAXIMUM_MTU_BYTES;

    private final LinkCounters counters;
    private final int headerBytes;
    private final MemorySegment raw;
    private final MemorySegment segment;
    private final Segmenter segmenter;

    /** Where the frame that {@link #next} found lies. */
    private MemorySegment memory;

    private long offset;

    /** Bytes of a frame in {@link #raw} that is whole and not yet given, 0 when there is none. */
    private int wholeBytes;

    private boolean cutting;

    OffloadedFrames(Arena arena, int headerBytes, LinkCounters counters) {
        this.counters = counters;
        this.headerBytes = headerBytes;
        // One byte more than the longest frame: a read that fills it was cut off.
        this.raw = arena.allocate(headerBytes + LONGEST_FRAME_BYTES + 1L, Long.BYTES);
        this.segment = arena.allocate(headerBytes == 0 ? 0 : LONGEST_FRAME_BYTES, Long.BYTES);
        this.segmenter = new Segmenter(segment);
        this.memory = raw;
    }

    /** Where to read to, as much as fits. */
    MemorySegment room() {
        return raw;
    }

    MemorySegment memory() {
        return memory;
    }

    long offset() {
        return offset;
    }

    /** Whether {@link #next} may still find a frame. */
    boolean pending() {
        return wholeBytes != 0 || cutting;
    }

    /** Takes what a read left in {@link #room}, after {@link #next} has given all before it. */
    void take(int readBytes) {
        int frameBytes = readBytes - headerBytes;
        boolean usable = frameBytes >= LinkEnd.HEADER_BYTES && readBytes < raw.byteSize() && finish(frameBytes);
        if (!usable) {
            counters.count(LinkCounter.UNUSABLE_FRAMES);
        }
    }

    private boolean finish(int frameBytes) {
        if (headerBytes == 0) {
            wholeBytes = frameBytes;
            return true;
        }
        int segmentation = OffloadHeader.segmentation(raw, 0);
        if (segmentation != OffloadHeader.WHOLE) {
            int segmentBytes = OffloadHeader.segmentBytes(raw, 0);
            cutting = segmenter.begin(raw, headerBytes, frameBytes, segmentation, segmentBytes);
            if (cutting) {
                counters.count(LinkCounter.FRAMES_SEGMENTED);
            }
            return cutting;
        }
        if (OffloadHeader.needsChecksum(raw, 0) && !completeChecksum(frameBytes)) {
            return false;
        }
        wholeBytes = frameBytes;
        return true;
    }

    private boolean completeChecksum(int frameBytes) {
        int start = OffloadHeader.checksumStart(raw, 0);
        int field = start + OffloadHeader.checksumOffset(raw, 0);
        if (start < LinkEnd.HEADER_BYTES || field + Short.BYTES > frameBytes) {
            return false;
        }
        // The field holds the pseudo-header's sum, so that the sum over all includes it.
        int sum = Checksum.sum(raw, headerBytes + (long) start, frameBytes - start);
        raw.set(BigEndian.SHORT, headerBytes + (long) field, transportChecksum(sum));
        counters.count(LinkCounter.CHECKSUMS_COMPLETED);
        return true;
    }

    /** The field for a sum: 0 means no checksum in UDP, and all ones mean the same as 0 everywhere (RFC 768). */
    static short transportChecksum(int sum) {
        int complement = Checksum.complement(sum);
        return (short) (complement == 0 ? 0xFFFF : complement);
    }

    /** Makes the next frame; answers its bytes, or {@link #NONE}. */
    int next() {
        int bytes = wholeBytes;
        if (bytes != 0) {
            wholeBytes = 0;
            memory = raw;
            offset = headerBytes;
        } else if (cutting) {
            bytes = segmenter.next();
            cutting = bytes != Segmenter.NONE;
            memory = segment;
            offset = 0;
        }
        return bytes == 0 ? NONE : padded(bytes);
    }

    /** As an interface pads what it sends (IEEE 802.3 clause 4.2.3.3); a virtual one does not. */
    private int padded(int bytes) {
        for (int i = bytes; i < LinkEnd.MINIMUM_FRAME_BYTES; i++) {
            memory.set(ValueLayout.JAVA_BYTE, offset + i, (byte) 0);
        }
        return Math.max(bytes, LinkEnd.MINIMUM_FRAME_BYTES);
    }
}
