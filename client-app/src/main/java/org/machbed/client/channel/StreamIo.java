package org.machbed.client.channel;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;

/**
 * One socket of a {@link StreamSocketLayer} in the JDK's terms: moves buffer positions, packs and unpacks addresses, and translates
 * errors. Knows neither locks nor modes; its channel calls the receiving methods under the read lock, the sending ones under the
 * write lock.
 */
final class StreamIo {
    /** What several buffers are gathered into and scattered from: as much as one call of a binding carries. */
    private static final int PIECE_BYTES = 65_536;

    private final StreamSocketLayer sockets;
    private final int socket;

    private volatile int lingerSeconds = -1;

    // Under the read lock.
    private @Nullable ByteBuffer scatterBuffer;
    private boolean connectionReset;

    // Under the write lock.
    private @Nullable ByteBuffer gatherBuffer;

    /** What ended a write that had sent something before: the next one fails with it, as in Unix. */
    private @Nullable IOException failureOfNextWrite;

    private StreamIo(StreamSocketLayer sockets, int socket) {
        this.sockets = sockets;
        this.socket = socket;
    }

    static StreamIo open(StreamSocketLayer sockets) throws IOException {
        try {
            return new StreamIo(sockets, sockets.streamSocket());
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    void bind(InetSocketAddress local) throws IOException {
        try {
            sockets.bind(socket, SocketAddresses.ipv4(local), local.getPort());
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    void listen(int backlog) throws IOException {
        try {
            sockets.listen(socket, backlog);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    /** The oldest connection that waits; {@code null} when there is none and {@code wait} is false. */
    @Nullable
    StreamIo accept(boolean wait) throws IOException {
        try {
            int accepted = sockets.accept(socket, wait);
            return accepted == StreamSocketLayer.NONE ? null : new StreamIo(sockets, accepted);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    /** The same with a limit, at which it throws a {@link SocketTimeoutException}; the limit is for something to come. */
    int read(ByteBuffer target, long limitNs) throws IOException {
        long startNs = System.nanoTime();
        int bytes = read(target, false);
        while (bytes == 0 && target.hasRemaining()) {
            awaitWithin(Condition.READABLE, startNs, limitNs, "Read timed out");
            bytes = read(target, false);
        }
        return bytes;
    }

    private void awaitWithin(Condition condition, long startNs, long limitNs, String late) throws IOException {
        long leftNs = limitNs - (System.nanoTime() - startNs);
        if (leftNs <= 0 || !await(condition, leftNs)) {
            throw new SocketTimeoutException(late);
        }
    }

    /** Connects with a limit. */
    void connect(InetSocketAddress peer, long limitNs) throws IOException {
        long startNs = System.nanoTime();
        boolean connected = connect(peer, false);
        while (!connected) {
            awaitWithin(Condition.WRITABLE, startNs, limitNs, "Connect timed out");
            connected = finishConnect(false);
        }
    }

    /** Accepts with a limit. */
    StreamIo accept(long limitNs) throws IOException {
        long startNs = System.nanoTime();
        StreamIo accepted = accept(false);
        while (accepted == null) {
            awaitWithin(Condition.READABLE, startNs, limitNs, "Accept timed out");
            accepted = accept(false);
        }
        return accepted;
    }

    /** Answers whether the connection stands; {@code false} only without {@code wait}. */
    boolean connect(InetSocketAddress peer, boolean wait) throws IOException {
        if (peer.getPort() == 0) {
            // Linux asks at port 0, where nobody can listen.
            throw new ConnectException("Connection refused");
        }
        try {
            return sockets.connectStream(socket, SocketAddresses.ipv4(peer), peer.getPort(), wait);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    boolean finishConnect(boolean wait) throws IOException {
        try {
            return sockets.finishConnect(socket, wait);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    InetSocketAddress localAddress() throws IOException {
        try {
            return SocketAddresses.of(sockets.localAddress(socket));
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    /** The peer's; {@code null} when there is none (any more). */
    @Nullable
    InetSocketAddress remoteAddress() throws IOException {
        try {
            long address = sockets.remoteAddress(socket);
            return address == 0 ? null : SocketAddresses.of(address);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    int option(SocketOptionName name) throws IOException {
        try {
            return sockets.option(socket, name);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    void setOption(SocketOptionName name, int value) throws IOException {
        try {
            sockets.setOption(socket, name, value);
            if (name == SocketOptionName.LINGER_SECONDS) {
                lingerSeconds = value;
            }
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    /** Closes; where SO_LINGER says so, once the peer has all that was sent or that time has passed. */
    void close() throws IOException {
        try {
            linger();
        } catch (SocketLayerException e) {
            // Without a connection there is nothing to wait for; a binding that cannot wait so sends in the background.
            if (e.errno() != Errno.ENOTCONN && e.errno() != Errno.EOPNOTSUPP) {
                throw SocketErrors.ofStream(e);
            }
        } finally {
            closeNow();
        }
    }

    private void linger() throws SocketLayerException {
        int seconds = lingerSeconds;
        if (seconds > 0) {
            sockets.shutdownReceiving(socket);
            sockets.shutdownSending(socket);
            sockets.await(socket, Condition.DRAINED, TimeUnit.SECONDS.toNanos(seconds));
        }
    }

    private void closeNow() throws IOException {
        try {
            sockets.close(socket);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    /** A connection that has ended already has nothing to shut down, which is no error in the JDK. */
    void shutdownReceiving() throws IOException {
        try {
            sockets.shutdownReceiving(socket);
        } catch (SocketLayerException e) {
            ignoreNotConnected(e);
        }
    }

    void shutdownSending() throws IOException {
        try {
            sockets.shutdownSending(socket);
        } catch (SocketLayerException e) {
            ignoreNotConnected(e);
        }
    }

    private static void ignoreNotConnected(SocketLayerException e) throws IOException {
        if (e.errno() != Errno.ENOTCONN) {
            throw SocketErrors.ofStream(e);
        }
    }

    /** Sends one byte as urgent data. */
    boolean sendUrgent(byte value) throws IOException {
        try {
            return sockets.sendUrgent(socket, value);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofWrite(e);
        }
    }

    /** Waits for a condition; {@code false} when the limit came first. */
    boolean await(Condition condition, long limitNs) throws IOException {
        try {
            return sockets.await(socket, condition, limitNs);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    /**
     * Reads what is there; waits for something when {@code wait}. Answers -1 at the end of the stream, 0 for a full buffer or when
     * nothing is there.
     */
    int read(ByteBuffer target, boolean wait) throws IOException {
        SocketIo.requireWritable(target);
        if (connectionReset) {
            throw SocketErrors.connectionReset();
        }
        if (!target.hasRemaining()) {
            return 0;
        }
        try {
            int bytes = sockets.receiveStream(socket, target, wait);
            if (bytes > 0) {
                target.position(target.position() + bytes);
            }
            return bytes == StreamSocketLayer.END_OF_STREAM ? -1 : bytes;
        } catch (SocketLayerException e) {
            connectionReset = e.errno() == Errno.ECONNRESET;
            throw SocketErrors.ofRead(e);
        }
    }

    /** The same into several buffers, one after another, at most {@link #PIECE_BYTES}. */
    long scatter(ByteBuffer[] targets, int offset, int length, boolean wait) throws IOException {
        long room = 0;
        for (int i = offset; i < offset + length; i++) {
            SocketIo.requireWritable(targets[i]);
            room += targets[i].remaining();
        }
        if (room == 0) {
            return 0;
        }
        ByteBuffer piece = scatterBuffer;
        if (piece == null) {
            piece = ByteBuffer.allocateDirect(PIECE_BYTES);
            scatterBuffer = piece;
        }
        piece.clear().limit((int) Math.min(room, PIECE_BYTES));
        int bytes = read(piece, wait);
        piece.flip();
        for (int i = offset; piece.hasRemaining(); i++) {
            move(piece, targets[i]);
        }
        return bytes;
    }

    /** Moves as much as there is room for, and answers how much that is. */
    private static int move(ByteBuffer from, ByteBuffer to) {
        int bytes = Math.min(from.remaining(), to.remaining());
        to.put(to.position(), from, from.position(), bytes);
        to.position(to.position() + bytes);
        from.position(from.position() + bytes);
        return bytes;
    }

    /** Writes all of it when {@code wait}, otherwise what there is room for. Answers how much was written. */
    int write(ByteBuffer source, boolean wait) throws IOException {
        IOException failure = failureOfNextWrite;
        if (failure != null) {
            failureOfNextWrite = null;
            throw failure;
        }
        int start = source.position();
        try {
            int taken;
            do {
                taken = sockets.sendStream(socket, source, wait);
                source.position(source.position() + taken);
            } while (taken != 0 && source.hasRemaining());
        } catch (SocketLayerException e) {
            IOException translated = SocketErrors.ofWrite(e);
            if (source.position() == start) {
                throw translated;
            }
            failureOfNextWrite = translated;
        }
        return source.position() - start;
    }

    /** The same of several buffers, one after another; small ones share a call. */
    long gather(ByteBuffer[] sources, int offset, int length, boolean wait) throws IOException {
        for (int i = offset; i < offset + length; i++) {
            Objects.requireNonNull(sources[i]);
        }
        long written = 0;
        int taken;
        int wanted;
        do {
            ByteBuffer piece = gatherPiece(sources, offset, length);
            wanted = piece.remaining();
            taken = wanted == 0 || (written > 0 && failureOfNextWrite != null) ? 0 : write(piece, wait);
            skip(sources, offset, taken);
            written += taken;
        } while (taken != 0 && taken == wanted);
        return written;
    }

    /** What is next to be sent; the sources' positions stay where they are. */
    private ByteBuffer gatherPiece(ByteBuffer[] sources, int offset, int length) {
        ByteBuffer piece = gatherBuffer;
        if (piece == null) {
            piece = ByteBuffer.allocateDirect(PIECE_BYTES);
            gatherBuffer = piece;
        }
        piece.clear();
        for (int i = offset; i < offset + length && piece.hasRemaining(); i++) {
            ByteBuffer source = sources[i];
            int bytes = Math.min(source.remaining(), piece.remaining());
            piece.put(piece.position(), source, source.position(), bytes);
            piece.position(piece.position() + bytes);
        }
        return piece.flip();
    }

    private static void skip(ByteBuffer[] sources, int offset, int bytes) {
        for (int i = offset, left = bytes; left > 0; i++) {
            int piece = Math.min(left, sources[i].remaining());
            sources[i].position(sources[i].position() + piece);
            left -= piece;
        }
    }
}
