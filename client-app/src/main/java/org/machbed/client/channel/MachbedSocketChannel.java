package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;

/**
 * A {@link SocketChannel} on a {@link StreamSocketLayer}. It behaves as the JDK's own IPv4 channel does on Linux, which one suite of
 * tests holds both to: a blocking {@code write} writes everything, a connect that fails closes the channel, a reset is told by
 * every {@code read} from then on. Not there: selectors.
 *
 * <p>Safe for use by several threads; a reader and a writer do not wait for each other. Locks are taken in the order read lock,
 * write lock, state lock. Closing, or interrupting a thread that is blocked in a call, closes the socket, and the socket layer
 * then ends the call that waits. A {@code read} or {@code write} of one buffer allocates nothing.
 */
final class MachbedSocketChannel extends SocketChannel {
    private enum State {
        UNCONNECTED,
        CONNECTION_PENDING,
        CONNECTED
    }

    private final StreamIo io;
    private final ReentrantLock readLock = new ReentrantLock();
    private final ReentrantLock writeLock = new ReentrantLock();

    /** Guards the fields below. */
    private final Object stateLock = new Object();

    private State state = State.UNCONNECTED;
    private @Nullable InetSocketAddress localAddress;
    private @Nullable InetSocketAddress remoteAddress;
    private boolean inputClosed;
    private boolean outputClosed;
    private @Nullable Socket socket;

    private MachbedSocketChannel(SelectorProvider provider, StreamIo io) {
        super(provider);
        this.io = io;
    }

    static MachbedSocketChannel open(SelectorProvider provider, StreamSocketLayer sockets) throws IOException {
        return new MachbedSocketChannel(provider, StreamIo.open(sockets));
    }

    /** The channel of a connection that was accepted. */
    static MachbedSocketChannel accepted(SelectorProvider provider, StreamIo io) throws IOException {
        MachbedSocketChannel channel = new MachbedSocketChannel(provider, io);
        synchronized (channel.stateLock) {
            channel.localAddress = io.localAddress();
            channel.remoteAddress = io.remoteAddress();
            channel.state = State.CONNECTED;
        }
        return channel;
    }

    @Override
    public MachbedSocketChannel bind(@Nullable SocketAddress local) throws IOException {
        lockBoth();
        try {
            synchronized (stateLock) {
                ensureOpen();
                if (state == State.CONNECTION_PENDING) {
                    throw new ConnectionPendingException();
                }
                if (localAddress != null) {
                    throw new AlreadyBoundException();
                }
                io.bind(local == null ? SocketAddresses.ANY : SocketAddresses.check(local));
                localAddress = io.localAddress();
            }
            return this;
        } finally {
            unlockBoth();
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
            lockBoth();
            try {
                ensureOpen();
                boolean blocking = isBlocking();
                boolean connected = false;
                try {
                    beginConnect(peer, blocking);
                    if (limitNs == 0) {
                        connected = io.connect(peer, blocking);
                    } else {
                        io.connect(peer, limitNs);
                        connected = true;
                    }
                } finally {
                    end(blocking, connected);
                }
                return connected && becomeConnected();
            } finally {
                unlockBoth();
            }
        } catch (IOException e) {
            throw closed(e);
        }
    }

    private void beginConnect(InetSocketAddress peer, boolean blocking) throws IOException {
        if (blocking) {
            begin();
        }
        synchronized (stateLock) {
            ensureOpen();
            state = switch (state) {
                case CONNECTED -> throw new AlreadyConnectedException();
                case CONNECTION_PENDING -> throw new ConnectionPendingException();
                case UNCONNECTED -> State.CONNECTION_PENDING;
            };
            remoteAddress = peer;
        }
    }

