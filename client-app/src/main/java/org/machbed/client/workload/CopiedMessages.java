package org.machbed.client.workload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Messages in buffers of the application's own. No garbage. */
final class CopiedMessages extends StreamMessages {
    private final SocketChannel channel;
    private final Payload payload;
    private final boolean wholly;
    private final ByteBuffer target;

    CopiedMessages(SocketChannel channel, Payload payload, boolean wholly) {
        this.channel = channel;
        this.payload = payload;
        this.wholly = wholly;
        this.target = ByteBuffer.allocateDirect(payload.bytes());
    }

    @Override
    void prepare(long number) {
        payload.numbered(number);
    }

    @Override
    void send() throws IOException {
        channel.write(payload.prepared());
    }

    @Override
    void receive(long number) throws IOException {
        TcpMessages.readFully(channel, target.clear());
    }

    @Override
    void check(long number) throws IOException {
        if (wholly) {
            payload.check(target, number);
        } else {
            payload.checkNumber(target, number);
        }
    }

    @Override
    void answer(long number) throws IOException {
        channel.write(target);
    }

    @Override
    void done() {
        // The buffer is used for the next one.
    }
}
