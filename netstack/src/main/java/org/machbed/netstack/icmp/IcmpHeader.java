package org.machbed.netstack.icmp;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Checksum;
import org.machbed.netstack.StackCounter;

/**
 * A view of an ICMP message (RFC 792). {@link #wrap} reads every field once and checks length and checksum; accessors cannot
 * fail afterwards, whatever another holder of the memory writes there.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     type      |     code      |           checksum            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  by type: identifier (echo), or unused                        |
 * |           sequence number (echo), next-hop MTU (RFC 1191)     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  data (echo), or the offending packet's start ...
 * +-+-+-+-+-+-+-+-+-+-+-+-
 * </pre>
 */
public final class IcmpHeader {
    /** Of every message that we understand. */
    public static final int LENGTH_BYTES = 8;

    public static final int ECHO_REPLY = 0;
    public static final int DESTINATION_UNREACHABLE = 3;
    public static final int SOURCE_QUENCH = 4;
    public static final int REDIRECT = 5;
    public static final int ECHO_REQUEST = 8;
    public static final int TIME_EXCEEDED = 11;
    public static final int PARAMETER_PROBLEM = 12;

    // Codes of DESTINATION_UNREACHABLE (RFC 792, RFC 1122 section 3.2.2.1).
    public static final int NET_UNREACHABLE = 0;
    public static final int HOST_UNREACHABLE = 1;
    public static final int PROTOCOL_UNREACHABLE = 2;
    public static final int PORT_UNREACHABLE = 3;
    public static final int FRAGMENTATION_NEEDED = 4;

    // Codes of TIME_EXCEEDED.
    public static final int TIME_TO_LIVE_EXCEEDED = 0;
    public static final int REASSEMBLY_TIME_EXCEEDED = 1;

    private static final int TYPE = 0;
    private static final int CHECKSUM = 2;
    private static final int REST = 4;

    private MemorySegment memory = MemorySegment.NULL;
    private long offset;
    private int lengthBytes;

    /** Type, code and checksum as they were read. */
    private int first;

    private int rest;

    /**
     * Views the message at {@code offset}.
     *
     * @return why it is none, or {@code null} when it is one
     */
    public @Nullable StackCounter wrap(MemorySegment memory, long offset, int lengthBytes) {
        if (lengthBytes < LENGTH_BYTES) {
            return StackCounter.DROP_ICMP_TOO_SHORT;
        }
        first = memory.get(BigEndian.INT, offset + TYPE);
        rest = memory.get(BigEndian.INT, offset + REST);
        if (!Checksum.isValid(Checksum.sum(memory, offset, lengthBytes))) {
            return StackCounter.DROP_ICMP_CHECKSUM;
        }
        this.memory = memory;
        this.offset = offset;
        this.lengthBytes = lengthBytes;
        return null;
    }

    public int type() {
        return first >>> 24;
    }

    public int code() {
        return first >>> 16 & 0xFF;
    }

    /** Type and code as one word of the checksum. */
    int typeAndCode() {
        return first >>> 16;
    }

    public int checksum() {
        return first & 0xFFFF;
    }

    /** Octets 4 to 7: identifier and sequence number of an echo. */
    public int rest() {
        return rest;
    }

    /** Of "fragmentation needed" (RFC 1191 section 4); 0 from routers that do not say. */
    public int nextHopMtuBytes() {
        return rest & 0xFFFF;
    }

    public MemorySegment memory() {
        return memory;
    }

    public long offset() {
        return offset;
    }

    public int lengthBytes() {
        return lengthBytes;
    }

    public long dataOffset() {
        return offset + LENGTH_BYTES;
    }

    public int dataBytes() {
        return lengthBytes - LENGTH_BYTES;
    }

    /** Whether messages of the type report an error, so that none may answer them (RFC 1122 section 3.2.2). */
    public static boolean isError(int type) {
        return switch (type) {
            case DESTINATION_UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM -> true;
            default -> false;
        };
    }

    /** Writes the first 8 octets; {@code checksum} may be 0 until {@link #writeChecksum}. */
    public static void write(MemorySegment memory, long offset, int type, int code, int checksum, int rest) {
        memory.set(BigEndian.INT, offset + TYPE, type << 24 | code << 16 | checksum);
        memory.set(BigEndian.INT, offset + REST, rest);
    }

    /** Sums a message whose checksum field is 0 and writes it there. */
    public static void writeChecksum(MemorySegment memory, long offset, int lengthBytes) {
        int checksum = Checksum.complement(Checksum.sum(memory, offset, lengthBytes));
        memory.set(BigEndian.SHORT, offset + CHECKSUM, (short) checksum);
    }

    /** In the manner of tcpdump. */
    @Override
    public String toString() {
        return switch (type()) {
            case ECHO_REQUEST -> "ICMP echo request, id %d, seq %d".formatted(rest() >>> 16, rest() & 0xFFFF);
            case ECHO_REPLY -> "ICMP echo reply, id %d, seq %d".formatted(rest() >>> 16, rest() & 0xFFFF);
            default -> "ICMP type %d code %d, length %d".formatted(type(), code(), lengthBytes);
        };
    }
}
