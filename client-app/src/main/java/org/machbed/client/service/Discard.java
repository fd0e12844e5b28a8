package org.machbed.client.service;

import java.io.IOException;
import java.nio.ByteBuffer;

/** RFC 863: throws away whatever it receives and answers nothing. */
final class Discard implements SmallService {
    private static final int BUFFER_BYTES = 64 * 1024;

    @Override
    public String name() {
        return "discard";
    }

    @Override
    public int port() {
        return 9;
    }

    @Override
    public boolean answer(ByteBuffer datagram) {
        return false;
    }

    @Override
    public void serve(ServedConnection connection) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        while (connection.read(buffer) >= 0) {
            buffer.clear();
        }
    }
}
