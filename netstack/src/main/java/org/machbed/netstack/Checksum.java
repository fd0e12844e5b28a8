package org.machbed.netstack;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The Internet checksum (RFC 1071). A <em>sum</em> is the 16-bit one's complement sum of big-endian words, 0 to 0xFFFF; pieces
 * are summed one by one and combined, and {@link #complement} of the whole is what a header carries.
 */
public final class Checksum {
    private Checksum() {}

    /** Sums {@code lengthBytes} of {@code memory} from {@code offset}; an odd last byte is padded with zero. */
    public static int sum(MemorySegment memory, long offset, int lengthBytes) {
        long total = 0;
        for (int i = 0; i < lengthBytes; i++) {
            int octet = memory.get(ValueLayout.JAVA_BYTE, offset + i) & 0xFF;
            total += (i & 1) == 0 ? octet << 8 : octet;
        }
        while (total >>> 16 != 0) {
            total = (total & 0xFFFF) + (total >>> 16);
        }
        return (int) total;
    }

    /** The sum of two pieces of which the second starts at an even distance from the first. */
    public static int combine(int sum, int nextSum) {
        int total = sum + nextSum;
        return (total & 0xFFFF) + (total >>> 16);
    }

    /** The sum of two pieces of which the second starts at an odd distance from the first (RFC 1071 section 2 (B)). */
    public static int combineOdd(int sum, int nextSum) {
        return combine(sum, (nextSum & 0xFF) << 8 | nextSum >>> 8);
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
