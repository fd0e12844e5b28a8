package org.machbed.netstack.ipv4;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Checksum;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.StackCounter;

/**
 * A view of an IPv4 packet (RFC 791 section 3.1). {@link #wrap} reads every field once and checks lengths and checksum;
 * accessors cannot fail afterwards, whatever another holder of the memory writes there.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |version|  IHL  |type of service|         total length          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        identification         |0|D|M|     fragment offset     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | time to live  |   protocol    |        header checksum        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        source address                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      destination address                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |              options, 0 to 40 octets, padded ...
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-
 * </pre>
 */
public final class Ipv4Header {
    /** Of a header without options. */
    public static final int MINIMUM_BYTES = 20;

    public static final int MAXIMUM_BYTES = 60;

    /** Of header and data (RFC 791: total length has 16 bits). */
    public static final int MAXIMUM_PACKET_BYTES = 65_535;

    public static final int DONT_FRAGMENT = 0x4000;
    public static final int MORE_FRAGMENTS = 0x2000;
    static final int OFFSET_MASK = 0x1FFF;

    static final int VERSION_AND_IHL = 0;
    static final int TOTAL_LENGTH = 2;
    static final int IDENTIFICATION = 4;
    static final int FLAGS_AND_OFFSET = 6;
    static final int TIME_TO_LIVE = 8;
    static final int CHECKSUM = 10;
    static final int SOURCE = 12;
    static final int DESTINATION = 16;

    private MemorySegment memory = MemorySegment.NULL;
    private long offset;
    private int headerBytes;
    private int totalBytes;

    // The words of the header without options, as they were read.
    private int first;
    private int second;
    private int third;
    private int source;
    private int destination;

    /**
     * Views the packet at {@code offset}; octets behind its total length are padding.
     *
     * @return why it is none, or {@code null} when it is one
     */
    public @Nullable StackCounter wrap(MemorySegment memory, long offset, int lengthBytes) {
        if (lengthBytes < MINIMUM_BYTES) {
            return StackCounter.DROP_IPV4_TOO_SHORT;
        }
        read(memory, offset);
        if (first >>> 28 != 4) {
            return StackCounter.DROP_IPV4_VERSION;
        }
        int header = (first >>> 24 & 0xF) * 4;
        if (header < MINIMUM_BYTES || header > lengthBytes) {
            return StackCounter.DROP_IPV4_HEADER_LENGTH;
        }
        int total = first & 0xFFFF;
        if (total < header || total > lengthBytes) {
            return StackCounter.DROP_IPV4_TOTAL_LENGTH;
        }
        int sum = sumOfWords();
        if (header != MINIMUM_BYTES) {
            sum = Checksum.combine(sum, Checksum.sum(memory, offset + MINIMUM_BYTES, header - MINIMUM_BYTES));
        }
        if (!Checksum.isValid(sum)) {
            return StackCounter.DROP_IPV4_CHECKSUM;
        }
        this.memory = memory;
        this.offset = offset;
        this.headerBytes = header;
        this.totalBytes = total;
        return null;
    }

    private void read(MemorySegment memory, long offset) {
        first = memory.get(BigEndian.INT, offset + VERSION_AND_IHL);
        second = memory.get(BigEndian.INT, offset + IDENTIFICATION);
        third = memory.get(BigEndian.INT, offset + TIME_TO_LIVE);
        source = memory.get(BigEndian.INT, offset + SOURCE);
        destination = memory.get(BigEndian.INT, offset + DESTINATION);
    }

    /** The sum (RFC 1071) of what was read, and not of what is there by now. */
    private int sumOfWords() {
        long sum = (first & 0xFFFF_FFFFL)
                + (second & 0xFFFF_FFFFL)
                + (third & 0xFFFF_FFFFL)
                + (source & 0xFFFF_FFFFL)
                + (destination & 0xFFFF_FFFFL);
        sum = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        return Checksum.combine((int) (sum & 0xFFFF), (int) (sum >>> 16));
    }

    /**
     * Views the start of a packet that an ICMP error quotes: its data may be cut short, and its checksum may have been changed
     * on the way.
     *
     * @return whether there are the header and at least 8 octets of data (RFC 792)
     */
    public boolean wrapQuoted(MemorySegment memory, long offset, int lengthBytes) {
        if (lengthBytes < MINIMUM_BYTES + 8) {
            return false;
        }
        read(memory, offset);
        int header = (first >>> 24 & 0xF) * 4;
        if (first >>> 28 != 4 || header < MINIMUM_BYTES || header + 8 > lengthBytes) {
            return false;
        }
        this.memory = memory;
        this.offset = offset;
        this.headerBytes = header;
        this.totalBytes = Math.max(header + 8, Math.min(first & 0xFFFF, lengthBytes));
        return true;
    }

    public MemorySegment memory() {
        return memory;
    }

    /** Where the header starts in {@link #memory}. */
    public long offset() {
        return offset;
    }

    /** Of the header with its options. */
    public int headerBytes() {
        return headerBytes;
    }

    /** Of header and data; of a quoted packet, what is there of them. */
    public int totalBytes() {
        return totalBytes;
    }

    public long dataOffset() {
        return offset + headerBytes;
    }

