package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;

/**
 * A {@link SocketChannel} on a {@link StreamSocketLayer}. It behaves as the JDK's own IPv4 channel does on Linux, which one suite of
 * tests holds both to: a blocking {@code write} writes everything, a connect that fails closes the channel, a reset is told by
 * every {@code read} from then on.
 *
 * <p>Safe for use by several threads; a reader and a writer do not wait for each other. A {@code read} or {@code write} of one buffer
 * allocates nothing.
 */
final class MachbedSocketChannel extends SocketChannel implements MachbedChannel {
    private final StreamIo io;
    private final ConnectionState state;
    private final DirectionLocks locks = new DirectionLocks();
    private final Once<Socket> socket = new Once<>(() -> SocketView.of(this));

    private MachbedSocketChannel(SelectorProvider provider, StreamIo io) {
        super(provider);
        this.io = io;
        state = new ConnectionState(this, io);
    }

    static MachbedSocketChannel open(SelectorProvider provider, StreamSocketLayer sockets) throws IOException {
        return new MachbedSocketChannel(provider, StreamIo.open(sockets));
    }

    /** The channel of a connection that was accepted. */
    static MachbedSocketChannel accepted(SelectorProvider provider, StreamIo io) throws IOException {
        MachbedSocketChannel channel = new MachbedSocketChannel(provider, io);
        channel.state.accepted();
        return channel;
    }

    @Override
    public MachbedSocketChannel bind(@Nullable SocketAddress local) throws IOException {
        locks.lockBoth();
        try {
            state.bind(local);
            return this;
        } finally {
            locks.unlockBoth();
        }
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        return connect(remote, 0);
    }

    /**
     * Connects.
     *
     * @param limitNs how long at most, 0 for as long as it takes; of a blocking channel only
     */
    boolean connect(SocketAddress remote, long limitNs) throws IOException {
        InetSocketAddress peer = SocketAddresses.checkDestination(remote);
        try {
            locks.lockBoth();
            try {
                ensureOpen();
                boolean blocking = isBlocking();
                boolean connected = false;
                try {
                    enter(blocking);
                    state.beginConnect(peer);
                    connected = limitNs == 0 ? io.connect(peer, blocking) : io.connect(peer, limitNs);
                } finally {
                    leave(blocking, connected);
                }
                return connected && becomeConnected();
            } finally {
                locks.unlockBoth();
            }
        } catch (IOException e) {
            throw closed(e);
        }
    }

    @Override
    public boolean finishConnect() throws IOException {
        try {
            locks.lockBoth();
            try {
                ensureOpen();
                if (isConnected()) {
                    return true;
                }
                boolean blocking = isBlocking();
                boolean connected = false;
                try {
                    enter(blocking);
                    state.ensureConnecting();
                    connected = io.finishConnect(blocking);
                } finally {
                    leave(blocking, connected);
                }
                return connected && becomeConnected();
            } finally {
                locks.unlockBoth();
            }
        } catch (IOException e) {
            throw closed(e);
        }
    }

    private boolean becomeConnected() throws IOException {
        state.connected();
        return true;
    }