    private boolean becomeConnected() throws IOException {
        synchronized (stateLock) {
            ensureOpen();
            localAddress = io.localAddress();
            state = State.CONNECTED;
            return true;
        }
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
    public boolean finishConnect() throws IOException {
        try {
            lockBoth();
            try {
                ensureOpen();
                if (isConnected()) {
                    return true;
                }
                boolean blocking = isBlocking();
                boolean connected = false;
                try {
                    beginFinishConnect(blocking);
                    connected = io.finishConnect(blocking);
                } finally {
                    end(blocking, connected);
                }
                return connected && becomeConnected();
            } finally {
                unlockBoth();
            }
        } catch (IOException e) {
            throw closed(e);
        }
    }

    private void beginFinishConnect(boolean blocking) throws IOException {
        if (blocking) {
            begin();
        }
        synchronized (stateLock) {
            ensureOpen();
            if (state != State.CONNECTION_PENDING) {
                throw new NoConnectionPendingException();
            }
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return read(target, 0);
    }

    /** How many bytes can be read now. */
    int unreadBytes() throws IOException {
        ensureOpenAndConnected();
        return isInputClosed() ? 0 : io.option(SocketOptionName.UNREAD_BYTES);
    }

    /**
     * Reads.
     *
     * @param limitNs how long to wait at most, 0 for as long as it takes; of a blocking channel only
     */
    int read(ByteBuffer target, long limitNs) throws IOException {
        Objects.requireNonNull(target);
        readLock.lock();
        try {
            ensureOpenAndConnected();
            boolean blocking = isBlocking();
            int bytes = 0;
            try {
                if (blocking) {
                    begin();
                }
                if (isInputClosed()) {
                    bytes = -1;
                } else {
                    bytes = limitNs == 0 ? io.read(target, blocking) : io.read(target, limitNs);
                }
            } finally {
                end(blocking, bytes > 0);
            }
            return bytes <= 0 && isInputClosed() ? -1 : bytes;
        } finally {
            readLock.unlock();
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        readLock.lock();
        try {
            ensureOpenAndConnected();
            boolean blocking = isBlocking();
            long bytes = 0;
            try {
                if (blocking) {
                    begin();
                }
                bytes = isInputClosed() ? -1 : io.scatter(targets, offset, length, blocking);
            } finally {
                end(blocking, bytes > 0);
            }
            return bytes <= 0 && isInputClosed() ? -1 : bytes;
        } finally {
            readLock.unlock();
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source);
        writeLock.lock();
        try {
            ensureOpenAndConnected();
            boolean blocking = isBlocking();
            int bytes = 0;
            try {
                beginWrite(blocking);
                bytes = io.write(source, blocking);
            } finally {
                endWrite(blocking, bytes > 0);
            }
            return bytes;
        } finally {
            writeLock.unlock();
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        writeLock.lock();
        try {
            ensureOpenAndConnected();
            boolean blocking = isBlocking();
            long bytes = 0;
            try {
                beginWrite(blocking);
                bytes = io.gather(sources, offset, length, blocking);
            } finally {
                endWrite(blocking, bytes > 0);
            }
            return bytes;
        } finally {
            writeLock.unlock();
        }
    }

    private void beginWrite(boolean blocking) throws IOException {
        if (blocking) {
            begin();
        }
        synchronized (stateLock) {
            ensureOpen();
            if (outputClosed) {
                throw new ClosedChannelException();
            }
        }
    }

    /** A write that {@link #shutdownOutput} has ended before it sent anything fails as one that {@code close} ended. */
    private void endWrite(boolean blocking, boolean completed) throws IOException {
        boolean shut;
        synchronized (stateLock) {
            shut = outputClosed;
        }
        end(blocking, completed);
        if (blocking && !completed && shut && isOpen()) {
            throw new AsynchronousCloseException();
        }
    }

    @Override
    public MachbedSocketChannel shutdownInput() throws IOException {
        synchronized (stateLock) {
            ensureOpenAndConnected();
            if (!inputClosed) {
                inputClosed = true;
                io.shutdownReceiving();
            }
        }
        return this;
    }

    @Override
    public MachbedSocketChannel shutdownOutput() throws IOException {
        synchronized (stateLock) {
            ensureOpenAndConnected();
            if (!outputClosed) {
                outputClosed = true;
                io.shutdownSending();
            }
        }
        return this;
    }

    private boolean isInputClosed() {
        synchronized (stateLock) {
            return inputClosed;
        }
    }

    @Override
    public boolean isConnected() {
        synchronized (stateLock) {
            return state == State.CONNECTED && isOpen();
        }
    }

    @Override
    public boolean isConnectionPending() {
        synchronized (stateLock) {
            return state == State.CONNECTION_PENDING && isOpen();
        }
    }

    @Override
    public @Nullable SocketAddress getLocalAddress() throws IOException {
        synchronized (stateLock) {
            ensureOpen();
            return localAddress;
        }
    }

    @Override
    public @Nullable SocketAddress getRemoteAddress() throws IOException {
        synchronized (stateLock) {
            ensureOpen();
            return remoteAddress;
        }
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return ChannelOptions.STREAM.supported();
    }

    @Override
    public <T> MachbedSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        int layerValue = ChannelOptions.STREAM.toLayer(name, value);
        synchronized (stateLock) {
            ensureOpen();
            io.setOption(ChannelOptions.STREAM.name(name), layerValue);
        }
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        SocketOptionName layerName = ChannelOptions.STREAM.name(name);
        synchronized (stateLock) {
            ensureOpen();
            return ChannelOptions.fromLayer(name, io.option(layerName));
        }
    }

    /** Always the same one. */
    @Override
    public Socket socket() {
        synchronized (stateLock) {
            Socket made = socket;
            if (made == null) {
                made = SocketView.of(this);
                socket = made;
            }
            return made;
        }
    }

    boolean isOutputShutdown() {
        synchronized (stateLock) {
            return outputClosed;
        }
    }

    boolean isInputShutdown() {
        return isInputClosed();
    }

    /** Sends one byte as urgent data; {@code false} when there is no room. */
    boolean sendUrgent(byte value) throws IOException {
        ensureOpenAndConnected();
        return io.sendUrgent(value);
    }

    /** Called by {@code close}, once, perhaps while other threads wait in the socket layer: closing ends their calls. */
    @Override
    protected void implCloseSelectableChannel() throws IOException {
        io.close();
    }

    /** The mode is an argument of each call, so there is nothing to change but to wait for calls under way. */
    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
        lockBoth();
        try {
            ensureOpen();
        } finally {
            unlockBoth();
        }
    }

    @Override
    public String toString() {
        synchronized (stateLock) {
            String text = isOpen() ? state + ", local=" + localAddress + ", remote=" + remoteAddress : "closed";
            return "MachbedSocketChannel[" + text + "]";
        }
    }

    /** Leaves a call: throws what belongs to an interrupt or a close that ended it, instead of what the socket layer threw. */
    private void end(boolean blocking, boolean completed) throws IOException {
        if (!blocking) {
            return;
        }
        if (!completed && isOpen() && Thread.currentThread().isInterrupted()) {
            // The interrupt woke the socket layer's wait before it came to this channel: to begin again is to be closed
            // by it.
            begin();
        }
        end(completed);
    }

    private void ensureOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private void ensureOpenAndConnected() throws ClosedChannelException {
        ensureOpen();
        synchronized (stateLock) {
            if (state != State.CONNECTED) {
                throw new NotYetConnectedException();
            }
        }
    }

    private void lockBoth() {
        readLock.lock();
        writeLock.lock();
    }

    private void unlockBoth() {
        writeLock.unlock();
        readLock.unlock();
    }
}
