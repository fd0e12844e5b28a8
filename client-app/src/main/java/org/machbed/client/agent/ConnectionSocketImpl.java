package org.machbed.client.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.NetworkChannel;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;

/** What a {@link java.net.Socket} is made of: the socket of a channel of a provider. */
final class ConnectionSocketImpl extends ChannelSocketImpl {
    private final SelectorProvider provider;
    private volatile @Nullable Socket socket;

    ConnectionSocketImpl(SelectorProvider provider) {
        this.provider = provider;
    }

    private Socket socket() throws SocketException {
        return created(socket);
    }

    @Override
    NetworkChannel channel() throws SocketException {
        return socket().getChannel();
    }

    @Override
    protected void create(boolean stream) throws IOException {
        requireStream(stream);
        try {
            socket = provider.openSocketChannel().socket();
        } catch (UnsupportedOperationException e) {
            throw SocketExceptions.of(e);
        }
    }

    /** Is from now on the socket of a connection that was accepted. */
    void adopt(Socket accepted) {
        socket = accepted;
        noteAddresses(accepted);
    }

    /** Tells {@link java.net.SocketImpl} what the addresses are. */
    private void noteAddresses(Socket known) {
        address = known.getInetAddress();
        port = known.getPort();
        localport = known.getLocalPort();
    }

    @Override
    protected void bind(InetAddress host, int localPort) throws IOException {
        Socket binding = socket();
        binding.bind(new InetSocketAddress(host, localPort));
        noteAddresses(binding);
    }

    /** {@link Socket} closes a socket that did not connect. */
    @Override
    protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        Socket connecting = socket();
        connecting.connect(remote, timeoutMillis);
        noteAddresses(connecting);
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        return socket().getInputStream();
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        return socket().getOutputStream();
    }

    @Override
    protected int available() throws IOException {
        return getInputStream().available();
    }

    @Override
    protected void shutdownInput() throws IOException {
        socket().shutdownInput();
    }

    @Override
    protected void shutdownOutput() throws IOException {
        socket().shutdownOutput();
    }

    @Override
    protected boolean supportsUrgentData() {
        return true;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        socket().sendUrgentData(data);
    }

    @Override
    void timeout(int millis) throws IOException {
        socket().setSoTimeout(millis);
    }

    @Override
    int timeout() throws IOException {
        return socket().getSoTimeout();
    }

    @Override
    void urgentInline(boolean on) throws IOException {
        socket().setOOBInline(on);
    }

    @Override
    boolean urgentInline() throws IOException {
        return socket().getOOBInline();
    }

    @Override
    protected void close() throws IOException {
        Socket open = socket;
        if (open != null) {
            open.close();
        }
    }
}
