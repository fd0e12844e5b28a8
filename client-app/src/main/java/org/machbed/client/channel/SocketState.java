package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.SocketOptionName;

/**
 * What a channel knows of its socket: its addresses, and its options, which the socket itself keeps. Guarded by its own monitor, the
 * last lock that a channel takes; calls that wait are not made under it.
 */
abstract class SocketState {
    private final MachbedChannel channel;
    private final ChannelOptions options;
    private @Nullable InetSocketAddress local;
    private @Nullable InetSocketAddress remote;

    SocketState(MachbedChannel channel, ChannelOptions options) {
        this.channel = channel;
        this.options = options;
    }

    final void ensureOpen() throws ClosedChannelException {
        channel.ensureOpen();
    }

    final boolean isOpen() {
        return channel.isOpen();
    }

    final void ensureUnbound() {
        if (local != null) {
            throw new AlreadyBoundException();
        }
    }

    /** Binds the socket, to any address and port for {@code null}; {@link #refreshLocal} comes next. */
    final void bindTo(@Nullable SocketAddress address) throws IOException {
        channel.io().bind(address == null ? SocketAddresses.ANY : SocketAddresses.check(address));
    }

    /** Asks the socket where it is. */
    final void refreshLocal() throws IOException {
        local = channel.io().localAddress();
    }

    final void remote(@Nullable InetSocketAddress address) {
        remote = address;
    }

    /** Where the socket is or, once it is closed, was; {@code null} when it was never bound. */
    final synchronized @Nullable InetSocketAddress local() {
        return local;
    }

    /** Whom the socket talks to or, once it is closed, talked to; {@code null} for nobody. */
    final synchronized @Nullable InetSocketAddress remote() {
        return remote;
    }

    final synchronized @Nullable InetSocketAddress localAddress() throws ClosedChannelException {
        ensureOpen();
        return local;
    }

    final synchronized @Nullable InetSocketAddress remoteAddress() throws ClosedChannelException {
        ensureOpen();
        return remote;
    }

    final <T> void setOption(SocketOption<T> name, T value) throws IOException {
        SocketOptionName layerName = options.name(name);
        int layerValue = options.toLayer(name, value);
        synchronized (this) {
            ensureOpen();
            channel.io().setOption(layerName, layerValue);
        }
    }

    final <T> T option(SocketOption<T> name) throws IOException {
        SocketOptionName layerName = options.name(name);
        synchronized (this) {
            ensureOpen();
            return ChannelOptions.fromLayer(name, channel.io().option(layerName));
        }
    }
}
