package org.machbed.netstack;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071). A <em>sum</em> is the 16-bit one's complement sum of big-endian words, 0 to 0xFFFF; pieces
 * are summed one by one and combined, and {@link #complement} of the whole is what a header carries.
 */
public final class Checksum {
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    /**
     * From here on the loop over long data runs. They are two loops because the compiler unrolls and vectorises by the trip
     * counts that it has seen: headers alone would keep it from vectorising the loop over data (10 times slower).
     */
    private static final int LONG_DATA_BYTES = 256;

    private Checksum() {}

    /** Sums {@code lengthBytes} of {@code memory} from {@code offset}; an odd last byte is padded with zero. */
    public static int sum(MemorySegment memory, long offset, int lengthBytes) {
        int bulkBytes = lengthBytes >= LONG_DATA_BYTES ? lengthBytes & -Long.BYTES : 0;
        long sum = bulkBytes == 0 ? 0 : sumLongData(memory, offset, bulkBytes >>> 3);
        sum += sumShortData(memory, offset + bulkBytes, lengthBytes - bulkBytes);
        return fold(sum);
    }

    /**
     * Sums in the machine's own byte order, 32 bits at a time in 64 (RFC 1071 section 2 (B) and (C)): for at most 65,535 bytes
     * there is no carry out of the long.
     */
    private static long sumLongData(MemorySegment memory, long offset, int longs) {
        long sum = 0;
        for (int i = 0; i < longs; i++) {
            long word = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + 8L * i);
            sum += (word & 0xFFFF_FFFFL) + (word >>> 32);
        }
        return sum;
    }

    private static long sumShortData(MemorySegment memory, long offset, int lengthBytes) {
        long sum = 0;
        long end = offset + lengthBytes;
        long at = offset;
        for (; end - at >= 4; at += 4) {
            sum += memory.get(ValueLayout.JAVA_INT_UNALIGNED, at) & 0xFFFF_FFFFL;
        }
        if (end - at >= 2) {
            sum += memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) & 0xFFFF;
            at += 2;
        }
        if (end != at) {
            int last = memory.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
            sum += LITTLE_ENDIAN ? last : last << 8;
        }
        return sum;
    }

    /** 64 bits in the machine's order to 16 in the network's. */
    private static int fold(long sum) {
        long folded = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16 & 0xFFFF) + (folded >>> 32);
        int result = (int) ((folded & 0xFFFF) + (folded >>> 16));
        result = (result & 0xFFFF) + (result >>> 16);
        return LITTLE_ENDIAN ? (result & 0xFF) << 8 | result >>> 8 : result;
    }

    /** The sum of two pieces of which the second starts at an even distance from the first. */
    public static int combine(int sum, int nextSum) {
        int total = sum + nextSum;
        return (total & 0xFFFF) + (total >>> 16);
    }

    /**
     * The sum of the pseudo-header of UDP and TCP (RFC 768, RFC 9293 section 3.1).
     *
     * @param lengthBytes of the transport's header and data
     */
    public static int pseudoHeader(int sourceIpv4, int destinationIpv4, int protocol, int lengthBytes) {
        int sum = (sourceIpv4 >>> 16)
                + (sourceIpv4 & 0xFFFF)
                + (destinationIpv4 >>> 16)
                + (destinationIpv4 & 0xFFFF)
                + protocol
                + lengthBytes;
        return combine(sum & 0xFFFF, sum >>> 16);
    }

    /** What the checksum field carries for a sum over everything else. */
    public static int complement(int sum) {
        return ~sum & 0xFFFF;
    }

    /** Whether data that includes its checksum field is undamaged: its sum is all ones. */
    public static boolean isValid(int sum) {
        return sum == 0xFFFF;
    }
}
