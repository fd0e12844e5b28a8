package org.machbed.client.channel;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.SocketOptionName;

/**
 * A {@link DatagramChannel} on a {@link DatagramSocketLayer}: what an application sees of a topology. It behaves as the JDK's own IPv4
 * channel does on Linux, down to its quirks (an empty {@code write} sends nothing, {@code connect} discards what was queued),
 * which one suite of tests holds both to. Not there: multicast, selectors and the {@link #socket() socket adaptor}.
 *
 * <p>Safe for use by several threads; a reader and a writer do not wait for each other. Locks are taken in the order read lock,
 * write lock, state lock. Closing, or interrupting a thread that is blocked in a call, closes the socket, and the socket layer
 * then ends the call that waits. A {@code read} or {@code write} of one buffer allocates nothing.
 */
final class MachbedDatagramChannel extends DatagramChannel {
    private final SocketIo io;

    private final ReentrantLock readLock = new ReentrantLock();
    private final ReentrantLock writeLock = new ReentrantLock();

    /** Guards the three addresses. */
    private final Object stateLock = new Object();

    private @Nullable InetSocketAddress localAddress;
    private @Nullable InetSocketAddress remoteAddress;

    private MachbedDatagramChannel(SelectorProvider provider, SocketIo io) {
        super(provider);
        this.io = io;
    }

    static MachbedDatagramChannel open(SelectorProvider provider, DatagramSocketLayer sockets) throws IOException {
        return new MachbedDatagramChannel(provider, SocketIo.open(sockets));
    }

    @Override
    public MachbedDatagramChannel bind(@Nullable SocketAddress local) throws IOException {
        lockBoth();
        try {
            synchronized (stateLock) {
                ensureOpen();
                if (localAddress != null) {
                    throw new AlreadyBoundException();
                }
                bindTo(local);
            }
            return this;
        } finally {
            unlockBoth();
        }
    }

    @Override
    public MachbedDatagramChannel connect(SocketAddress remote) throws IOException {
        InetSocketAddress peer = SocketAddresses.check(remote);
        lockBoth();
        try {
            synchronized (stateLock) {
                ensureOpen();
                if (remoteAddress != null) {
                    throw new AlreadyConnectedException();
                }
                if (peer.getPort() == 0) {
                    throw new SocketException("Can't connect to port 0");
                }
                if (localAddress == null) {
                    bindTo(null);
                }
                io.connect(peer);
                remoteAddress = peer;
                localAddress = io.localAddress();
            }
            io.discardQueued();
            return this;
        } finally {
            unlockBoth();
        }
    }

    @Override
    public MachbedDatagramChannel disconnect() throws IOException {
        lockBoth();
        try {
            synchronized (stateLock) {
                if (isOpen() && remoteAddress != null) {
                    io.disconnect();
                    remoteAddress = null;
                    localAddress = io.localAddress();
                }
            }
            return this;
        } finally {
            unlockBoth();
        }
    }

    @Override
    public @Nullable SocketAddress receive(ByteBuffer target) throws IOException {
        SocketIo.requireWritable(target);
        readLock.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            InetSocketAddress source = null;
            try {
                begin(blocking, false);
                source = io.receive(target, blocking);
            } finally {
                end(blocking, source != null);
            }
            return source;
        } finally {
            readLock.unlock();
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        Objects.requireNonNull(target);
        readLock.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            int bytes = 0;
            try {
                begin(blocking, true);
                bytes = io.read(target, blocking);
            } finally {
                end(blocking, bytes > 0);
            }
            return bytes;
        } finally {
            readLock.unlock();
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        readLock.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            long bytes = 0;
            try {
                begin(blocking, true);
                bytes = io.scatter(targets, offset, length, blocking);
            } finally {
                end(blocking, bytes > 0);
            }
            return bytes;
        } finally {
            readLock.unlock();
        }
    }

    @Override
    public int send(ByteBuffer source, SocketAddress target) throws IOException {
        Objects.requireNonNull(source);
        InetSocketAddress destination = SocketAddresses.check(target);
        writeLock.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            int bytes = -1;
            try {
                SocketAddress peer = begin(blocking, false);
                if (peer == null) {
                    bytes = io.send(source, destination);
                } else if (peer.equals(destination)) {
                    bytes = io.write(source);
                } else {
                    throw new AlreadyConnectedException();
                }
            } finally {
                end(blocking, bytes >= 0);
            }
            return bytes;
        } finally {
            writeLock.unlock();
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source);
        writeLock.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            int bytes = 0;
            try {
                begin(blocking, true);
                bytes = io.write(source);
            } finally {
                end(blocking, bytes > 0);
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
            ensureOpen();
            boolean blocking = isBlocking();
            long bytes = 0;
            try {
                begin(blocking, true);
                bytes = io.gather(sources, offset, length);
            } finally {
                end(blocking, bytes > 0);
            }
            return bytes;
        } finally {
            writeLock.unlock();
        }
    }

    @Override
    public boolean isConnected() {
        synchronized (stateLock) {
            return remoteAddress != null && isOpen();
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
        return ChannelOptions.DATAGRAM.supported();
    }

    @Override
    public <T> MachbedDatagramChannel setOption(SocketOption<T> name, T value) throws IOException {
        int layerValue = ChannelOptions.DATAGRAM.toLayer(name, value);
        synchronized (stateLock) {
            ensureOpen();
            io.setOption(ChannelOptions.DATAGRAM.name(name), layerValue);
        }
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        SocketOptionName layerName = ChannelOptions.DATAGRAM.name(name);
        synchronized (stateLock) {
            ensureOpen();
            return ChannelOptions.fromLayer(name, io.option(layerName));
        }
    }

    /**
     * Not here: the adaptor of the JDK is bound to its own channels.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    public DatagramSocket socket() {
        throw new UnsupportedOperationException("no DatagramSocket over this channel; use the channel itself");
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface networkInterface) {
        throw new UnsupportedOperationException("multicast is not in the protocol library");
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface networkInterface, InetAddress source) {
        throw new UnsupportedOperationException("multicast is not in the protocol library");
    }

    /** Called by {@code close}, once, perhaps while other threads wait in the socket layer: closing ends their calls. */
    @Override
    protected void implCloseSelectableChannel() throws IOException {
        io.close();
    }

    /** The mode is an argument of each receive, so there is nothing to change but to wait for calls under way. */
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
            String state = isOpen() ? "local=" + localAddress + ", remote=" + remoteAddress : "closed";
            return "MachbedDatagramChannel[" + state + "]";
        }
    }

    /** Enters a call that might wait: sets the hook of {@link Thread#interrupt} and binds the socket when it is unbound. */
    private @Nullable InetSocketAddress begin(boolean blocking, boolean mustBeConnected) throws IOException {
        if (blocking) {
            begin();
        }
        synchronized (stateLock) {
            ensureOpen();
            if (remoteAddress == null && mustBeConnected) {
                throw new NotYetConnectedException();
            }
            if (localAddress == null) {
                bindTo(null);
            }
            return remoteAddress;
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

    private void bindTo(@Nullable SocketAddress local) throws IOException {
        io.bind(local == null ? SocketAddresses.ANY : SocketAddresses.check(local));
        localAddress = io.localAddress();
    }

    private void ensureOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
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
