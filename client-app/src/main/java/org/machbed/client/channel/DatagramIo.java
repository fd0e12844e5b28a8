package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;

/** One socket of a {@link DatagramSocketLayer} in the JDK's terms: {@link SocketIo}, and what datagrams are sent and received by. */
final class DatagramIo extends SocketIo {
    /** Longest payload of a UDP datagram in IPv4 (RFC 768, RFC 791): 65,535 less 20 and 8 bytes of headers. */
    private static final int MAX_DATAGRAM_BYTES = 65_507;

    private final DatagramSocketLayer datagrams;

    // Under the read lock: the last sender, so that a steady peer costs no garbage.
    private long lastSource = DatagramHeader.NONE;
    private InetSocketAddress lastSourceAddress = SocketAddresses.ANY;

    private DatagramIo(DatagramSocketLayer sockets, int socket) {
        super(sockets, socket);
        this.datagrams = sockets;
    }

    static DatagramIo open(DatagramSocketLayer sockets) throws IOException {
        try {
            return new DatagramIo(sockets, sockets.socket());
        } catch (SocketLayerException e) {
            throw SocketErrors.ofDatagram(e);
        }
    }

    /** A socket that another process had. */
    static DatagramIo of(DatagramSocketLayer sockets, int socket) {
        return new DatagramIo(sockets, socket);
    }

    @Override
    IOException translated(SocketLayerException error) {
        return SocketErrors.ofDatagram(error);
    }

    void connect(InetSocketAddress peer) throws IOException {
        try {
            datagrams.connect(socket, SocketAddresses.ipv4(peer), peer.getPort());
        } catch (SocketLayerException e) {
            throw SocketErrors.ofDatagram(e);
        }
    }

    void disconnect() throws IOException {
        try {
            datagrams.disconnect(socket);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofDatagram(e);
        }
    }

    /** Receives from anybody, or from the peer; {@code null} when nothing is queued and {@code wait} is false. */
    @Nullable
    InetSocketAddress receive(ByteBuffer target, boolean wait) throws IOException {
        long header = receiveHeader(target, wait);
        if (header == DatagramHeader.NONE) {
            return null;
        }
        advance(target, header);
        long source = header >>> 16;
        if (source != lastSource) {
            lastSource = source;
            lastSourceAddress = SocketAddresses.of(header);
        }
        return lastSourceAddress;
    }

    /** The same with a limit, at which it throws a {@link java.net.SocketTimeoutException}. */
    InetSocketAddress receive(ByteBuffer target, long limitNs) throws IOException {
        long startNs = System.nanoTime();
        InetSocketAddress source = receive(target, false);
        while (source == null) {
            awaitReady(Condition.READABLE, startNs, limitNs, "Receive");
            source = receive(target, false);
        }
        return source;
    }

    /**
     * Reads one datagram; 0 when nothing is queued and {@code wait} is false. As in the JDK, a full buffer reads nothing, and an
     * empty datagram reads as the end of a stream, -1.
     */
    @Override
    int read(ByteBuffer target, boolean wait) throws IOException {
        requireWritable(target);
        if (!target.hasRemaining()) {
            return 0;
        }
        long header = receiveHeader(target, wait);
        if (header == DatagramHeader.NONE) {
            return 0;
        }
        return DatagramHeader.lengthBytes(header) == 0 ? -1 : advance(target, header);
    }

    /** Discards what is queued: after {@code connect}, datagrams of others must not be received. */
    void discardQueued() throws IOException {
        ByteBuffer nowhere = ByteBuffer.allocate(1);
        while (receiveHeader(nowhere, false) != DatagramHeader.NONE) {
            nowhere.clear();
        }
    }

    int send(ByteBuffer source, InetSocketAddress target) throws IOException {
        if (target.getPort() == 0) {
            throw new SocketException("Can't send to port 0");
        }
        return sendTo(source, SocketAddresses.ipv4(target), target.getPort());
    }

    /** Sends to the peer. An empty buffer sends nothing, as in the JDK. */
    int write(ByteBuffer source) throws IOException {
        return source.hasRemaining() ? sendTo(source, 0, 0) : 0;
    }

    long gather(ByteBuffer[] sources, int offset, int length) throws IOException {
        long bytes = 0;
        for (int i = offset; i < offset + length; i++) {
            bytes += Objects.requireNonNull(sources[i]).remaining();
        }
        if (bytes > MAX_DATAGRAM_BYTES) {
            throw new SocketException("Message too long");
        }
        int sent = write(gathered.gather(sources, offset, length));
        TransferBuffer.skip(sources, offset, sent);
        return sent;
    }

    private int sendTo(ByteBuffer source, int ipv4, int port) throws IOException {
        if (source.remaining() > MAX_DATAGRAM_BYTES) {
            throw new SocketException("Message too long");
        }
        try {
            int bytes = datagrams.send(socket, source, ipv4, port);
            source.position(source.position() + bytes);
            return bytes;
        } catch (SocketLayerException e) {
            throw SocketErrors.ofDatagram(e);
        }
    }

    private long receiveHeader(ByteBuffer target, boolean wait) throws IOException {
        try {
            return datagrams.receive(socket, target, wait);
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.EWOULDBLOCK && !wait) {
                return DatagramHeader.NONE;
            }
            throw SocketErrors.ofDatagram(e);
        }
    }

    /** The bytes of a datagram beyond the buffer's limit are lost. */
    private static int advance(ByteBuffer target, long header) {
        int bytes = Math.min(DatagramHeader.lengthBytes(header), target.remaining());
        target.position(target.position() + bytes);
        return bytes;
    }
}
