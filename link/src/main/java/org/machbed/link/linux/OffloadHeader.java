package org.machbed.link.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A view of the header that says what is unfinished in the frame behind it: struct virtio_net_hdr (Virtual I/O Device 1.2 section
 * 5.1.6), in the machine's byte order, which the kernel uses on packet sockets. All zeros say that nothing is.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     flags     |    segment    |         header length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         segment bytes         |        checksum start         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        checksum offset        |  frame ...
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * The header length is a hint of no worth (section 5.1.6.4.1) and not looked at.
 */
final class OffloadHeader {
    static final int BYTES = 10;

    /** Values of {@link #segmentation}. */
    static final int WHOLE = 0;

    static final int TCP_IPV4 = 1;
    static final int TCP_IPV6 = 4;
    static final int UDP = 5;

    private static final int NEEDS_CHECKSUM = 1;
    private static final int FLAGS_OFFSET = 0;
    private static final int SEGMENTATION_OFFSET = 1;
    private static final int SEGMENT_BYTES_OFFSET = 4;
    private static final int CHECKSUM_START_OFFSET = 6;
    private static final int CHECKSUM_OFFSET_OFFSET = 8;

    /** Marks TCP with explicit congestion notification beside its kind. */
    private static final int ECN = 0x80;

    private OffloadHeader() {}

    /** Whether the checksum field holds the sum of the pseudo-header alone. */
    static boolean needsChecksum(MemorySegment memory, long offset) {
        return (memory.get(ValueLayout.JAVA_BYTE, offset + FLAGS_OFFSET) & NEEDS_CHECKSUM) != 0;
    }

    /** How the frame is to be cut. */
    static int segmentation(MemorySegment memory, long offset) {
        return memory.get(ValueLayout.JAVA_BYTE, offset + SEGMENTATION_OFFSET) & 0xFF & ~ECN;
    }

    /** Bytes of data in each segment but the last. */
    static int segmentBytes(MemorySegment memory, long offset) {
        return word(memory, offset + SEGMENT_BYTES_OFFSET);
    }

    /** Where in the frame the checksum starts to count. */
    static int checksumStart(MemorySegment memory, long offset) {
        return word(memory, offset + CHECKSUM_START_OFFSET);
    }

    /** Where the checksum's field is, from {@link #checksumStart}. */
    static int checksumOffset(MemorySegment memory, long offset) {
        return word(memory, offset + CHECKSUM_OFFSET_OFFSET);
    }

    private static int word(MemorySegment memory, long at) {
        return memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) & 0xFFFF;
    }
}
