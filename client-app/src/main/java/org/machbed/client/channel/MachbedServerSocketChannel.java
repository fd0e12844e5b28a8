package org.machbed.client.channel;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.StreamSocketLayer;

/**
 * A {@link ServerSocketChannel} on a {@link StreamSocketLayer}, which behaves as the JDK's own does; one suite of tests holds both to
 * it. Threads that accept take turns.
 */
final class MachbedServerSocketChannel extends ServerSocketChannel implements MachbedChannel {
    /** The JDK's, for a backlog below 1. */
    private static final int DEFAULT_BACKLOG = 50;

    private final StreamIo io;
    private final ListeningState state;
    private final ReentrantLock acceptLock = new ReentrantLock();
    private final Once<ServerSocket> socket = new Once<>(() -> ServerSocketView.of(this));

    private MachbedServerSocketChannel(SelectorProvider provider, StreamIo io) {
        super(provider);
        this.io = io;
        state = new ListeningState(this, io);
    }

    static MachbedServerSocketChannel open(SelectorProvider provider, StreamSocketLayer sockets) throws IOException {
        return new MachbedServerSocketChannel(provider, StreamIo.open(sockets));
    }

    @Override
    public MachbedServerSocketChannel bind(@Nullable SocketAddress local, int backlog) throws IOException {
        state.listen(local, backlog < 1 ? DEFAULT_BACKLOG : backlog);
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
                enter(blocking);
                state.ensureListening();
                accepted = limitNs == 0 ? io.accept(blocking) : io.accept(limitNs);
            } finally {
                leave(blocking, accepted != null);
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

    @Override
    public @Nullable SocketAddress getLocalAddress() throws IOException {
        return state.localAddress();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return ChannelOptions.LISTENING.supported();
    }

    @Override
    public <T> MachbedServerSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        state.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return state.option(name);
    }

    /** Always the same one. */
    @Override
    public ServerSocket socket() {
        return socket.get();
    }

    @Override
    public StreamIo io() {
        return io;
    }

    @Override
    public int possibleOps() {
        return SelectionKey.OP_ACCEPT;
    }

    /** What the channel knows of its socket, for the view of it. */
    ListeningState state() {
        return state;
    }

    @Override
    public void beginBlocking() {
        begin();
    }

    @Override
    public void endBlocking(boolean completed) throws AsynchronousCloseException {
        end(completed);
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
        return "MachbedServerSocketChannel[" + state + "]";
    }
}
