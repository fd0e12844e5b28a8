package org.machbed.link.linux;

import java.lang.foreign.MemorySegment;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Checksum;
import org.machbed.netstack.ethernet.EtherType;
import org.machbed.netstack.ipv4.IpProtocol;

/**
 * Cuts a frame that was left whole for an interface to cut (TCP segmentation offload, UDP generic segmentation offload) into the
 * frames that the sender meant: the same headers, with lengths, identification, sequence number, flags and checksums each frame's own.
 * One thread. No garbage.
 */
final class Segmenter {
    /** What {@link #next} answers after the last one. */
    static final int NONE = 0;

    private static final int ETHER_TYPE = 12;
    private static final int ETHER_TYPE_IPV6 = 0x86dd;

    /** IPv4 (RFC 791 section 3.1). */
    private static final int IPV4_MINIMUM_BYTES = 20;

    private static final int IPV4_TOTAL_LENGTH = 2;
    private static final int IPV4_IDENTIFICATION = 4;
    private static final int IPV4_PROTOCOL = 9;
    private static final int IPV4_CHECKSUM = 10;
    private static final int IPV4_ADDRESSES = 12;
    private static final int IPV4_ADDRESSES_BYTES = 8;

    /** IPv6 (RFC 8200 section 3). */
    private static final int IPV6_BYTES = 40;

    private static final int IPV6_PAYLOAD_LENGTH = 4;
    private static final int IPV6_NEXT_HEADER = 6;
    private static final int IPV6_ADDRESSES = 8;
    private static final int IPV6_ADDRESSES_BYTES = 32;

    /** TCP (RFC 9293 section 3.1). */
    private static final int TCP_MINIMUM_BYTES = 20;

    private static final int TCP_SEQUENCE = 4;
    private static final int TCP_DATA_OFFSET = 12;
    private static final int TCP_FLAGS = 13;
    private static final int TCP_CHECKSUM = 16;

    /** The last segment alone says that there is no more (FIN) or that it should be pushed (PSH). */
    private static final int TCP_LAST_ONLY = 0x01 | 0x08;

    /** RFC 3168 section 6.1.2: congestion window reduced is said once. */
    private static final int TCP_FIRST_ONLY = 0x80;

    /** UDP (RFC 768). */
    private static final int UDP_BYTES = 8;

    private static final int UDP_LENGTH = 4;
    private static final int UDP_CHECKSUM = 6;

    private final MemorySegment output;
    private MemorySegment memory = MemorySegment.NULL;
    private long frame;
    private boolean ipv6;
    private int protocol;

    /** Bytes up to the transport's header, and up to the data. */
    private int transport;

    private int headerBytes;
    private int dataBytes;
    private int segmentBytes;
    private int doneBytes;
    private int index;

    /** Composes frames at the beginning of {@code output}. */
    Segmenter(MemorySegment output) {
        this.output = output;
    }

    /**
     * Takes a frame, of which {@link #next} gives the segments while it stays where it is.
     *
     * @param kind one of {@link OffloadHeader}'s
     * @param mostBytes of data in a segment
     * @return false when it is not what its kind says, or a segment would be longer than any link's frame
     */
    boolean begin(MemorySegment newMemory, long newFrame, int lengthBytes, int kind, int mostBytes) {
        memory = newMemory;
        frame = newFrame;
        segmentBytes = mostBytes;
        doneBytes = 0;
        index = 0;
        dataBytes = 0;
        if (mostBytes == 0 || !network(lengthBytes) || !matches(kind) || !transport(lengthBytes)) {
            return false;
        }
        if (headerBytes + Math.min(mostBytes, lengthBytes - headerBytes)
                > LinkEnd.HEADER_BYTES + LinkEnd.MAXIMUM_MTU_BYTES) {
            return false;
        }
        dataBytes = lengthBytes - headerBytes;
        return dataBytes > 0;
    }

    private boolean network(int lengthBytes) {
        if (lengthBytes < LinkEnd.HEADER_BYTES + IPV4_MINIMUM_BYTES) {
            return false;
        }
        long header = frame + LinkEnd.HEADER_BYTES;
        int type = memory.get(BigEndian.SHORT, frame + ETHER_TYPE) & 0xFFFF;
        ipv6 = type == ETHER_TYPE_IPV6;
        if (ipv6) {
            transport = LinkEnd.HEADER_BYTES + IPV6_BYTES;
            protocol = memory.get(BigEndian.BYTE, header + IPV6_NEXT_HEADER) & 0xFF;
            return true;
        }
        int bytes = (memory.get(BigEndian.BYTE, header) & 0x0F) * Integer.BYTES;
        transport = LinkEnd.HEADER_BYTES + bytes;
        protocol = memory.get(BigEndian.BYTE, header + IPV4_PROTOCOL) & 0xFF;
        return type == EtherType.IPV4 && bytes >= IPV4_MINIMUM_BYTES;
    }

