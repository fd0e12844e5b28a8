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

    @Override
    public void close() throws IOException {
        listener.close();
        SocketChannel channel = accepted;
        if (channel != null) {
            channel.close();
        }
    }
}
