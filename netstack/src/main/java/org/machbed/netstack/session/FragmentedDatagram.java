package org.machbed.netstack.session;

import java.util.BitSet;
import org.machbed.netstack.ipv4.Ipv4Header;

/** A datagram whose first fragment went by, and whose it is. Owned by {@link FragmentedDatagrams}, used for one after the other. */
final class FragmentedDatagram {
    private static final int UNKNOWN = Integer.MAX_VALUE;

    long ends;
    int protocolAndIdentification;
    long deadlineNs;

    /** The session's key; 0 and 0 when the datagram is nobody's. */
    long addresses;

    long ports;

    /** One bit for each 8 octets that went by: a sum would take a fragment that comes twice for two. */
    private final BitSet blocks = new BitSet(Ipv4Header.MAXIMUM_PACKET_BYTES / 8 + 1);

    /** {@link #UNKNOWN} until the last fragment went by. */
    private int totalBlocks;

    void start(SessionPacket first, long addresses, long ports, long deadlineNs) {
        ends = first.ends();
        protocolAndIdentification = first.protocolAndIdentification();
        this.addresses = addresses;
        this.ports = ports;
        this.deadlineNs = deadlineNs;
        blocks.clear();
        totalBlocks = UNKNOWN;
        add(first);
    }

    /** Takes a fragment; answers whether all of the datagram has gone by. */
    boolean add(SessionPacket fragment) {
        int start = fragment.ip.fragmentOffsetBytes();
        int end = (start + fragment.ip.dataBytes() + 7) / 8;
        blocks.set(start / 8, end);
        if (!fragment.ip.moreFragments()) {
            totalBlocks = end;
        }
        return blocks.nextClearBit(0) >= totalBlocks;
    }

    /** Whether a fragment is of it (RFC 791 section 3.2). */
    boolean isOf(SessionPacket fragment) {
        return ends == fragment.ends() && protocolAndIdentification == fragment.protocolAndIdentification();
    }

    /** Whether it is the session's. */
    boolean isOwnedBy(long addresses, long ports) {
        return this.addresses == addresses && this.ports == ports;
    }
}
