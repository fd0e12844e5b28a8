package org.machbed.kernel.device;

import java.nio.ByteBuffer;
import org.machbed.netstack.session.SessionTemplate;

/** Frames of UDP sessions between 192.0.2.1, the host under test, and 192.0.2.2, with a sequence number as data. */
final class SessionFrames {
    static final int LOCAL = 0xC0000201;
    static final int REMOTE = 0xC0000202;
    static final int PEER_PORT = 5002;
    private static final int UDP = 17;
    private static final int IP_OFFSET = 14;
    private static final int NUMBER_OFFSET = 42;

    private SessionFrames() {}

    /** The session of a local port with the peer. */
    static SessionTemplate template(int localPort) {
        return new SessionTemplate(UDP, LOCAL, localPort, REMOTE, PEER_PORT);
    }

    /** A frame to a session's port. */
    static byte[] in(int localPort, int number) {
        return frame("020000000001", "020000000002", REMOTE, PEER_PORT, LOCAL, localPort, 0, number);
    }

    /** A frame that a session's owner sends. */
    static byte[] out(int localPort, int number) {
        return frame("020000000002", "020000000001", LOCAL, localPort, REMOTE, PEER_PORT, 0, number);
    }

    static byte[] frame(
            String to,
            String from,
            int source,
            int sourcePort,
            int destination,
            int destinationPort,
            int fragmentWord,
            int number) {
        ByteBuffer frame = ByteBuffer.allocate(60);
        frame.put(TestFrames.bytes(to)).put(TestFrames.bytes(from)).putShort((short) 0x0800);
        frame.putShort((short) 0x4500).putShort((short) 44).putShort((short) number);
        frame.putShort((short) fragmentWord).put((byte) 64).put((byte) UDP).putShort((short) 0);
        frame.putInt(source).putInt(destination);
        frame.putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putShort((short) 24)
                .putShort((short) 0);
        frame.putInt(number);
        long sum = 0;
        for (int at = IP_OFFSET; at < IP_OFFSET + 20; at += 2) {
            sum += frame.getShort(at) & 0xFFFF;
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        return frame.putShort(24, (short) ~((sum & 0xFFFF) + (sum >>> 16))).array();
    }

    static int number(byte[] frame) {
        return ByteBuffer.wrap(frame).getInt(NUMBER_OFFSET);
    }
}
