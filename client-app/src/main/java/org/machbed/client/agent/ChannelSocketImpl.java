package org.machbed.client.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.nio.channels.NetworkChannel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What both kinds of stream socket have in common: a channel, and what the other kind does. */
abstract class ChannelSocketImpl extends SocketImpl {
    /** {@code SO_TIMEOUT}, which is no option of the socket's: how long a call of the application waits. */
    private volatile int timeoutMillis;

    /** The channel that {@link #create} has opened. */
    abstract NetworkChannel channel() throws SocketException;

    /** The channel, when it is there. */
    static <C extends NetworkChannel> C requireOpen(@Nullable C channel) throws SocketException {
        if (channel == null || !channel.isOpen()) {
            throw new SocketException("Socket closed");
        }
        return channel;
    }

    static void requireStream(boolean stream) throws IOException {
        if (!stream) {
            throw new IOException("Datagram socket creation not supported");
        }
    }

    final int timeoutMillis() {
        return timeoutMillis;
    }

    /** Tells {@link SocketImpl} what {@code getLocalPort} answers. */
    final void noteLocalPort() throws IOException {
        if (channel().getLocalAddress() instanceof InetSocketAddress local) {
            localport = local.getPort();
        }
    }

    @Override
    public void setOption(int id, Object value) throws SocketException {
        if (id == SocketOptions.SO_TIMEOUT) {
            timeoutMillis = (Integer) value;
        } else {
            ChannelOptionIds.set(channel(), id, value);
        }
    }

    @Override
    public Object getOption(int id) throws SocketException {
        return id == SocketOptions.SO_TIMEOUT ? timeoutMillis : ChannelOptionIds.get(channel(), id);
    }

    @Override
    protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
        channel().setOption(name, value);
    }

    @Override
    protected <T> T getOption(SocketOption<T> name) throws IOException {
        return channel().getOption(name);
    }

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        try {
            return channel().supportedOptions();
        } catch (SocketException e) {
            return Set.of();
        }
    }

    @Override
    protected void connect(String host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }

    @Override
    protected void connect(InetAddress address, int port) throws IOException {
        connect(new InetSocketAddress(address, port), 0);
    }

    @Override
    protected void connect(SocketAddress address, int timeout) throws IOException {
        throw new SocketException("a listening socket does not connect");
    }

    @Override
    protected void listen(int backlog) throws IOException {
        throw new SocketException("a socket of a connection does not listen");
    }

    @Override
    protected void accept(SocketImpl accepted) throws IOException {
        throw new SocketException("a socket of a connection does not accept");
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        throw new SocketException("a listening socket has no stream");
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        throw new SocketException("a listening socket has no stream");
    }

    @Override
    protected int available() throws IOException {
        return 0;
    }

    /** Channels have no urgent data. */
    @Override
    protected boolean supportsUrgentData() {
        return false;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("Urgent data not supported");
    }
}
