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

/**
 * What both kinds of stream socket have in common. They only pass on what they are asked: everything is done by the socket of a
 * channel, as {@link java.nio.channels.SocketChannel#socket} answers it. The options go to the channel itself, whose are the names.
 */
abstract class ChannelSocketImpl extends SocketImpl {
    /** The channel that {@link #create} has opened. */
    abstract NetworkChannel channel() throws SocketException;

    /** {@code SO_TIMEOUT}, which no channel has. */
    abstract void timeout(int millis) throws IOException;

    abstract int timeout() throws IOException;

    /** {@code SO_OOBINLINE}, which no channel has. */
    void urgentInline(boolean on) throws IOException {
        throw new SocketException("a listening socket has no urgent data");
    }

    boolean urgentInline() throws IOException {
        throw new SocketException("a listening socket has no urgent data");
    }

    private NetworkChannel openChannel() throws SocketException {
        NetworkChannel channel = channel();
        if (!channel.isOpen()) {
            throw new SocketException("Socket closed");
        }
        return channel;
    }

    /** The socket, when there is one. */
    static <S> S created(@Nullable S socket) throws SocketException {
        if (socket == null) {
            throw new SocketException("Socket closed");
        }
        return socket;
    }

    static void requireStream(boolean stream) throws IOException {
        if (!stream) {
            throw new IOException("Datagram socket creation not supported");
        }
    }

    @Override
    public void setOption(int id, Object value) throws SocketException {
        try {
            switch (id) {
                case SocketOptions.SO_TIMEOUT -> timeout((Integer) value);
                case SocketOptions.SO_OOBINLINE -> urgentInline((Boolean) value);
                default -> ChannelOptionIds.set(channel(), id, value);
            }
        } catch (IOException e) {
            throw SocketExceptions.of(e);
        }
    }

    @Override
    public Object getOption(int id) throws SocketException {
        try {
            return switch (id) {
                case SocketOptions.SO_TIMEOUT -> timeout();
                case SocketOptions.SO_OOBINLINE -> urgentInline();
                default -> ChannelOptionIds.get(channel(), id);
            };
        } catch (IOException e) {
            throw SocketExceptions.of(e);
        }
    }

    @Override
    protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
        openChannel().setOption(name, value);
    }

    @Override
    protected <T> T getOption(SocketOption<T> name) throws IOException {
        return openChannel().getOption(name);
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

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("a listening socket has no urgent data");
    }
}
