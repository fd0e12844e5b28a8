package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;

/** Where a datagram channel is bound, and whom it is connected to. */
final class DatagramState extends SocketState {
    private final DatagramIo io;

    DatagramState(MachbedChannel channel, DatagramIo io) {
        super(channel, ChannelOptions.DATAGRAM);
        this.io = io;
    }

    synchronized void bind(@Nullable SocketAddress address) throws IOException {
        ensureOpen();
        ensureUnbound();
        bindTo(address);
        refreshLocal();
    }

    /** Connects; {@code again}: be the socket connected or not. */
    synchronized void connect(InetSocketAddress peer, boolean again) throws IOException {
        ensureOpen();
        if (remote() != null && !again) {
            throw new AlreadyConnectedException();
        }
        if (peer.getPort() == 0) {
            throw new SocketException("Can't connect to port 0");
        }
        bindUnbound();
        io.connect(peer);
        remote(peer);
        refreshLocal();
    }

    synchronized void disconnect() throws IOException {
        if (isOpen() && remote() != null) {
            io.disconnect();
            remote(null);
            refreshLocal();
        }
    }

    /** Whom the socket is connected to, {@code null} for nobody. Binds it when it is unbound. */
    synchronized @Nullable InetSocketAddress peer() throws IOException {
        ensureOpen();
        bindUnbound();
        return remote();
    }

    synchronized void ensureConnected() throws ClosedChannelException {
        ensureOpen();
        if (remote() == null) {
            throw new NotYetConnectedException();
        }
    }

    private void bindUnbound() throws IOException {
        if (local() == null) {
            bindTo(null);
            refreshLocal();
        }
    }

    boolean isConnected() {
        return remote() != null && isOpen();
    }

    @Override
    public synchronized String toString() {
        return isOpen() ? "local=" + local() + ", remote=" + remote() : "closed";
    }
}