    public int dataBytes() {
        return totalBytes - headerBytes;
    }

    public int typeOfService() {
        return first >>> 16 & 0xFF;
    }

    /** The total length field as it stands. */
    public int totalLengthField() {
        return first & 0xFFFF;
    }

    public int identification() {
        return second >>> 16;
    }

    public boolean dontFragment() {
        return (second & DONT_FRAGMENT) != 0;
    }

    public boolean moreFragments() {
        return (second & MORE_FRAGMENTS) != 0;
    }

    /** Where this fragment's data belongs in the datagram, in bytes. */
    public int fragmentOffsetBytes() {
        return (second & OFFSET_MASK) * 8;
    }

    /** Whether it is a part of a datagram only. */
    public boolean isFragment() {
        return (second & (MORE_FRAGMENTS | OFFSET_MASK)) != 0;
    }

    public int timeToLive() {
        return third >>> 24;
    }

    /** One of {@link IpProtocol}, or another one. */
    public int protocol() {
        return third >>> 16 & 0xFF;
    }

    /** In host order. */
    public int source() {
        return source;
    }

    /** In host order. */
    public int destination() {
        return destination;
    }

    /**
     * Writes a header without options, checksum included.
     *
     * @param totalBytes of header and data
     * @param flagsAndOffset {@link #DONT_FRAGMENT} or {@link #MORE_FRAGMENTS}, and the offset in units of 8 octets
     */
    public static void write(
            MemorySegment memory,
            long offset,
            int typeOfService,
            int totalBytes,
            int identification,
            int flagsAndOffset,
            int timeToLive,
            int protocol,
            int source,
            int destination) {
        int first = 0x4500_0000 | typeOfService << 16 | totalBytes;
        int second = identification << 16 | flagsAndOffset;
        int third = timeToLive << 8 | protocol;
        int sum = (first >>> 16)
                + (first & 0xFFFF)
                + (second >>> 16)
                + (second & 0xFFFF)
                + third
                + (source >>> 16)
                + (source & 0xFFFF)
                + (destination >>> 16)
                + (destination & 0xFFFF);
        int checksum = Checksum.complement(Checksum.combine(sum & 0xFFFF, sum >>> 16));
        memory.set(BigEndian.INT, offset + VERSION_AND_IHL, first);
        memory.set(BigEndian.INT, offset + IDENTIFICATION, second);
        memory.set(BigEndian.INT, offset + TIME_TO_LIVE, third << 16 | checksum);
        memory.set(BigEndian.INT, offset + SOURCE, source);
        memory.set(BigEndian.INT, offset + DESTINATION, destination);
    }

    /** Puts options behind a header that {@link #write} made, in place: a multiple of 4 bytes, 40 at most. */
    static void addOptions(MemorySegment memory, long offset, MemorySegment options, int optionsBytes) {
        int header = MINIMUM_BYTES + optionsBytes;
        MemorySegment.copy(options, 0, memory, offset + MINIMUM_BYTES, optionsBytes);
        memory.set(BigEndian.BYTE, offset + VERSION_AND_IHL, (byte) (0x40 | header / 4));
        writeChecksum(memory, offset, header);
    }

    private static void writeChecksum(MemorySegment memory, long offset, int headerBytes) {
        memory.set(BigEndian.SHORT, offset + CHECKSUM, (short) 0);
        int checksum = Checksum.complement(Checksum.sum(memory, offset, headerBytes));
        memory.set(BigEndian.SHORT, offset + CHECKSUM, (short) checksum);
    }

    /** Copies the header with its options, all but the options as it was read and checked. */
    void copyTo(MemorySegment target, long at) {
        target.set(BigEndian.INT, at + VERSION_AND_IHL, first);
        target.set(BigEndian.INT, at + IDENTIFICATION, second);
        target.set(BigEndian.INT, at + TIME_TO_LIVE, third);
        target.set(BigEndian.INT, at + SOURCE, source);
        target.set(BigEndian.INT, at + DESTINATION, destination);
        MemorySegment.copy(memory, offset + MINIMUM_BYTES, target, at + MINIMUM_BYTES, headerBytes - MINIMUM_BYTES);
    }

    /** Makes the header of a first fragment, in place, that of its whole datagram (RFC 791 section 3.2, reassembly). */
    static void makeWhole(MemorySegment memory, long offset, int headerBytes, int totalBytes) {
        memory.set(BigEndian.SHORT, offset + TOTAL_LENGTH, (short) totalBytes);
        memory.set(BigEndian.SHORT, offset + FLAGS_AND_OFFSET, (short) 0);
        writeChecksum(memory, offset, headerBytes);
    }

    /** As tcpdump -v prints it. */
    @Override
    public String toString() {
        return "IP (tos 0x%x, ttl %d, id %d, offset %d, flags [%s], proto %s (%d), length %d) %s > %s"
                .formatted(
                        typeOfService(),
                        timeToLive(),
                        identification(),
                        fragmentOffsetBytes(),
                        dontFragment() ? "DF" : moreFragments() ? "+" : "none",
                        IpProtocol.name(protocol()),
                        protocol(),
                        totalLengthField(),
                        Ipv4Address.format(source()),
                        Ipv4Address.format(destination()));
    }
}
