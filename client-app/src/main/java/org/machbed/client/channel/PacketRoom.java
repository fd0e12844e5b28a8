package org.machbed.client.channel;

import java.net.DatagramPacket;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * How long a datagram fits a packet. That is what its maker said, and no longer its {@code getLength()} once it was received into;
 * the JDK keeps it in a field that only its own sockets see. Here it is remembered for packets that were received into, and holds
 * until their maker says something else.
 */
final class PacketRoom {
    /** What a packet was left like. */
    private static final class Received {
        private final int roomBytes;
        private final int lengthBytes;
        private final int offset;
        private final byte[] data;

        Received(DatagramPacket packet, int roomBytes) {
            this.roomBytes = roomBytes;
            lengthBytes = packet.getLength();
            offset = packet.getOffset();
            data = packet.getData();
        }

        @SuppressWarnings("ReferenceEquality") // the same array, whatever is in it
        boolean describes(DatagramPacket packet) {
            return packet.getLength() == lengthBytes && packet.getData() == data && packet.getOffset() == offset;
        }
    }

    private static final Map<DatagramPacket, Received> RECEIVED = Collections.synchronizedMap(new WeakHashMap<>());

    private PacketRoom() {}

    /** Where in the packet a datagram is to be put. */
    static ByteBuffer of(DatagramPacket packet) {
        Received before = RECEIVED.get(packet);
        int room = before != null && before.describes(packet) ? before.roomBytes : packet.getLength();
        return ByteBuffer.wrap(packet.getData(), packet.getOffset(), room);
    }

    /** A datagram fills the packet's room up to its position. */
    static void received(DatagramPacket packet, ByteBuffer room) {
        packet.setLength(room.position() - packet.getOffset());
        RECEIVED.put(packet, new Received(packet, room.limit() - packet.getOffset()));
    }
}