    private boolean matches(int kind) {
        return switch (kind) {
            case OffloadHeader.TCP_IPV4 -> !ipv6 && protocol == IpProtocol.TCP;
            case OffloadHeader.TCP_IPV6 -> ipv6 && protocol == IpProtocol.TCP;
            case OffloadHeader.UDP -> protocol == IpProtocol.UDP;
            default -> false;
        };
    }

    private boolean transport(int lengthBytes) {
        boolean tcp = protocol == IpProtocol.TCP;
        if (lengthBytes < transport + (tcp ? TCP_MINIMUM_BYTES : UDP_BYTES)) {
            return false;
        }
        int bytes = tcp
                ? (memory.get(BigEndian.BYTE, frame + transport + TCP_DATA_OFFSET) >>> 4 & 0x0F) * Integer.BYTES
                : UDP_BYTES;
        headerBytes = transport + bytes;
        return bytes >= UDP_BYTES && lengthBytes >= headerBytes && (!tcp || bytes >= TCP_MINIMUM_BYTES);
    }

    /** Composes the next segment; answers the bytes of its frame, or {@link #NONE}. */
    int next() {
        int bytes = Math.min(segmentBytes, dataBytes - doneBytes);
        if (bytes == 0) {
            return NONE;
        }
        boolean last = doneBytes + bytes == dataBytes;
        MemorySegment.copy(memory, frame, output, 0, headerBytes);
        MemorySegment.copy(memory, frame + headerBytes + doneBytes, output, headerBytes, bytes);
        int frameBytes = headerBytes + bytes;
        writeNetwork(frameBytes);
        if (protocol == IpProtocol.TCP) {
            writeTcp(last);
            writeChecksum(TCP_CHECKSUM, frameBytes);
        } else {
            output.set(BigEndian.SHORT, transport + UDP_LENGTH, (short) (frameBytes - transport));
            writeChecksum(UDP_CHECKSUM, frameBytes);
        }
        doneBytes += bytes;
        index++;
        return frameBytes;
    }

    private void writeNetwork(int frameBytes) {
        long header = LinkEnd.HEADER_BYTES;
        if (ipv6) {
            output.set(BigEndian.SHORT, header + IPV6_PAYLOAD_LENGTH, (short) (frameBytes - transport));
            return;
        }
        output.set(BigEndian.SHORT, header + IPV4_TOTAL_LENGTH, (short) (frameBytes - LinkEnd.HEADER_BYTES));
        // Each is a datagram of its own (RFC 791 section 3.1, RFC 6864 section 4.1).
        int identification = output.get(BigEndian.SHORT, header + IPV4_IDENTIFICATION) + index;
        output.set(BigEndian.SHORT, header + IPV4_IDENTIFICATION, (short) identification);
        output.set(BigEndian.SHORT, header + IPV4_CHECKSUM, (short) 0);
        int sum = Checksum.sum(output, header, transport - LinkEnd.HEADER_BYTES);
        output.set(BigEndian.SHORT, header + IPV4_CHECKSUM, (short) Checksum.complement(sum));
    }

    private void writeTcp(boolean last) {
        int sequence = output.get(BigEndian.INT, transport + TCP_SEQUENCE) + doneBytes;
        output.set(BigEndian.INT, transport + TCP_SEQUENCE, sequence);
        int flags = output.get(BigEndian.BYTE, transport + TCP_FLAGS);
        flags &= last ? ~0 : ~TCP_LAST_ONLY;
        flags &= index == 0 ? ~0 : ~TCP_FIRST_ONLY;
        output.set(BigEndian.BYTE, transport + TCP_FLAGS, (byte) flags);
    }

    /** The checksum of UDP and TCP with its pseudo-header (RFC 768, RFC 9293 section 3.1, RFC 8200 section 8.1). */
    private void writeChecksum(int field, int frameBytes) {
        int addresses = LinkEnd.HEADER_BYTES + (ipv6 ? IPV6_ADDRESSES : IPV4_ADDRESSES);
        int sum = Checksum.sum(output, addresses, ipv6 ? IPV6_ADDRESSES_BYTES : IPV4_ADDRESSES_BYTES);
        sum = Checksum.combine(sum, protocol);
        sum = Checksum.combine(sum, frameBytes - transport);
        output.set(BigEndian.SHORT, transport + field, (short) 0);
        sum = Checksum.combine(sum, Checksum.sum(output, transport, frameBytes - transport));
        output.set(BigEndian.SHORT, transport + field, OffloadedFrames.transportChecksum(sum));
    }
}
