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
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;

/**
 * One socket of a {@link DatagramSocketLayer} in the JDK's terms: moves buffer positions, packs and unpacks addresses, and translates
 * errors. Knows neither locks nor modes; its channel calls the receiving methods under the read lock, the sending ones under the
 * write lock.
 */
final class SocketIo {
    /** Longest payload of a UDP datagram in IPv4 (RFC 768, RFC 791): 65,535 less 20 and 8 bytes of headers. */
    private static final int MAX_DATAGRAM_BYTES = 65_507;

    private final DatagramSocketLayer sockets;
    private final int socket;

    // Under the read lock: the last sender, so that a steady peer costs no garbage, and room for scattering reads.
    private long lastSource = DatagramHeader.NONE;
    private InetSocketAddress lastSourceAddress = SocketAddresses.ANY;
    private @Nullable ByteBuffer scatterBuffer;

    // Under the write lock: room for gathering writes.
    private @Nullable ByteBuffer gatherBuffer;

    private SocketIo(DatagramSocketLayer sockets, int socket) {
        this.sockets = sockets;
        this.socket = socket;
    }

    static SocketIo open(DatagramSocketLayer sockets) throws IOException {
        try {
            return new SocketIo(sockets, sockets.socket());
        } catch (SocketLayerException e) {
            throw SocketErrors.translate(e);
        }
    }

    static void requireWritable(ByteBuffer target) {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
    }

    void bind(InetSocketAddress local) throws IOException {
        try {
            sockets.bind(socket, SocketAddresses.ipv4(local), local.getPort());
        } catch (SocketLayerException e) {
            throw SocketErrors.translate(e);
        }
    }

    void connect(InetSocketAddress peer) throws IOException {
        try {
            sockets.connect(socket, SocketAddresses.ipv4(peer), peer.getPort());
        } catch (SocketLayerException e) {
            throw SocketErrors.translate(e);
        }
    }

    void disconnect() throws IOException {
        try {
            sockets.disconnect(socket);
        } catch (SocketLayerException e) {
            throw SocketErrors.translate(e);
        }
    }

    InetSocketAddress localAddress() throws IOException {
        try {
            return SocketAddresses.of(sockets.localAddress(socket));
        } catch (SocketLayerException e) {
            throw SocketErrors.translate(e);
        }
    }

    int option(SocketOptionName name) throws IOException {
        try {
            return sockets.option(socket, name);
        } catch (SocketLayerException e) {
            throw SocketErrors.translate(e);
        }
    }

    void setOption(SocketOptionName name, int value) throws IOException {
        try {
            sockets.setOption(socket, name, value);
        } catch (SocketLayerException e) {
            throw SocketErrors.translate(e);
        }
    }

    void close() throws IOException {
        try {
            sockets.close(socket);
        } catch (SocketLayerException e) {
            throw SocketErrors.translate(e);
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

    /**
     * Reads one datagram; 0 when nothing is queued and {@code wait} is false. As in the JDK, a full buffer reads nothing, and an
     * empty datagram reads as the end of a stream, -1.
     */
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

    long scatter(ByteBuffer[] targets, int offset, int length, boolean wait) throws IOException {
        long room = 0;
        for (int i = offset; i < offset + length; i++) {
            requireWritable(targets[i]);
            room += targets[i].remaining();
        }
        if (room == 0) {
            return 0;
        }
        ByteBuffer datagram = scatterBuffer;
        if (datagram == null) {
            datagram = newDatagramBuffer();
            scatterBuffer = datagram;
        }
        datagram.clear().limit((int) Math.min(room, MAX_DATAGRAM_BYTES));
        int bytes = read(datagram, wait);
        datagram.flip();
        for (int i = offset; datagram.hasRemaining(); i++) {
            ByteBuffer target = targets[i];
            int piece = Math.min(target.remaining(), datagram.remaining());
            target.put(target.position(), datagram, datagram.position(), piece);
            target.position(target.position() + piece);
            datagram.position(datagram.position() + piece);
        }
        return bytes;
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
        ByteBuffer datagram = gatherBuffer;
        if (datagram == null) {
            datagram = newDatagramBuffer();
            gatherBuffer = datagram;
        }
        datagram.clear();
        for (int i = offset; i < offset + length; i++) {
            ByteBuffer source = sources[i];
            datagram.put(datagram.position(), source, source.position(), source.remaining());
            datagram.position(datagram.position() + source.remaining());
        }
        int sent = write(datagram.flip());
        for (int i = offset, left = sent; left > 0; i++) {
            int piece = Math.min(left, sources[i].remaining());
            sources[i].position(sources[i].position() + piece);
            left -= piece;
        }
        return sent;
    }

    private int sendTo(ByteBuffer source, int ipv4, int port) throws IOException {
        if (source.remaining() > MAX_DATAGRAM_BYTES) {
            throw new SocketException("Message too long");
        }
        try {
            int bytes = sockets.send(socket, source, ipv4, port);
            source.position(source.position() + bytes);
            return bytes;
        } catch (SocketLayerException e) {
            throw SocketErrors.translate(e);
        }
    }

    private long receiveHeader(ByteBuffer target, boolean wait) throws IOException {
        try {
            return sockets.receive(socket, target, wait);
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.EWOULDBLOCK && !wait) {
                return DatagramHeader.NONE;
            }
            throw SocketErrors.translate(e);
        }
    }

    /** The bytes of a datagram beyond the buffer's limit are lost. */
    private static int advance(ByteBuffer target, long header) {
        int bytes = Math.min(DatagramHeader.lengthBytes(header), target.remaining());
        target.position(target.position() + bytes);
        return bytes;
    }

    private static ByteBuffer newDatagramBuffer() {
        return ByteBuffer.allocateDirect(MAX_DATAGRAM_BYTES);
    }
}
