package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Checksum;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.ipv4.IpProtocol;

/**
 * A view of a TCP segment (RFC 9293 section 3.1). {@link #wrap} checks the lengths and reads every field once, so that accessors
 * cannot fail and answer the same each time, whatever another process does to the memory meanwhile.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          source port          |       destination port        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        sequence number                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    acknowledgment number                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | data  |       |C|E|U|A|P|R|S|F|                               |
 * | offset| rsrvd |W|C|R|C|S|S|Y|I|            window             |
 * |       |       |R|E|G|K|H|T|N|N|                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           checksum            |        urgent pointer         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |              options, 0 to 40 octets, padded ...
 * +-+-+-+-+-+-+-+-+-+-+-+-+-
 * </pre>
 */
public final class TcpHeader {
    /** Of a header without options. */
    public static final int MINIMUM_BYTES = 20;

    /** The data offset has 4 bits and counts 4 octets each. */
    public static final int MAXIMUM_BYTES = 60;

    private static final int PORTS = 0;
    private static final int SEQUENCE = 4;
    private static final int ACKNOWLEDGEMENT = 8;
    private static final int OFFSET_FLAGS_WINDOW = 12;
    private static final int CHECKSUM = 16;
    private static final int CHECKSUM_AND_URGENT = 16;

    private MemorySegment memory = MemorySegment.NULL;
    private long offset;
    private int lengthBytes;
    private int ports;
    private int sequence;
    private int acknowledgement;
    private int offsetFlagsWindow;
    private int urgentPointer;
    private int headerBytes;

    /**
     * Views the segment at {@code offset}. Its checksum is not looked at: see {@link #hasValidChecksum}. The reserved bits are
     * ignored (RFC 9293 section 3.1).
     *
     * @param lengthBytes what IPv4 delivered
     * @return why it is none, or {@code null} when it is one
     */
    public @Nullable StackCounter wrap(MemorySegment memory, long offset, int lengthBytes) {
        if (lengthBytes < MINIMUM_BYTES) {
            return StackCounter.DROP_TCP_TOO_SHORT;
        }
        int fourthWord = memory.get(BigEndian.INT, offset + OFFSET_FLAGS_WINDOW);
        int header = (fourthWord >>> 28) * 4;
        if (header < MINIMUM_BYTES || header > lengthBytes) {
            return StackCounter.DROP_TCP_HEADER_LENGTH;
        }
        wrapQuoted(memory, offset);
        this.lengthBytes = lengthBytes;
        headerBytes = header;
        offsetFlagsWindow = fourthWord;
        acknowledgement = memory.get(BigEndian.INT, offset + ACKNOWLEDGEMENT);
        urgentPointer = memory.get(BigEndian.INT, offset + CHECKSUM_AND_URGENT) & 0xFFFF;
        return null;
    }

    /**
     * Views the first 8 octets of a segment, all that an ICMP error need quote: ports and sequence number. The other fields are
     * 0, and so are the lengths.
     */
    public void wrapQuoted(MemorySegment memory, long offset) {
        this.memory = memory;
        this.offset = offset;
        ports = memory.get(BigEndian.INT, offset + PORTS);
        sequence = memory.get(BigEndian.INT, offset + SEQUENCE);
        lengthBytes = 0;
        headerBytes = 0;
        offsetFlagsWindow = 0;
        acknowledgement = 0;
        urgentPointer = 0;
    }

    public MemorySegment memory() {
        return memory;
    }

    /** Where the header starts in {@link #memory}. */
    public long offset() {
        return offset;
    }

    /** Of header and data. */
    public int lengthBytes() {
        return lengthBytes;
    }

    public int sourcePort() {
        return ports >>> 16;
    }

    public int destinationPort() {
        return ports & 0xFFFF;
    }

    /** SEG.SEQ: of the first octet of data, or of SYN. */
    public int sequence() {
        return sequence;
    }

    /** SEG.ACK, of meaning with {@link TcpFlags#ACK} only. */
    public int acknowledgement() {
        return acknowledgement;
    }

    /** Bits of {@link TcpFlags}. */
    public int flags() {
        return offsetFlagsWindow >>> 16 & 0xFF;
    }

    /** Whether any of these {@link TcpFlags} is set. */
    public boolean has(int flags) {
        return (flags() & flags) != 0;
    }

    public boolean isSyn() {
        return has(TcpFlags.SYN);
    }

