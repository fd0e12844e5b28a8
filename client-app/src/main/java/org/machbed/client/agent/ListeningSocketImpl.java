package org.machbed.client.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What a {@link java.net.ServerSocket} is made of: a listening channel of a provider. */
final class ListeningSocketImpl extends ChannelSocketImpl {
    private final SelectorProvider provider;
    private final ReentrantLock acceptLock = new ReentrantLock();
    private final TimedCall<SocketChannel> timedAccept = new TimedCall<>("Accept"); // guarded by acceptLock
    private volatile @Nullable ServerSocketChannel channel;
    private @Nullable InetSocketAddress bindAddress;

    ListeningSocketImpl(SelectorProvider provider) {
        this.provider = provider;
    }

    @Override
    ServerSocketChannel channel() throws SocketException {
        return requireOpen(channel);
    }

    @Override
    protected void create(boolean stream) throws IOException {
        requireStream(stream);
        try {
            channel = provider.openServerSocketChannel();
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
        try {
            channel().bind(bindAddress, backlog);
            noteLocalPort();
        } catch (UnsupportedAddressTypeException e) {
            throw SocketExceptions.of(e);
        }
    }

    @Override
    protected void accept(SocketImpl accepted) throws IOException {
        if (!(accepted instanceof ConnectionSocketImpl connection)) {
            throw new SocketException("cannot accept a connection with a " + accepted.getClass());
        }
        acceptLock.lock();
        try {
            ServerSocketChannel listener = channel();
            boolean timed = timeoutMillis() > 0 || timedAccept.isPending();
            connection.adopt(timed ? timedAccept.await(listener::accept, timeoutMillis()) : listener.accept());
        } catch (java.nio.channels.ClosedChannelException e) {
            throw SocketExceptions.of(e);
        } finally {
            acceptLock.unlock();
        }
    }

    @Override
    protected void close() throws IOException {
        NetworkChannel open = channel;
        if (open != null) {
            open.close();
        }
    }
}
