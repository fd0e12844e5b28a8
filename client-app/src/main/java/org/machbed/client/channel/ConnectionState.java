package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;

/** How far a stream channel is: unconnected, connecting or connected, and which directions have been shut down. */
final class ConnectionState extends SocketState {
    private enum Phase {
        UNCONNECTED,
        CONNECTION_PENDING,
        CONNECTED
    }

    private final StreamIo io;
    private Phase phase = Phase.UNCONNECTED;
    private boolean inputShutdown;
    private boolean outputShutdown;

    ConnectionState(MachbedChannel channel, StreamIo io) {
        super(channel, ChannelOptions.STREAM);
        this.io = io;
    }

    synchronized void bind(@Nullable SocketAddress address) throws IOException {
        ensureOpen();
        if (phase == Phase.CONNECTION_PENDING) {
            throw new ConnectionPendingException();
        }
        ensureUnbound();
        bindTo(address);
        refreshLocal();
    }

    synchronized void beginConnect(InetSocketAddress peer) throws ClosedChannelException {
        ensureOpen();
        phase = switch (phase) {
            case CONNECTED -> throw new AlreadyConnectedException();
            case CONNECTION_PENDING -> throw new ConnectionPendingException();
            case UNCONNECTED -> Phase.CONNECTION_PENDING;
        };
        remote(peer);
    }

    synchronized void ensureConnecting() throws ClosedChannelException {
        ensureOpen();
        if (phase != Phase.CONNECTION_PENDING) {
            throw new NoConnectionPendingException();
        }
    }

    /** The connect that was begun has succeeded. */
    synchronized void connected() throws IOException {
        ensureOpen();
        refreshLocal();
        phase = Phase.CONNECTED;
    }

    /** The socket is that of a connection that was accepted. */
    synchronized void accepted() throws IOException {
        remote(io.remoteAddress());
        connected();
    }

    synchronized boolean isConnected() {
        return phase == Phase.CONNECTED && isOpen();
    }

    synchronized boolean isConnecting() {
        return phase == Phase.CONNECTION_PENDING && isOpen();
    }

    synchronized void ensureConnected() throws ClosedChannelException {
        ensureOpen();
        if (phase != Phase.CONNECTED) {
            throw new NotYetConnectedException();
        }
    }

    synchronized void ensureOutput() throws ClosedChannelException {
        ensureOpen();
        if (outputShutdown) {
            throw new ClosedChannelException();
        }
    }

    synchronized void shutdownInput() throws IOException {
        ensureConnected();
        if (!inputShutdown) {
            inputShutdown = true;
            io.shutdownReceiving();
        }
    }

    synchronized void shutdownOutput() throws IOException {
        ensureConnected();
        if (!outputShutdown) {
            outputShutdown = true;
            io.shutdownSending();
        }
    }

    synchronized boolean isInputShutdown() {
        return inputShutdown;
    }

    synchronized boolean isOutputShutdown() {
        return outputShutdown;
    }

    @Override
    public synchronized String toString() {
        return isOpen() ? phase + ", local=" + local() + ", remote=" + remote() : "closed";
    }
}