    public boolean isAck() {
        return has(TcpFlags.ACK);
    }

    public boolean isRst() {
        return has(TcpFlags.RST);
    }

    public boolean isFin() {
        return has(TcpFlags.FIN);
    }

    /** The window field as it stands, 0 to 65,535, before any scaling (RFC 7323 section 2.2). */
    public int window() {
        return offsetFlagsWindow & 0xFFFF;
    }

    /** Offset of the octet that follows urgent data (RFC 9293 section 3.8.5), of meaning with {@link TcpFlags#URG} only. */
    public int urgentPointer() {
        return urgentPointer;
    }

    /** Of the header with its options. */
    public int headerBytes() {
        return headerBytes;
    }

    public long optionsOffset() {
        return offset + MINIMUM_BYTES;
    }

    /** 0 to 40, a multiple of 4. */
    public int optionsBytes() {
        return headerBytes - MINIMUM_BYTES;
    }

    public long dataOffset() {
        return offset + headerBytes;
    }

    public int dataBytes() {
        return lengthBytes - headerBytes;
    }

    /** SEG.LEN: what it takes of the sequence space, SYN and FIN counting as one each (RFC 9293 section 3.4). */
    public int segmentLength() {
        return dataBytes() + (flags() & TcpFlags.FIN) + (flags() >>> 1 & 1);
    }

    /** The sequence number after its last one: SEG.SEQ + SEG.LEN. */
    public int endSequence() {
        return sequence + segmentLength();
    }

    /** Whether the segment came undamaged and for these addresses (RFC 9293 section 3.1: a receiver MUST check it). */
    public static boolean hasValidChecksum(
            MemorySegment memory, long offset, int lengthBytes, int sourceIpv4, int destinationIpv4) {
        int sum = Checksum.pseudoHeader(sourceIpv4, destinationIpv4, IpProtocol.TCP, lengthBytes);
        return Checksum.isValid(Checksum.combine(sum, Checksum.sum(memory, offset, lengthBytes)));
    }

    /**
     * Writes a header, but for its options; its checksum is 0 until {@link #writeChecksum}.
     *
     * @param headerBytes with options, a multiple of 4
     * @param flags bits of {@link TcpFlags}
     * @param window as it goes on the wire, 0 to 65,535
     */
    public static void write(
            MemorySegment memory,
            long offset,
            int sourcePort,
            int destinationPort,
            int sequence,
            int acknowledgement,
            int headerBytes,
            int flags,
            int window,
            int urgentPointer) {
        memory.set(BigEndian.INT, offset + PORTS, sourcePort << 16 | destinationPort);
        memory.set(BigEndian.INT, offset + SEQUENCE, sequence);
        memory.set(BigEndian.INT, offset + ACKNOWLEDGEMENT, acknowledgement);
        memory.set(BigEndian.INT, offset + OFFSET_FLAGS_WINDOW, headerBytes << 26 | flags << 16 | window);
        memory.set(BigEndian.INT, offset + CHECKSUM_AND_URGENT, urgentPointer);
    }

    /** Sums a segment whose checksum field is 0, pseudo-header included, and writes the checksum there. */
    public static void writeChecksum(
            MemorySegment memory, long offset, int lengthBytes, int sourceIpv4, int destinationIpv4) {
        int sum = Checksum.pseudoHeader(sourceIpv4, destinationIpv4, IpProtocol.TCP, lengthBytes);
        int checksum = Checksum.complement(Checksum.combine(sum, Checksum.sum(memory, offset, lengthBytes)));
        memory.set(BigEndian.SHORT, offset + CHECKSUM, (short) checksum);
    }

    /** As tcpdump -S prints it: absolute sequence numbers, no options. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("TCP ").append(sourcePort()).append(" > ").append(destinationPort());
        text.append(": Flags [").append(TcpFlags.format(flags())).append(']');
        if (segmentLength() > 0) {
            text.append(", seq ").append(Integer.toUnsignedString(sequence));
            text.append(dataBytes() > 0 ? ":" + Integer.toUnsignedString(sequence + dataBytes()) : "");
        }
        text.append(isAck() ? ", ack " + Integer.toUnsignedString(acknowledgement) : "");
        text.append(", win ").append(window());
        text.append(has(TcpFlags.URG) ? ", urg " + urgentPointer : "");
        return text.append(", length ").append(dataBytes()).toString();
    }
}
