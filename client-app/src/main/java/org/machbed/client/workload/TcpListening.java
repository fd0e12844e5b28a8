package org.machbed.client.workload;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Json;

/** The side of a TCP workload that waits for the other: it accepts one connection, when its first trial begins. */
final class TcpListening implements AutoCloseable {
    private final ServerSocketChannel listener;

    /** Written by the thread of the trials, closed by any. */
    private volatile @Nullable SocketChannel accepted;

    /** Of the thread of the trials. */
    private @Nullable StreamMessages messages;

    private TcpListening(ServerSocketChannel listener) {
        this.listener = listener;
    }

    static TcpListening open(SelectorProvider provider, InetSocketAddress local) throws IOException {
        ServerSocketChannel listener = provider.openServerSocketChannel();
        try {
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            return new TcpListening(listener.bind(local));
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
    }

    void describe(Json reply) {
        try {
            if (listener.getLocalAddress() instanceof InetSocketAddress local) {
                reply.put("port", local.getPort());
            }
        } catch (IOException e) {
            throw new IllegalStateException("the channel was closed as soon as it was open", e);
        }
    }

    /** The connection; waits for it the first time. */
    SocketChannel channel() throws IOException {
        SocketChannel channel = accepted;
        if (channel == null) {
            channel = listener.accept();
            accepted = channel;
        }
        return channel;
    }

    /**
     * The messages of the connection; waits for it the first time.
     *
     * @param wholly whether all of a message is checked, or its number alone
     */
    StreamMessages messages(Payload payload, Buffers buffers, boolean wholly) throws IOException {
        SocketChannel channel = channel();
        StreamMessages made = messages;
        if (made == null) {
            made = StreamMessages.of(channel, payload, buffers, wholly);
            messages = made;
        }
        return made;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        SocketChannel channel = accepted;
        if (channel != null) {
            channel.close();
        }
    }
}
