package org.machbed.client.channel;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.SelectionKey;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.DatagramSocketLayer;

/**
 * A {@link DatagramChannel} on a {@link DatagramSocketLayer}: what an application sees of a topology. It behaves as the JDK's own IPv4
 * channel does on Linux, down to its quirks (an empty {@code write} sends nothing, {@code connect} discards what was queued),
 * which one suite of tests holds both to. Not there: multicast.
 *
 * <p>Safe for use by several threads; a reader and a writer do not wait for each other. A {@code read} or {@code write} of one buffer
 * allocates nothing.
 */
final class MachbedDatagramChannel extends DatagramChannel implements MachbedChannel {
    /** What multicast is answered with. */
    static final String NO_MULTICAST = "multicast is not in the protocol library";

    private final DatagramIo io;
    private final DatagramState state;
    private final DirectionLocks locks = new DirectionLocks();
    private final Once<DatagramSocket> socket = new Once<>(() -> DatagramSocketView.of(this));

    private MachbedDatagramChannel(SelectorProvider provider, DatagramIo io) {
        super(provider);
        this.io = io;
        state = new DatagramState(this, io);
    }

    static MachbedDatagramChannel open(SelectorProvider provider, DatagramSocketLayer sockets) throws IOException {
        return new MachbedDatagramChannel(provider, DatagramIo.open(sockets));
    }

    /** The channel of a socket that another process had. */
    static MachbedDatagramChannel takenOver(SelectorProvider provider, DatagramIo io) throws IOException {
        MachbedDatagramChannel channel = new MachbedDatagramChannel(provider, io);
        channel.state.refreshLocal();
        return channel;
    }

    @Override
    public MachbedDatagramChannel bind(@Nullable SocketAddress local) throws IOException {
        locks.lockBoth();
        try {
            state.bind(local);
            return this;
        } finally {
            locks.unlockBoth();
        }
    }

    @Override
    public MachbedDatagramChannel connect(SocketAddress remote) throws IOException {
        return connect(remote, false);
    }

    /** Connects; {@code again}: be it connected or not. */
    MachbedDatagramChannel connect(SocketAddress remote, boolean again) throws IOException {
        InetSocketAddress peer = SocketAddresses.check(remote);
        locks.lockBoth();
        try {
            state.connect(peer, again);
            io.discardQueued();
            return this;
        } finally {
            locks.unlockBoth();
        }
    }

    @Override
    public MachbedDatagramChannel disconnect() throws IOException {
        locks.lockBoth();
        try {
            state.disconnect();
            return this;
        } finally {
            locks.unlockBoth();
        }
    }

    @Override
    public @Nullable InetSocketAddress receive(ByteBuffer target) throws IOException {
        return receive(target, 0);
    }

    /**
     * Receives.
     *
     * @param limitNs how long to wait at most, 0 for as long as it takes; of a blocking channel only
     */
    @Nullable
    InetSocketAddress receive(ByteBuffer target, long limitNs) throws IOException {
        SocketIo.requireWritable(target);
        locks.read.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            InetSocketAddress source = null;
            try {
                enter(blocking);
                InetSocketAddress _ = state.peer();
                source = limitNs == 0 ? io.receive(target, blocking) : io.receive(target, limitNs);
            } finally {
                leave(blocking, source != null);
            }
            return source;
        } finally {
            locks.read.unlock();
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        Objects.requireNonNull(target);
        locks.read.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            int bytes = 0;
            try {
                enter(blocking);
                state.ensureConnected();
                bytes = io.read(target, blocking);
            } finally {
                leave(blocking, bytes > 0);
            }
            return bytes;
        } finally {
            locks.read.unlock();
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        locks.read.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            long bytes = 0;
            try {
                enter(blocking);
                state.ensureConnected();
                bytes = io.scatter(targets, offset, length, blocking);
            } finally {
                leave(blocking, bytes > 0);
            }
            return bytes;
        } finally {
            locks.read.unlock();
        }
    }

    @Override
    public int send(ByteBuffer source, SocketAddress target) throws IOException {
        Objects.requireNonNull(source);
        InetSocketAddress destination = SocketAddresses.check(target);
        locks.write.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            int bytes = -1;
            try {
                enter(blocking);
                InetSocketAddress peer = state.peer();
                if (peer == null) {
                    bytes = io.send(source, destination);
                } else if (peer.equals(destination)) {
                    bytes = io.write(source);
                } else {
                    throw new AlreadyConnectedException();
                }
            } finally {
                leave(blocking, bytes >= 0);
            }
            return bytes;
        } finally {
            locks.write.unlock();
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source);
        locks.write.lock();
        try {
            ensureOpen();
            boolean blocking = isBlocking();
            int bytes = 0;
            try {
                enter(blocking);
                state.ensureConnected();
                bytes = io.write(source);
            } finally {
                leave(blocking, bytes > 0);
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
            ensureOpen();
            boolean blocking = isBlocking();
            long bytes = 0;
            try {
                enter(blocking);
                state.ensureConnected();
                bytes = io.gather(sources, offset, length);
            } finally {
                leave(blocking, bytes > 0);
            }
            return bytes;
        } finally {
            locks.write.unlock();
        }
    }

    @Override
    public boolean isConnected() {
        return state.isConnected();
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
        return ChannelOptions.DATAGRAM.supported();
    }

    @Override
    public <T> MachbedDatagramChannel setOption(SocketOption<T> name, T value) throws IOException {
        state.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return state.option(name);
    }

    /** Always the same one. */
    @Override
    public DatagramSocket socket() {
        return socket.get();
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface networkInterface) {
        throw new UnsupportedOperationException(NO_MULTICAST);
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface networkInterface, InetAddress source) {
        throw new UnsupportedOperationException(NO_MULTICAST);
    }

    @Override
    public DatagramIo io() {
        return io;
    }

    @Override
    public int possibleOps() {
        return SelectionKey.OP_READ | SelectionKey.OP_WRITE;
    }

    /** What the channel knows of its socket, for the view of it. */
    DatagramState state() {
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

    /** The mode is an argument of each receive, so there is nothing to change but to wait for calls under way. */
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
        return "MachbedDatagramChannel[" + state + "]";
    }
}
