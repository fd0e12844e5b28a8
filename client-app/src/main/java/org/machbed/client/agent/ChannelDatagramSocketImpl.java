package org.machbed.client.agent;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocketImpl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.channels.spi.SelectorProvider;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What a {@link java.net.DatagramSocket} is made of: a channel of a provider, in blocking mode. No multicast. */
final class ChannelDatagramSocketImpl extends DatagramSocketImpl {
    private static final int MOST_BYTES = 65_535;

    /** A datagram that was received, perhaps before anybody asked for it. */
    private record Received(InetSocketAddress source, ByteBuffer data) {}

    private final SelectorProvider provider;
    private final ReentrantLock receiveLock = new ReentrantLock();
    private final TimedCall<Received> timedReceive = new TimedCall<>("Receive"); // guarded by receiveLock
    private final ByteBuffer buffer = ByteBuffer.allocate(MOST_BYTES); // guarded by receiveLock, or the timed call's
    private @Nullable Received peeked; // guarded by receiveLock
    private volatile @Nullable DatagramChannel channel;
    private volatile int timeoutMillis;

    ChannelDatagramSocketImpl(SelectorProvider provider) {
        this.provider = provider;
    }

    private DatagramChannel channel() throws SocketException {
        return ChannelSocketImpl.requireOpen(channel);
    }

    @Override
    protected void create() throws SocketException {
        try {
            channel = provider.openDatagramChannel();
        } catch (IOException | UnsupportedOperationException e) {
            throw SocketExceptions.of(e);
        }
    }

    @Override
    protected void bind(int port, InetAddress address) throws SocketException {
        try {
            DatagramChannel open = channel();
            open.bind(new InetSocketAddress(address, port));
            if (open.getLocalAddress() instanceof InetSocketAddress local) {
                localPort = local.getPort();
            }
        } catch (IOException | UnsupportedAddressTypeException e) {
            throw SocketExceptions.of(e);
        }
    }

    @Override
    protected void connect(InetAddress address, int port) throws SocketException {
        try {
            channel().connect(new InetSocketAddress(address, port));
        } catch (IOException | UnsupportedAddressTypeException e) {
            throw SocketExceptions.of(e);
        }
    }

    @Override
    protected void disconnect() {
        try {
            channel().disconnect();
        } catch (IOException e) {
            throw new IllegalStateException("cannot disconnect: " + e.getMessage(), e);
        }
    }

    @Override
    protected void send(DatagramPacket packet) throws IOException {
        try {
            channel()
                    .send(
                            ByteBuffer.wrap(packet.getData(), packet.getOffset(), packet.getLength()),
                            packet.getSocketAddress());
        } catch (ClosedChannelException | UnsupportedAddressTypeException e) {
            throw SocketExceptions.of(e);
        }
    }

    @Override
    protected void receive(DatagramPacket packet) throws IOException {
        receiveLock.lock();
        try {
            Received received = next();
            peeked = null;
            fill(packet, received);
        } finally {
            receiveLock.unlock();
        }
    }

    @Override
    protected int peekData(DatagramPacket packet) throws IOException {
        receiveLock.lock();
        try {
            Received received = next();
            peeked = received;
            fill(packet, received);
            return received.source().getPort();
        } finally {
            receiveLock.unlock();
        }
    }

    /** Cannot be done: an InetAddress does not change. Nobody calls it since {@link #peekData} is there. */
    @Override
    protected int peek(InetAddress address) throws IOException {
        throw new SocketException("peek is not supported; peekData is");
    }

    private Received next() throws IOException {
        DatagramChannel open = channel();
        if (peeked != null) {
            return peeked;
        }
        try {
            boolean timed = timeoutMillis > 0 || timedReceive.isPending();
            return timed ? timedReceive.await(() -> receive(open), timeoutMillis) : receive(open);
        } catch (ClosedChannelException e) {
            throw SocketExceptions.of(e);
        }
    }

    private Received receive(DatagramChannel open) throws IOException {
        buffer.clear();
        SocketAddress source = open.receive(buffer);
        return new Received(
                (InetSocketAddress) source, ByteBuffer.wrap(Arrays.copyOf(buffer.array(), buffer.position())));
    }

    /** Bytes for which the packet has no room are lost. */
    private static void fill(DatagramPacket packet, Received received) {
        byte[] data = packet.getData();
        int length = Math.min(received.data().remaining(), data.length - packet.getOffset());
        received.data().get(0, data, packet.getOffset(), length);
        packet.setLength(length);
        packet.setSocketAddress(received.source());
    }

    @Override
    protected void close() {
        DatagramChannel open = channel;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw new IllegalStateException("cannot close a socket: " + e.getMessage(), e);
            }
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
