package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.BigEndian;

/**
 * Writes options, each aligned as RFC 7323 appendix A and RFC 2018 section 3 suggest, so that their total is a multiple of 4.
 * The length comes first, since it says where the data start.
 */
public final class TcpOptionWriter {
    private static final int NO_OPERATIONS = TcpOptions.NO_OPERATION << 24 | TcpOptions.NO_OPERATION << 16;
    private static final int ALIGNED_TIMESTAMPS_BYTES = 2 + TcpOptions.TIMESTAMPS_BYTES;
    private static final int ALIGNED_SACK_BYTES = 4;

    private TcpOptionWriter() {}

    /**
     * Length of the options that {@link #writeSyn} writes.
     *
     * @param windowScale -1 for none
     */
    public static int synBytes(int windowScale, boolean sackPermitted, boolean timestamps) {
        int bytes = TcpOptions.MAXIMUM_SEGMENT_SIZE_BYTES + (windowScale >= 0 ? 4 : 0);
        return bytes + (timestamps ? ALIGNED_TIMESTAMPS_BYTES : sackPermitted ? 4 : 0);
    }

    /**
     * Writes the options of SYN or SYN and ACK.
     *
     * @param mssBytes what we take (RFC 9293 section 3.7.1: with every SYN unless it is the default of 536)
     * @param windowScale -1 for none; with SYN and ACK, only when the SYN had one (RFC 7323 section 2.2), as the other options
     * @return their length
     */
    public static int writeSyn(
            MemorySegment memory,
            long offset,
            int mssBytes,
            int windowScale,
            boolean sackPermitted,
            boolean timestamps,
            int timestampValue,
            int timestampEcho) {
        int segmentSize = TcpOptions.MAXIMUM_SEGMENT_SIZE << 24 | TcpOptions.MAXIMUM_SEGMENT_SIZE_BYTES << 16;
        memory.set(BigEndian.INT, offset, segmentSize | mssBytes);
        int at = 4;
        int permitted = TcpOptions.SACK_PERMITTED << 8 | TcpOptions.SACK_PERMITTED_BYTES;
        if (timestamps) {
            at += writeTimestamps(memory, offset + at, timestampValue, timestampEcho);
            if (sackPermitted) { // in place of the two "no operation"
                memory.set(BigEndian.SHORT, offset + 4, (short) permitted);
            }
        } else if (sackPermitted) {
            memory.set(BigEndian.INT, offset + at, NO_OPERATIONS | permitted);
            at += 4;
        }
        if (windowScale >= 0) {
            int scale = TcpOptions.WINDOW_SCALE << 16 | TcpOptions.WINDOW_SCALE_BYTES << 8 | windowScale;
            memory.set(BigEndian.INT, offset + at, TcpOptions.NO_OPERATION << 24 | scale);
            at += 4;
        }
        return at;
    }

    /** How many SACK blocks a segment has room for (RFC 2018 section 3): 3 beside timestamps, else 4. */
    public static int sackRoom(boolean timestamps) {
        int room = TcpOptions.MAXIMUM_BYTES - ALIGNED_SACK_BYTES - (timestamps ? ALIGNED_TIMESTAMPS_BYTES : 0);
        return Math.min(TcpOptions.MAXIMUM_SACK_BLOCKS, room / TcpOptions.SACK_BLOCK_BYTES);
    }

    /**
     * Length of the options that {@link #write} writes.
     *
     * @param sackBlocks how many there are to report; those beyond {@link #sackRoom} are left out
     */
    public static int bytes(boolean timestamps, int sackBlocks) {
        int blocks = Math.min(sackBlocks, sackRoom(timestamps));
        int sack = blocks == 0 ? 0 : ALIGNED_SACK_BYTES + blocks * TcpOptions.SACK_BLOCK_BYTES;
        return (timestamps ? ALIGNED_TIMESTAMPS_BYTES : 0) + sack;
    }

    /**
     * Writes the options of a segment without SYN.
     *
     * @param blocks to report, as far as there is room, the first ones first
     * @return their length
     */
    public static int write(
            MemorySegment memory,
            long offset,
            boolean timestamps,
            int timestampValue,
            int timestampEcho,
            SackBlocks blocks) {
        int at = timestamps ? writeTimestamps(memory, offset, timestampValue, timestampEcho) : 0;
        int count = Math.min(blocks.sackBlocks(), sackRoom(timestamps));
        if (count > 0) {
            int length = 2 + count * TcpOptions.SACK_BLOCK_BYTES;
            memory.set(BigEndian.INT, offset + at, NO_OPERATIONS | TcpOptions.SACK << 8 | length);
            at += ALIGNED_SACK_BYTES;
            for (int i = 0; i < count; i++) {
                memory.set(BigEndian.INT, offset + at, blocks.sackLeft(i));
                memory.set(BigEndian.INT, offset + at + 4, blocks.sackRight(i));
                at += TcpOptions.SACK_BLOCK_BYTES;
            }
        }
        return at;
    }

    /** Writes timestamps alone, after two "no operation"; answers the length, 12. */
    public static int writeTimestamps(MemorySegment memory, long offset, int timestampValue, int timestampEcho) {
        memory.set(BigEndian.INT, offset, NO_OPERATIONS | TcpOptions.TIMESTAMPS << 8 | TcpOptions.TIMESTAMPS_BYTES);
        memory.set(BigEndian.INT, offset + 4, timestampValue);
        memory.set(BigEndian.INT, offset + 8, timestampEcho);
        return ALIGNED_TIMESTAMPS_BYTES;
    }
}
