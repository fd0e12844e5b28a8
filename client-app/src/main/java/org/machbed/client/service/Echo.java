package org.machbed.client.service;

import java.io.IOException;
import java.nio.ByteBuffer;

/** RFC 862: sends back whatever it receives, and over TCP ends its stream when the peer has ended the other. */
final class Echo implements SmallService {
    private static final int BUFFER_BYTES = 64 * 1024;

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public int port() {
        return 7;
    }

    @Override
    public boolean answer(ByteBuffer datagram) {
        return true;
    }

    @Override
    public void serve(ServedConnection connection) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        while (connection.read(buffer) >= 0) {
            buffer.flip();
            connection.write(buffer);
            buffer.clear();
        }
    }
}
