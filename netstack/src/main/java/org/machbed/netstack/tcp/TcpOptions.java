package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;

/**
 * What the options of one segment say (RFC 9293 section 3.2, RFC 7323, RFC 2018), read once into fields that the next segment
 * reuses. Options that we do not know are skipped by their length (RFC 9293 MUST-6). One whose length cannot be - less than 2, or
 * beyond the header's end - ends the parsing, since where the next one starts cannot be told; one that we know, of another
 * length than its own, is skipped. Both are counted, and neither does harm to what stands before (MUST-7).
 */
public final class TcpOptions implements SackBlocks {
    /** What fits in a header. */
    public static final int MAXIMUM_BYTES = TcpHeader.MAXIMUM_BYTES - TcpHeader.MINIMUM_BYTES;

    /** RFC 7323 section 2.3: a larger shift count MUST be taken for this one. */
    public static final int MAXIMUM_WINDOW_SCALE = 14;

    static final int END = 0;
    static final int NO_OPERATION = 1;
    static final int MAXIMUM_SEGMENT_SIZE = 2;
    static final int WINDOW_SCALE = 3;
    static final int SACK_PERMITTED = 4;
    static final int SACK = 5;
    static final int TIMESTAMPS = 8;

    static final int MAXIMUM_SEGMENT_SIZE_BYTES = 4;
    static final int WINDOW_SCALE_BYTES = 3;
    static final int SACK_PERMITTED_BYTES = 2;
    static final int TIMESTAMPS_BYTES = 10;
    static final int SACK_BLOCK_BYTES = 8;
    static final int MAXIMUM_SACK_BLOCKS = 4;

    /** Two times "no operation", then timestamps: what nearly every segment carries (RFC 7323 appendix A). */
    private static final int ALIGNED_TIMESTAMPS =
            NO_OPERATION << 24 | NO_OPERATION << 16 | TIMESTAMPS << 8 | TIMESTAMPS_BYTES;

    private final StackCounters counters;
    private final int[] sackLeft = new int[MAXIMUM_SACK_BLOCKS];
    private final int[] sackRight = new int[MAXIMUM_SACK_BLOCKS];
    private int sackBlocks;
    private int mssBytes;
    private int windowScale = -1;
    private boolean sackPermitted;
    private boolean timestamps;
    private int timestampValue;
    private int timestampEcho;

    public TcpOptions(StackCounters counters) {
        this.counters = counters;
    }

    /** Forgets what was read. */
    public void clear() {
        sackBlocks = 0;
        mssBytes = 0;
        windowScale = -1;
        sackPermitted = false;
        timestamps = false;
        timestampValue = 0;
        timestampEcho = 0;
    }

    /** Reads the options of a segment. */
    public void parse(TcpHeader segment) {
        parse(segment.memory(), segment.optionsOffset(), segment.optionsBytes(), segment.isSyn());
    }

    /**
     * Reads options; of several of a kind the last one counts.
     *
     * @param lengthBytes of all options, 0 to 40
     * @param syn whether they came with SYN, where alone maximum segment size, window scale and "SACK permitted" have a meaning
     */
    public void parse(MemorySegment memory, long offset, int lengthBytes, boolean syn) {
        clear();
        int at = 0;
        if (lengthBytes >= 2 + TIMESTAMPS_BYTES && memory.get(BigEndian.INT, offset) == ALIGNED_TIMESTAMPS) {
            readTimestamps(memory, offset + 2);
            at = 2 + TIMESTAMPS_BYTES;
        }
        while (at < lengthBytes) {
            int kind = memory.get(BigEndian.BYTE, offset + at) & 0xFF;
            if (kind == END) {
                return;
            }
            if (kind == NO_OPERATION) {
                at++;
                continue;
            }
            int length = at + 1 < lengthBytes ? memory.get(BigEndian.BYTE, offset + at + 1) & 0xFF : 0;
            if (length < 2 || length > lengthBytes - at) {
                counters.count(StackCounter.TCP_OPTIONS_MALFORMED);
                return;
            }
            if (!read(kind, memory, offset + at, length, syn)) {
                counters.count(StackCounter.TCP_OPTIONS_MALFORMED);
            }
            at += length;
        }
    }

