package org.machbed.client.library;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.machbed.netstack.socket.DatagramHeader;

/**
 * A datagram that moves with its socket.
 *
 * @param header its {@link DatagramHeader}
 * @param data all of it; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
public record ArrivedDatagram(long header, byte[] data) {
    /** Of a sender in host order. */
    public static ArrivedDatagram of(int ipv4, int port, byte[] data) {
        return new ArrivedDatagram(DatagramHeader.pack(ipv4, port, data.length), data);
    }

    static ArrivedDatagram of(long header, byte[] room) {
        int length = Math.min(room.length, DatagramHeader.lengthBytes(header));
        return of(
                DatagramHeader.ipv4(header),
                DatagramHeader.port(header),
                length == room.length ? room : Arrays.copyOf(room, length));
    }

    long copyTo(MemorySegment target, long offset, int room) {
        MemorySegment.copy(MemorySegment.ofArray(data), 0, target, offset, Math.min(data.length, room));
        return header;
    }
}
