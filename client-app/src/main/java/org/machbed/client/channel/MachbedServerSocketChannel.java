package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;

/**
 * A {@link ServerSocketChannel} on a {@link StreamSocketLayer}, which behaves as the JDK's own does; one suite of tests holds both to
 * it. Threads that accept take turns. Not there: selectors.
 */
final class MachbedServerSocketChannel extends ServerSocketChannel {
    /** The JDK's, for a backlog below 1. */
    private static final int DEFAULT_BACKLOG = 50;

    private final StreamIo io;
    private final ReentrantLock acceptLock = new ReentrantLock();

    /** Guards the address. */
    private final Object stateLock = new Object();

    private @Nullable InetSocketAddress localAddress;
    private @Nullable ServerSocket socket;

    private MachbedServerSocketChannel(SelectorProvider provider, StreamIo io) {
        super(provider);
        this.io = io;
    }

    static MachbedServerSocketChannel open(SelectorProvider provider, StreamSocketLayer sockets) throws IOException {
        return new MachbedServerSocketChannel(provider, StreamIo.open(sockets));
    }

    @Override
    public MachbedServerSocketChannel bind(@Nullable SocketAddress local, int backlog) throws IOException {
        synchronized (stateLock) {
            ensureOpen();
            if (localAddress != null) {
                throw new AlreadyBoundException();
            }
            io.bind(local == null ? SocketAddresses.ANY : SocketAddresses.check(local));
            io.listen(backlog < 1 ? DEFAULT_BACKLOG : backlog);
            localAddress = io.localAddress();
        }
        return this;
    }

    @Override
    public @Nullable SocketChannel accept() throws IOException {
        return accept(0);
    }

    /**
     * Accepts.
     *
     * @param limitNs how long to wait at most, 0 for as long as it takes; of a blocking channel only
     */
    @Nullable
    SocketChannel accept(long limitNs) throws IOException {
        StreamIo accepted = null;
        MachbedSocketChannel connection = null;
        acceptLock.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            try {
                beginAccept(blocking);
                accepted = limitNs == 0 ? io.accept(blocking) : io.accept(limitNs);
            } finally {
                end(blocking, accepted != null);
            }
            connection = accepted == null ? null : MachbedSocketChannel.accepted(provider(), accepted);
        } finally {
            acceptLock.unlock();
            if (connection == null && accepted != null) {
                // Interrupted or closed at the last moment: nobody else knows of the connection.
                accepted.close();
            }
        }
        return connection;
    }

    private void beginAccept(boolean blocking) throws IOException {
        if (blocking) {
            begin();
        }
        synchronized (stateLock) {
            ensureOpen();
            if (localAddress == null) {
                throw new NotYetBoundException();
            }
        }
    }

    /** Leaves a call: throws what belongs to an interrupt or a close that ended it, instead of what the socket layer threw. */
    private void end(boolean blocking, boolean completed) throws IOException {
        if (!blocking) {
            return;
        }
        if (!completed && isOpen() && Thread.currentThread().isInterrupted()) {
            // The interrupt woke the socket layer's wait before it came to this channel.
            begin();
        }
        end(completed);
    }

    @Override
    public @Nullable SocketAddress getLocalAddress() throws IOException {
        synchronized (stateLock) {
            ensureOpen();
            return localAddress;
        }
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return ChannelOptions.LISTENING.supported();
    }

    @Override
    public <T> MachbedServerSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        int layerValue = ChannelOptions.LISTENING.toLayer(name, value);
        synchronized (stateLock) {
            ensureOpen();
            io.setOption(ChannelOptions.LISTENING.name(name), layerValue);
        }
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        SocketOptionName layerName = ChannelOptions.LISTENING.name(name);
        synchronized (stateLock) {
            ensureOpen();
            return ChannelOptions.fromLayer(name, io.option(layerName));
        }
    }

    /** Always the same one. */
    @Override
    public ServerSocket socket() {
        synchronized (stateLock) {
            ServerSocket made = socket;
            if (made == null) {
                made = ServerSocketView.of(this);
                socket = made;
            }
            return made;
        }
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        io.close();
    }

    /** The mode is an argument of each accept, so there is nothing to change but to wait for one under way. */
    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
        acceptLock.lock();
        try {
            ensureOpen();
        } finally {
            acceptLock.unlock();
        }
    }

    @Override
    public String toString() {
        synchronized (stateLock) {
            return "MachbedServerSocketChannel[" + (isOpen() ? "local=" + localAddress : "closed") + "]";
        }
    }

    private void ensureOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }
}
