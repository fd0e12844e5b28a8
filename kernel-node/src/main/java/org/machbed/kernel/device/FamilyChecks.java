package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What the family level examines: the Ethernet header's type, and of the families it knows the part of the header that
 * shows corruption, so that a corrupt packet ties up no buffer and no message (reynolds91, device driver and protocol
 * server interdependency). Pure functions over a view; offsets from the Ethernet header:
 *
 * <pre>
 *  0           6           12     14
 * +-----------+-----------+------+----------------------
 * |destination|  source   | type | payload
 * +-----------+-----------+------+----------------------
 * </pre>
 */
final class FamilyChecks {
    static final int ETHERNET_HEADER_BYTES = 14;
    static final int TYPE_OFFSET = 12;
    /** Types below this are lengths (IEEE 802.3). */
    static final int LOWEST_TYPE = 0x600;

    static final int TYPE_IPV4 = 0x0800;
    static final int TYPE_ARP = 0x0806;
    /** The local experimental EtherType, under which AAL-5 PDUs travel. */
    static final int TYPE_EXPERIMENTAL = 0x88B5;

    /** RFC 826 packet for a 6-byte hardware and a 4-byte protocol address. */
    private static final int ARP_BYTES = 28;
    /** ar$hrd Ethernet, ar$pro IPv4, ar$hln 6, ar$pln 4 as one big-endian word. */
    private static final long ARP_ETHERNET_IPV4 = 0x0001_0800_06_04L;

    private static final int IPV4_MIN_HEADER_BYTES = 20;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private FamilyChecks() {}

    /** The type field of a frame of at least {@link #ETHERNET_HEADER_BYTES}. */
    static int etherType(MemorySegment memory, long offset) {
        return memory.get(SHORT, offset + TYPE_OFFSET) & 0xFFFF;
    }

    /** Why the frame is unsound in its family, {@code null} when it is sound or the family is opaque to the driver. */
    static @Nullable DropReason unsound(int etherType, MemorySegment memory, long offset, int lengthBytes) {
        return switch (etherType) {
            case TYPE_IPV4 -> unsoundIpv4(memory, offset + ETHERNET_HEADER_BYTES, lengthBytes - ETHERNET_HEADER_BYTES);
            case TYPE_ARP -> unsoundArp(memory, offset + ETHERNET_HEADER_BYTES, lengthBytes - ETHERNET_HEADER_BYTES);
            default -> null;
        };
    }

    /** RFC 791 section 3.1 and RFC 1122 section 3.2.1: length, version, header length, total length, header checksum. */
    private static @Nullable DropReason unsoundIpv4(MemorySegment memory, long offset, int lengthBytes) {
        if (lengthBytes < IPV4_MIN_HEADER_BYTES) {
            return DropReason.IPV4_TRUNCATED_HEADER;
        }
        int versionAndHeaderLength = memory.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
        int headerBytes = (versionAndHeaderLength & 0xF) * 4;
        if (versionAndHeaderLength >>> 4 != 4 || headerBytes < IPV4_MIN_HEADER_BYTES) {
            return DropReason.IPV4_MALFORMED_HEADER;
        }
        if (headerBytes > lengthBytes) {
            return DropReason.IPV4_TRUNCATED_HEADER;
        }
        int totalBytes = memory.get(SHORT, offset + 2) & 0xFFFF;
        if (totalBytes < headerBytes || totalBytes > lengthBytes) {
            return DropReason.IPV4_BAD_TOTAL_LENGTH;
        }
        return headerSum(memory, offset, headerBytes) == 0xFFFF ? null : DropReason.IPV4_BAD_CHECKSUM;
    }

    /** One's complement sum (RFC 1071) of a header; a handful of words, so no vector loop is worth its start. */
    private static int headerSum(MemorySegment memory, long offset, int headerBytes) {
        long sum = 0;
        for (int at = 0; at < headerBytes; at += Integer.BYTES) {
            sum += memory.get(INT, offset + at) & 0xFFFF_FFFFL;
        }
        sum = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        return (int) ((sum & 0xFFFF) + (sum >>> 16));
    }

    private static @Nullable DropReason unsoundArp(MemorySegment memory, long offset, int lengthBytes) {
        if (lengthBytes < ARP_BYTES) {
            return DropReason.ARP_MALFORMED;
        }
        long kinds = (memory.get(INT, offset) & 0xFFFF_FFFFL) << 16 | (memory.get(SHORT, offset + 4) & 0xFFFF);
        return kinds == ARP_ETHERNET_IPV4 ? null : DropReason.ARP_MALFORMED;
    }
}