    /** As in the JDK, a connect that fails closes its channel. */
    private IOException closed(IOException failure) {
        try {
            close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return read(target, 0);
    }

    /**
     * Reads.
     *
     * @param limitNs how long to wait at most, 0 for as long as it takes; of a blocking channel only
     */
    int read(ByteBuffer target, long limitNs) throws IOException {
        Objects.requireNonNull(target);
        locks.read.lock();
        try {
            state.ensureConnected();
            boolean blocking = isBlocking();
            int bytes = 0;
            try {
                enter(blocking);
                if (state.isInputShutdown()) {
                    bytes = -1;
                } else {
                    bytes = limitNs == 0 ? io.read(target, blocking) : io.read(target, limitNs);
                }
            } finally {
                leave(blocking, bytes > 0);
            }
            return bytes <= 0 && state.isInputShutdown() ? -1 : bytes;
        } finally {
            locks.read.unlock();
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        locks.read.lock();
        try {
            state.ensureConnected();
            boolean blocking = isBlocking();
            long bytes = 0;
            try {
                enter(blocking);
                bytes = state.isInputShutdown() ? -1 : io.scatter(targets, offset, length, blocking);
            } finally {
                leave(blocking, bytes > 0);
            }
            return bytes <= 0 && state.isInputShutdown() ? -1 : bytes;
        } finally {
            locks.read.unlock();
        }
    }

    /** How many bytes can be read now. */
    int unreadBytes() throws IOException {
        state.ensureConnected();
        return state.isInputShutdown() ? 0 : io.option(SocketOptionName.UNREAD_BYTES);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source);
        locks.write.lock();
        try {
            state.ensureConnected();
            boolean blocking = isBlocking();
            int bytes = 0;
            try {
                enter(blocking);
                state.ensureOutput();
                bytes = io.write(source, blocking);
            } finally {
                leaveWrite(blocking, bytes > 0);
            }
            return bytes;
        } finally {
            locks.write.unlock();
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        locks.write.lock();
        try {
            state.ensureConnected();
            boolean blocking = isBlocking();
            long bytes = 0;
            try {
                enter(blocking);
                state.ensureOutput();
                bytes = io.gather(sources, offset, length, blocking);
            } finally {
                leaveWrite(blocking, bytes > 0);
            }
            return bytes;
        } finally {
            locks.write.unlock();
        }
    }

    /** A write that {@link #shutdownOutput} has ended before it sent anything fails as one that {@code close} ended. */
    void leaveWrite(boolean blocking, boolean completed) throws AsynchronousCloseException {
        boolean shut = state.isOutputShutdown();
        leave(blocking, completed);
        if (blocking && !completed && shut && isOpen()) {
            throw new AsynchronousCloseException();
        }
    }

    /** Sends one byte as urgent data; {@code false} when there is no room. */
    boolean sendUrgent(byte value) throws IOException {
        state.ensureConnected();
        return io.sendUrgent(value);
    }

    @Override
    public MachbedSocketChannel shutdownInput() throws IOException {
        state.shutdownInput();
        return this;
    }

    @Override
    public MachbedSocketChannel shutdownOutput() throws IOException {
        state.shutdownOutput();
        return this;
    }

    @Override
    public boolean isConnected() {
        return state.isConnected();
    }

    @Override
    public boolean isConnectionPending() {
        return state.isConnecting();
    }

    @Override
    public @Nullable SocketAddress getLocalAddress() throws IOException {
        return state.localAddress();
    }

    @Override
    public @Nullable SocketAddress getRemoteAddress() throws IOException {
        return state.remoteAddress();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return ChannelOptions.STREAM.supported();
    }

    @Override
    public <T> MachbedSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        state.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return state.option(name);
    }

    /** Always the same one. */
    @Override
    public Socket socket() {
        return socket.get();
    }

    @Override
    public StreamIo io() {
        return io;
    }

    /** A connection that has yet to be finished is ready for nothing else, as in the JDK. */
    @Override
    public int possibleOps() {
        if (isConnected()) {
            return SelectionKey.OP_READ | SelectionKey.OP_WRITE;
        }
        return isConnectionPending() ? SelectionKey.OP_CONNECT : 0;
    }

    /** What the channel knows of its socket, for the view of it. */
    ConnectionState state() {
        return state;
    }

    DirectionLocks locks() {
        return locks;
    }

    @Override
    public void beginBlocking() {
        begin();
    }

    @Override
    public void endBlocking(boolean completed) throws AsynchronousCloseException {
        end(completed);
    }

    /** Called by {@code close}, once, perhaps while other threads wait in the socket layer: closing ends their calls. */
    @Override
    protected void implCloseSelectableChannel() throws IOException {
        io.close();
    }

    /** The mode is an argument of each call, so there is nothing to change but to wait for calls under way. */
    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
        locks.lockBoth();
        try {
            ensureOpen();
        } finally {
            locks.unlockBoth();
        }
    }

    @Override
    public String toString() {
        return "MachbedSocketChannel[" + state + "]";
    }
}
