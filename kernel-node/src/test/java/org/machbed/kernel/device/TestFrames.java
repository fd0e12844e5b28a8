package org.machbed.kernel.device;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Frames to the station of {@link MemoryLink}, written out byte by byte so that no code under test makes them. */
final class TestFrames {
    private static final String TO_US = "020000000001";
    private static final String FROM_PEER = "020000000002";

    private TestFrames() {}

    static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    /** A frame of 60 bytes or more with this type and payload. */
    static byte[] frame(int etherType, String payloadHex) {
        byte[] payload = bytes(payloadHex);
        ByteBuffer frame = ByteBuffer.allocate(Math.max(60, 14 + payload.length));
        frame.put(bytes(TO_US))
                .put(bytes(FROM_PEER))
                .putShort((short) etherType)
                .put(payload);
        return frame.array();
    }

    /** UDP from 192.0.2.2:5002 to 192.0.2.1:5001 with one data byte and no UDP checksum. */
    static byte[] udp() {
        return frame(0x0800, "4500001d00010000 4011f6cb c0000202 c0000201 138a1389 00090000 41");
    }

    /** ARP request of 192.0.2.2 for 192.0.2.1. */
    static byte[] arp() {
        return frame(0x0806, "0001 0800 06 04 0001 020000000002 c0000202 000000000000 c0000201");
    }
}
