package org.machbed.netstack.ethernet;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackCounter;

/**
 * A view of an Ethernet II header (IEEE 802.3 clause 3.2.6, RFC 894). {@link #wrap} checks the length and reads every field
 * once; accessors cannot fail afterwards, whatever another holder of the memory writes there.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    destination, octets 0 to 3                 |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  destination, octets 4 and 5  |    source, octets 0 and 1     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       source, octets 2 to 5                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             type              |  data ...
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class EthernetHeader {
    public static final int LENGTH_BYTES = 14;

    private static final int DESTINATION = 0;
    private static final int SOURCE = 6;
    private static final int TYPE = 12;

    private long destination;
    private long source;
    private int type;

    /**
     * Views the frame at {@code offset}.
     *
     * @return why it is no frame, or {@code null} when it is one
     */
    public @Nullable StackCounter wrap(MemorySegment memory, long offset, int lengthBytes) {
        if (lengthBytes < LENGTH_BYTES) {
            return StackCounter.DROP_ETHERNET_TOO_SHORT;
        }
        long first = memory.get(BigEndian.LONG, offset + DESTINATION);
        destination = first >>> 16;
        source = (first & 0xFFFF) << 32 | (memory.get(BigEndian.INT, offset + SOURCE + 2) & 0xFFFF_FFFFL);
        type = memory.get(BigEndian.SHORT, offset + TYPE) & 0xFFFF;
        return null;
    }

    /** The destination, as {@link MacAddress#bits}. */
    public long destination() {
        return destination;
    }

    /** The source, as {@link MacAddress#bits}. */
    public long source() {
        return source;
    }

    /** The {@link EtherType}. */
    public int type() {
        return type;
    }

    /** Writes a header at {@code offset}. */
    public static void write(MemorySegment memory, long offset, long destination, long source, int type) {
        memory.set(BigEndian.LONG, offset + DESTINATION, destination << 16 | source >>> 32);
        memory.set(BigEndian.INT, offset + SOURCE + 2, (int) source);
        memory.set(BigEndian.SHORT, offset + TYPE, (short) type);
    }

    /** As tcpdump prints it. */
    @Override
    public String toString() {
        return MacAddress.format(source()) + " > " + MacAddress.format(destination()) + ", ethertype "
                + EtherType.name(type());
    }
}
