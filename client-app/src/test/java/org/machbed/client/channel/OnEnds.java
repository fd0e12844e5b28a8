package org.machbed.client.channel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What every part of the suite stands on. */
interface OnEnds {
    Ends ends();

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The bytes before the buffer's position. */
    static String textBefore(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
