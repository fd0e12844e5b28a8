package org.machbed.client.channel;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.machbed.client.lending.Lender;
import org.machbed.client.lending.LendingSockets;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.ReadinessSetLayer;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.StreamSocketLayer;

/**
 * Opens channels whose sockets live wherever a socket layer puts them: in a kernel-node, in a server, or in this process. The provider does not own the socket
 * layer; whoever opened it closes it, after the channels.
 */
public final class MachbedSelectorProvider extends SelectorProvider {
    private final DatagramSocketLayer datagrams;
    private final @Nullable StreamSocketLayer streams;
    private final @Nullable ReadinessSetLayer sets;

    /** A provider of datagram channels only: of a server that speaks UDP and nothing else. */
    public MachbedSelectorProvider(DatagramSocketLayer datagrams) {
        this.datagrams = Objects.requireNonNull(datagrams);
        this.streams = null;
        this.sets = null;
    }

    /** A provider of datagram and stream channels. */
    public MachbedSelectorProvider(DatagramSocketLayer datagrams, StreamSocketLayer streams) {
        this.datagrams = Objects.requireNonNull(datagrams);
        this.streams = Objects.requireNonNull(streams);
        this.sets = null;
    }

    /** The same, and of selectors for both: {@code sets} are sets of the sockets of both. */
    public MachbedSelectorProvider(DatagramSocketLayer datagrams, StreamSocketLayer streams, ReadinessSetLayer sets) {
        this.datagrams = Objects.requireNonNull(datagrams);
        this.streams = Objects.requireNonNull(streams);
        this.sets = Objects.requireNonNull(sets);
    }

    /** Opens an unbound IPv4 datagram channel in blocking mode. */
    @Override
    public DatagramChannel openDatagramChannel() throws IOException {
        return MachbedDatagramChannel.open(this, datagrams);
    }

    /**
     * Opens an unbound datagram channel in blocking mode.
     *
     * @throws UnsupportedOperationException for every family but {@link StandardProtocolFamily#INET}
     */
    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
        requireIpv4(family);
        return openDatagramChannel();
    }

    /** A pipe is no network: the JDK's own serves. */
    @Override
    public Pipe openPipe() {
        throw new UnsupportedOperationException("pipes cross no protocol stack; open one from the JDK's own provider");
    }

    /**
     * Opens a selector for channels of this provider.
     *
     * @throws UnsupportedOperationException where the topology has none
     */
    @Override
    public AbstractSelector openSelector() throws IOException {
        if (sets == null) {
            throw new UnsupportedOperationException(
                    "a topology without streams has no selectors, as in-kernel and others have; use blocking channels");
        }
        return MachbedSelector.open(this, sets);
    }

    /**
     * Opens an unbound IPv4 server channel in blocking mode.
     *
     * @throws UnsupportedOperationException where the topology has no TCP
     */
    @Override
    public ServerSocketChannel openServerSocketChannel() throws IOException {
        return MachbedServerSocketChannel.open(this, streams());
    }

    /**
     * Opens an unconnected IPv4 channel in blocking mode.
     *
     * @throws UnsupportedOperationException where the topology has no TCP
     */
    @Override
    public SocketChannel openSocketChannel() throws IOException {
        return MachbedSocketChannel.open(this, streams());
    }

    /**
     * Opens a channel of the one family that is there.
     *
     * @throws UnsupportedOperationException for every family but {@link StandardProtocolFamily#INET}
     */
    @Override
    public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
        requireIpv4(family);
        return openSocketChannel();
    }

    /**
     * Opens a channel of the one family that is there.
     *
     * @throws UnsupportedOperationException for every family but {@link StandardProtocolFamily#INET}
     */
    @Override
    public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
        requireIpv4(family);
        return openServerSocketChannel();
    }

    byte[] handOver(int socket) throws IOException {
        try {
            return shared().handOver(socket);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    Channel takeOver(byte[] token) throws IOException {
        try {
            SharedSockets.Share share = shared().takeOver(token);
            return share.isStream()
                    ? MachbedSocketChannel.accepted(this, StreamIo.of(streams(), share.socket()))
                    : MachbedDatagramChannel.takenOver(this, DatagramIo.of(datagrams, share.socket()));
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    private SharedSockets shared() {
        if (datagrams instanceof SharedSockets shared) {
            return shared;
        }
        throw new UnsupportedOperationException("this topology's processes share no sockets");
    }

    /** @throws UnsupportedOperationException where the topology's sockets lend nothing */
    LendingSockets lending() {
        if (datagrams instanceof Lender lender) {
            return lender.lending();
        }
        throw new UnsupportedOperationException(
                "this topology's sockets lend no buffers: their protocols do not run in the application as a library");
    }

    private StreamSocketLayer streams() {
        if (streams == null) {
            throw new UnsupportedOperationException("this topology's sockets are datagram sockets only: it has no TCP");
        }
        return streams;
    }

    private static void requireIpv4(ProtocolFamily family) {
        if (!Objects.requireNonNull(family).equals(StandardProtocolFamily.INET)) {
            throw new UnsupportedOperationException("the protocol library speaks IPv4 only, not " + family.name());
        }
    }
}
