package org.machbed.client.channel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.IllegalBlockingModeException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A {@link DatagramSocket} over a channel: what programs of the time before channels call. The channel does everything. No multicast. */
final class DatagramSocketView extends DatagramSocket {
    private final MachbedDatagramChannel channel;
    private final ViewOptions options;

    private DatagramSocketView(MachbedDatagramChannel channel) {
        super(new NoDatagramSocketImpl());
        this.channel = channel;
        this.options = new ViewOptions(channel);
    }

    static DatagramSocket of(MachbedDatagramChannel channel) {
        return new DatagramSocketView(channel);
    }

    @Override
    public void bind(@Nullable SocketAddress local) throws SocketException {
        try {
            channel.bind(local);
        } catch (IOException | RuntimeException e) {
            throw SocketErrors.asSocketException(e);
        }
    }

    @Override
    public void connect(InetAddress address, int port) {
        try {
            connect(new InetSocketAddress(required(address), port));
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects, be the socket connected or not. A closed socket is left alone, as the JDK's is. */
    @Override
    public void connect(SocketAddress remote) throws SocketException {
        try {
            channel.connect(required(remote), true);
        } catch (ClosedChannelException _) {
            // Closed: there is nothing to connect, which the JDK's tells nobody either.
        } catch (IOException | RuntimeException e) {
            throw SocketErrors.asSocketException(e);
        }
    }

    private static <A> A required(@Nullable A address) {
        if (address == null) {
            throw new IllegalArgumentException("Address can't be null");
        }
        return address;
    }

    @Override
    public void disconnect() {
        try {
            channel.disconnect();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void send(DatagramPacket packet) throws IOException {
        synchronized (packet) {
            requireBlocking();
            SocketAddress target = target(packet);
            ByteBuffer data = ByteBuffer.wrap(packet.getData(), packet.getOffset(), packet.getLength());
            try {
                channel.send(data, target);
            } catch (AlreadyConnectedException e) {
                throw new IllegalArgumentException("Connected and packet address differ", e);
            } catch (ClosedChannelException e) {
                throw SocketErrors.closed(e);
            }
        }
    }

    /** Where a packet goes; a packet that does not say gets the address of the peer. */
    private SocketAddress target(DatagramPacket packet) throws SocketException {
        if (!channel.isOpen()) {
            throw new SocketException("Socket closed");
        }
        if (packet.getAddress() == null) {
            InetSocketAddress peer = channel.state().remote();
            if (peer == null) {
                throw new IllegalArgumentException("Address not set");
            }
            packet.setSocketAddress(peer);
        }
        return packet.getSocketAddress();
    }

    /** Bytes for which the packet has no room are lost. */
    @Override
    public void receive(DatagramPacket packet) throws IOException {
        synchronized (packet) {
            requireBlocking();
            ByteBuffer room = PacketRoom.of(packet);
            try {
                InetSocketAddress source = channel.receive(room, options.limitNs());
                if (source == null) {
                    throw new IllegalBlockingModeException();
                }
                packet.setSocketAddress(source);
                PacketRoom.received(packet, room);
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (ClosedChannelException e) {
                throw SocketErrors.closed(e);
            }
        }
    }

    private void requireBlocking() {
        if (channel.isOpen() && !channel.isBlocking()) {
            throw new IllegalBlockingModeException();
        }
    }

    @Override
    public boolean isBound() {
        return channel.state().local() != null;
    }

    @Override
    public boolean isConnected() {
        return channel.state().remote() != null;
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        InetSocketAddress remote = channel.state().remote();
        return remote == null ? null : remote.getAddress();
    }

    @Override
    public int getPort() {
        InetSocketAddress remote = channel.state().remote();
        return remote == null ? -1 : remote.getPort();
    }

    @Override
    public @Nullable SocketAddress getRemoteSocketAddress() {
        return channel.state().remote();
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return isClosed() ? null : channel.state().local();
    }

    @Override
    public @Nullable InetAddress getLocalAddress() {
        if (isClosed()) {
            return null;
        }
        InetSocketAddress local = channel.state().local();
        return (local == null ? SocketAddresses.ANY : local).getAddress();
    }

    @Override
    public int getLocalPort() {
        if (isClosed()) {
            return -1;
        }
        InetSocketAddress local = channel.state().local();
        return local == null ? 0 : local.getPort();
    }

    @Override
    public void setSoTimeout(int millis) throws SocketException {
        options.setTimeout(millis);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        return options.timeoutMillis();
    }

    @Override
    public void setSendBufferSize(int bytes) throws SocketException {
        options.setBufferSize(StandardSocketOptions.SO_SNDBUF, bytes);
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return options.get(StandardSocketOptions.SO_SNDBUF);
    }

    @Override
    public void setReceiveBufferSize(int bytes) throws SocketException {
        options.setBufferSize(StandardSocketOptions.SO_RCVBUF, bytes);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return options.get(StandardSocketOptions.SO_RCVBUF);
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        options.set(StandardSocketOptions.SO_REUSEADDR, on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return options.get(StandardSocketOptions.SO_REUSEADDR);
    }

    @Override
    public void setBroadcast(boolean on) throws SocketException {
        options.set(StandardSocketOptions.SO_BROADCAST, on);
    }

    @Override
    public boolean getBroadcast() throws SocketException {
        return options.get(StandardSocketOptions.SO_BROADCAST);
    }

    @Override
    public void setTrafficClass(int octet) throws SocketException {
        options.set(StandardSocketOptions.IP_TOS, octet);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return options.get(StandardSocketOptions.IP_TOS);
    }

    @Override
    public <T> DatagramSocket setOption(SocketOption<T> name, T value) throws IOException {
        channel.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return channel.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return channel.supportedOptions();
    }

    /** @throws SocketException always: there is no multicast */
    @Override
    public void joinGroup(SocketAddress group, @Nullable NetworkInterface networkInterface) throws SocketException {
        throw new SocketException(MachbedDatagramChannel.NO_MULTICAST);
    }

    /** @throws SocketException always: there is no multicast */
    @Override
    public void leaveGroup(SocketAddress group, @Nullable NetworkInterface networkInterface) throws SocketException {
        throw new SocketException(MachbedDatagramChannel.NO_MULTICAST);
    }

    @Override
    public DatagramChannel getChannel() {
        return channel;
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "DatagramSocket of " + channel;
    }
}
