package org.machbed.client.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.SocketImpl;
import java.nio.channels.NetworkChannel;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;

/** What a {@link java.net.ServerSocket} is made of: the socket of a listening channel of a provider. */
final class ListeningSocketImpl extends ChannelSocketImpl {
    private final SelectorProvider provider;
    private volatile @Nullable ServerSocket socket;
    private @Nullable InetSocketAddress bindAddress;

    ListeningSocketImpl(SelectorProvider provider) {
        this.provider = provider;
    }

    private ServerSocket socket() throws SocketException {
        return created(socket);
    }

    @Override
    NetworkChannel channel() throws SocketException {
        return socket().getChannel();
    }

    @Override
    protected void create(boolean stream) throws IOException {
        requireStream(stream);
        try {
            socket = provider.openServerSocketChannel().socket();
        } catch (UnsupportedOperationException e) {
            throw SocketExceptions.of(e);
        }
    }

    /** A channel binds and listens in one call, which is {@link #listen}. */
    @Override
    protected void bind(InetAddress host, int port) {
        bindAddress = new InetSocketAddress(host, port);
    }

    @Override
    protected void listen(int backlog) throws IOException {
        ServerSocket listening = socket();
        listening.bind(bindAddress, backlog);
        localport = listening.getLocalPort();
    }

    @Override
    protected void accept(SocketImpl accepted) throws IOException {
        if (!(accepted instanceof ConnectionSocketImpl connection)) {
            throw new SocketException("cannot accept a connection with a " + accepted.getClass());
        }
        connection.adopt(socket().accept());
    }

    @Override
    void timeout(int millis) throws IOException {
        socket().setSoTimeout(millis);
    }

    @Override
    int timeout() throws IOException {
        return socket().getSoTimeout();
    }

    @Override
    protected void close() throws IOException {
        ServerSocket open = socket;
        if (open != null) {
            open.close();
        }
    }
}