    /** Answers whether the option, if we know it, has the length that it must have. */
    private boolean read(int kind, MemorySegment memory, long offset, int length, boolean syn) {
        return switch (kind) {
            case MAXIMUM_SEGMENT_SIZE -> length == MAXIMUM_SEGMENT_SIZE_BYTES && readSegmentSize(memory, offset, syn);
            case WINDOW_SCALE -> length == WINDOW_SCALE_BYTES && readWindowScale(memory, offset, syn);
            case SACK_PERMITTED -> length == SACK_PERMITTED_BYTES && readSackPermitted(syn);
            case SACK -> readSack(memory, offset, length, syn);
            case TIMESTAMPS -> length == TIMESTAMPS_BYTES && readTimestamps(memory, offset);
            default -> true;
        };
    }

    private boolean readSegmentSize(MemorySegment memory, long offset, boolean syn) {
        if (syn) {
            mssBytes = memory.get(BigEndian.SHORT, offset + 2) & 0xFFFF;
        }
        return true;
    }

    private boolean readWindowScale(MemorySegment memory, long offset, boolean syn) {
        if (syn) {
            windowScale = memory.get(BigEndian.BYTE, offset + 2) & 0xFF;
            if (windowScale > MAXIMUM_WINDOW_SCALE) {
                windowScale = MAXIMUM_WINDOW_SCALE;
                counters.count(StackCounter.TCP_WINDOW_SCALE_TOO_LARGE);
            }
        }
        return true;
    }

    private boolean readSackPermitted(boolean syn) {
        sackPermitted |= syn;
        return true;
    }

    private boolean readSack(MemorySegment memory, long offset, int length, boolean syn) {
        int blocks = (length - 2) / SACK_BLOCK_BYTES;
        if (blocks == 0 || blocks > MAXIMUM_SACK_BLOCKS || 2 + blocks * SACK_BLOCK_BYTES != length) {
            return false;
        }
        if (!syn) {
            sackBlocks = blocks;
            for (int i = 0; i < blocks; i++) {
                sackLeft[i] = memory.get(BigEndian.INT, offset + 2 + (long) SACK_BLOCK_BYTES * i);
                sackRight[i] = memory.get(BigEndian.INT, offset + 6 + (long) SACK_BLOCK_BYTES * i);
            }
        }
        return true;
    }

    private boolean readTimestamps(MemorySegment memory, long offset) {
        timestamps = true;
        timestampValue = memory.get(BigEndian.INT, offset + 2);
        timestampEcho = memory.get(BigEndian.INT, offset + 6);
        return true;
    }

    /** Largest segment that the sender takes, without headers (RFC 6691); 0 when it does not say. */
    public int mssBytes() {
        return mssBytes;
    }

    /** Shift count of the windows that the sender will advertise, 0 to 14; -1 when it does not scale (RFC 7323 section 2.2). */
    public int windowScale() {
        return windowScale;
    }

    /** Whether the sender takes SACK (RFC 2018 section 2). */
    public boolean sackPermitted() {
        return sackPermitted;
    }

    /** Whether there are timestamps (RFC 7323 section 3.2). */
    public boolean timestamps() {
        return timestamps;
    }

    /** TSval; of meaning when there are {@link #timestamps}. */
    public int timestampValue() {
        return timestampValue;
    }

    /** TSecr; of meaning when there are {@link #timestamps}, and the segment has ACK. */
    public int timestampEcho() {
        return timestampEcho;
    }

    @Override
    public int sackBlocks() {
        return sackBlocks;
    }

    @Override
    public int sackLeft(int index) {
        return sackLeft[index];
    }

    @Override
    public int sackRight(int index) {
        return sackRight[index];
    }
}
