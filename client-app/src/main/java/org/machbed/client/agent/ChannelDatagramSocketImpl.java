package org.machbed.client.agent;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.DatagramSocketImpl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link java.net.DatagramSocket} is made of: the socket of a channel of a provider, which does everything. No multicast.
 */
final class ChannelDatagramSocketImpl extends DatagramSocketImpl {
    private final SelectorProvider provider;
    private volatile @Nullable DatagramSocket socket;

    ChannelDatagramSocketImpl(SelectorProvider provider) {
        this.provider = provider;
    }

    private DatagramSocket socket() throws SocketException {
        return ChannelSocketImpl.created(socket);
    }

    @Override
    protected void create() throws SocketException {
        try {
            socket = provider.openDatagramChannel().socket();
        } catch (IOException | UnsupportedOperationException e) {
            throw SocketExceptions.of(e);
        }
    }

    @Override
    protected void bind(int port, InetAddress address) throws SocketException {
        DatagramSocket binding = socket();
        binding.bind(new InetSocketAddress(address, port));
        localPort = binding.getLocalPort();
    }

    @Override
    protected void connect(InetAddress address, int port) throws SocketException {
        socket().connect(new InetSocketAddress(address, port));
    }

    @Override
    protected void disconnect() {
        DatagramSocket connected = socket;
        if (connected != null) {
            connected.disconnect();
        }
    }

    @Override
    protected void send(DatagramPacket packet) throws IOException {
        try {
            socket().send(packet);
        } catch (UnsupportedAddressTypeException e) {
            throw SocketExceptions.of(e);
        }
    }

    @Override
    protected void receive(DatagramPacket packet) throws IOException {
        socket().receive(packet);
    }

    /** Nobody peeks: {@link java.net.DatagramSocket} would where a connect left datagrams of others, which ours discards. */
    @Override
    protected int peekData(DatagramPacket packet) throws IOException {
        throw new SocketException("peekData is not supported");
    }

    /** Cannot be done: an InetAddress does not change. */
    @Override
    protected int peek(InetAddress address) throws IOException {
        throw new SocketException("peek is not supported");
    }

    @Override
    protected void close() {
        DatagramSocket open = socket;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void setOption(int id, Object value) throws SocketException {
        if (id == SocketOptions.SO_TIMEOUT) {
            socket().setSoTimeout((Integer) value);
        } else {
            ChannelOptionIds.set(socket().getChannel(), id, value);
        }
    }

    @Override
    public Object getOption(int id) throws SocketException {
        return id == SocketOptions.SO_TIMEOUT
                ? socket().getSoTimeout()
                : ChannelOptionIds.get(socket().getChannel(), id);
    }

    @Override
    protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
        DatagramSocket _ = socket().setOption(name, value);
    }

    @Override
    protected <T> T getOption(SocketOption<T> name) throws IOException {
        return socket().getOption(name);
    }

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        DatagramSocket made = socket;
        return made == null ? Set.of() : made.supportedOptions();
    }

    @Override
    @SuppressWarnings("removal")
    protected void setTTL(byte ttl) throws IOException {
        throw noMulticast();
    }

    @Override
    @SuppressWarnings("removal")
    protected byte getTTL() throws IOException {
        throw noMulticast();
    }

    @Override
    protected void setTimeToLive(int ttl) throws IOException {
        throw noMulticast();
    }

    @Override
    protected int getTimeToLive() throws IOException {
        throw noMulticast();
    }

    @Override
    protected void join(InetAddress group) throws IOException {
        throw noMulticast();
    }

    @Override
    protected void leave(InetAddress group) throws IOException {
        throw noMulticast();
    }

    @Override
    protected void joinGroup(SocketAddress group, NetworkInterface networkInterface) throws IOException {
        throw noMulticast();
    }

    @Override
    protected void leaveGroup(SocketAddress group, NetworkInterface networkInterface) throws IOException {
        throw noMulticast();
    }

    private static SocketException noMulticast() {
        return new SocketException("multicast is not in the protocol library");
    }
}
