package org.machbed.netstack.arp;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackCounter;

/**
 * A view of an ARP packet for Ethernet and IPv4 (RFC 826, "Packet format"). {@link #wrap} reads every field once and checks
 * types and lengths; accessors cannot fail afterwards, whatever another holder of the memory writes there.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        hardware type          |        protocol type          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | hw. length: 6 | prot. len.: 4 |          operation            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            sender hardware address, octets 0 to 3             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  sender hw. address, 4 and 5  | sender prot. addr., 0 and 1   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | sender prot. addr., 2 and 3   |  target hw. address, 0 and 1  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            target hardware address, octets 2 to 5             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                   target protocol address                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class ArpPacket {
    public static final int LENGTH_BYTES = 28;
    public static final int REQUEST = 1;
    public static final int REPLY = 2;

    private static final int HARDWARE_TYPE = 0;
    private static final int LENGTHS = 4;
    private static final int SENDER_HARDWARE = 8;
    private static final int SENDER_PROTOCOL = 14;
    private static final int TARGET_HARDWARE = 18;
    private static final int TARGET_PROTOCOL = 24;

    /** Hardware type 1 (Ethernet) and protocol type 0x0800 (IPv4). */
    private static final int ETHERNET_AND_IPV4 = 0x0001_0800;

    /** Hardware addresses of 6 octets, protocol addresses of 4. */
    private static final int SIX_AND_FOUR = 0x0604;

    private int operation;
    private long senderMac;
    private int senderIpv4;
    private long targetMac;
    private int targetIpv4;

    /**
     * Views the packet at {@code offset}; octets behind it are padding.
     *
     * @return why it is none, or {@code null} when it is one
     */
    public @Nullable StackCounter wrap(MemorySegment memory, long offset, int lengthBytes) {
        if (lengthBytes < LENGTH_BYTES) {
            return StackCounter.DROP_ARP_MALFORMED;
        }
        if (memory.get(BigEndian.INT, offset + HARDWARE_TYPE) != ETHERNET_AND_IPV4) {
            return StackCounter.DROP_ARP_UNSUPPORTED;
        }
        int lengthsAndOperation = memory.get(BigEndian.INT, offset + LENGTHS);
        if (lengthsAndOperation >>> 16 != SIX_AND_FOUR) {
            return StackCounter.DROP_ARP_MALFORMED;
        }
        operation = lengthsAndOperation & 0xFFFF;
        if (operation != REQUEST && operation != REPLY) {
            return StackCounter.DROP_ARP_UNSUPPORTED;
        }
        senderMac = memory.get(BigEndian.LONG, offset + SENDER_HARDWARE) >>> 16;
        senderIpv4 = memory.get(BigEndian.INT, offset + SENDER_PROTOCOL);
        targetMac = memory.get(BigEndian.LONG, offset + TARGET_HARDWARE) >>> 16;
        targetIpv4 = memory.get(BigEndian.INT, offset + TARGET_PROTOCOL);
        return null;
    }

    /** {@link #REQUEST} or {@link #REPLY}. */
    public int operation() {
        return operation;
    }

    public long senderMac() {
        return senderMac;
    }

    public int senderIpv4() {
        return senderIpv4;
    }

    public long targetMac() {
        return targetMac;
    }

    public int targetIpv4() {
        return targetIpv4;
    }

    /** Writes a packet at {@code offset}. */
    public static void write(
            MemorySegment memory,
            long offset,
            int operation,
            long senderMac,
            int senderIpv4,
            long targetMac,
            int targetIpv4) {
        memory.set(BigEndian.INT, offset + HARDWARE_TYPE, ETHERNET_AND_IPV4);
        memory.set(BigEndian.INT, offset + LENGTHS, SIX_AND_FOUR << 16 | operation);
        memory.set(BigEndian.SHORT, offset + SENDER_HARDWARE, (short) (senderMac >>> 32));
        memory.set(BigEndian.INT, offset + SENDER_HARDWARE + 2, (int) senderMac);
        memory.set(BigEndian.INT, offset + SENDER_PROTOCOL, senderIpv4);
        memory.set(BigEndian.SHORT, offset + TARGET_HARDWARE, (short) (targetMac >>> 32));
        memory.set(BigEndian.INT, offset + TARGET_HARDWARE + 2, (int) targetMac);
        memory.set(BigEndian.INT, offset + TARGET_PROTOCOL, targetIpv4);
    }

    /** As tcpdump prints it. */
    @Override
    public String toString() {
        return operation() == REQUEST
                ? "ARP, Request who-has " + Ipv4Address.format(targetIpv4()) + " tell "
                        + Ipv4Address.format(senderIpv4())
                : "ARP, Reply " + Ipv4Address.format(senderIpv4()) + " is-at " + MacAddress.format(senderMac());
    }
}
