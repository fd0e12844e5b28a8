package org.machbed.client.workload;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** Datagrams in buffers of the application's own. No garbage. */
final class CopiedDatagrams extends DatagramMessages {
    private final DatagramChannel channel;
    private final Payload payload;
    private final ByteBuffer target;

    CopiedDatagrams(DatagramChannel channel, Payload payload) {
        this.channel = channel;
        this.payload = payload;
        this.target = payload.newTarget();
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
    void receive() throws IOException {
        channel.read(target.clear());
    }

    @Override
    SocketAddress receiveFirst() throws IOException {
        return channel.receive(target.clear());
    }

    @Override
    void check(long number) throws IOException {
        payload.check(target, number);
    }

    @Override
    void answer(long number) throws IOException {
        channel.write(target);
        if (target.hasRemaining()) {
            throw new IOException(
                    "datagram " + number + " was echoed without its last " + target.remaining() + " bytes");
        }
    }

    @Override
    void done() {
        // The buffer is used for the next one.
    }
}
