package org.machbed.netstack.udp;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.StackCounter;

/**
 * A view of a UDP datagram (RFC 768). {@link #wrap} reads every field once and checks the lengths; accessors cannot fail
 * afterwards, whatever another holder of the memory writes there.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         source port           |       destination port        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  length of header and data    |           checksum            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  data ...
 * +-+-+-+-+-+-
 * </pre>
 */
public final class UdpHeader {
    public static final int LENGTH_BYTES = 8;

    private static final int SOURCE_PORT = 0;
    private static final int LENGTH = 4;
    private static final int CHECKSUM = 6;

    private long offset;

    /** Source and destination port as they were read. */
    private int ports;

    private int lengthBytes;
    private int checksum;

    /**
     * Views the datagram at {@code offset}.
     *
     * @param lengthBytes what IPv4 delivered
     * @return why it is none, or {@code null} when it is one
     */
    public @Nullable StackCounter wrap(MemorySegment memory, long offset, int lengthBytes) {
        if (lengthBytes < LENGTH_BYTES) {
            return StackCounter.DROP_UDP_TOO_SHORT;
        }
        int lengthAndChecksum = memory.get(BigEndian.INT, offset + LENGTH);
        int length = lengthAndChecksum >>> 16;
        if (length < LENGTH_BYTES || length > lengthBytes) {
            return StackCounter.DROP_UDP_LENGTH;
        }
        view(memory, offset, lengthAndChecksum);
        return null;
    }

    /** Views the first 8 octets of a datagram, all that an ICMP error need quote and a fragment may have. */
    public void wrapQuoted(MemorySegment memory, long offset) {
        view(memory, offset, memory.get(BigEndian.INT, offset + LENGTH));
    }

    private void view(MemorySegment memory, long offset, int lengthAndChecksum) {
        this.offset = offset;
        ports = memory.get(BigEndian.INT, offset + SOURCE_PORT);
        lengthBytes = lengthAndChecksum >>> 16;
        checksum = lengthAndChecksum & 0xFFFF;
    }

    public int sourcePort() {
        return ports >>> 16;
    }

    public int destinationPort() {
        return ports & 0xFFFF;
    }

    /** Of header and data. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** 0 when the sender made none. */
    public int checksum() {
        return checksum;
    }

    public long dataOffset() {
        return offset + LENGTH_BYTES;
    }

    public int dataBytes() {
        return lengthBytes - LENGTH_BYTES;
    }

    /** Writes a header; {@code checksum} may be 0 until {@link #writeChecksum}. */
    public static void write(
            MemorySegment memory, long offset, int sourcePort, int destinationPort, int lengthBytes, int checksum) {
        memory.set(BigEndian.INT, offset + SOURCE_PORT, sourcePort << 16 | destinationPort);
        memory.set(BigEndian.INT, offset + LENGTH, lengthBytes << 16 | checksum);
    }

    public static void writeChecksum(MemorySegment memory, long offset, int checksum) {
        memory.set(BigEndian.SHORT, offset + CHECKSUM, (short) checksum);
    }

    /** As tcpdump prints it. */
    @Override
    public String toString() {
        return "UDP " + sourcePort() + " > " + destinationPort() + ", length " + dataBytes();
    }
}
