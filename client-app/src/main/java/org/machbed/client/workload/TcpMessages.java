package org.machbed.client.workload;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;

/** Messages of a length that both sides know, over a connection. */
final class TcpMessages {
    private TcpMessages() {}

    /** Connects to the side that listens. */
    static SocketChannel connect(SelectorProvider provider, InetSocketAddress peer) throws IOException {
        SocketChannel channel = provider.openSocketChannel();
        try {
            channel.connect(peer);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Reads until the buffer is full. */
    static void readFully(SocketChannel channel, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (channel.read(target) < 0) {
                throw new EOFException(
                        "the other side ended the connection " + target.remaining() + " bytes before a message's end");
            }
        }
    }
}
