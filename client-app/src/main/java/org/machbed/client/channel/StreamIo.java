package org.machbed.client.channel;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One socket of a {@link StreamSocketLayer} in the JDK's terms: {@link SocketIo}, and what connections are made, used and ended by.
 */
final class StreamIo extends SocketIo {
    private static final Logger LOG = LoggerFactory.getLogger(StreamIo.class);

    private final StreamSocketLayer streams;

    private volatile int lingerSeconds = -1;

    /** Under the read lock. */
    private boolean connectionReset;

    /** What ended a write that had sent something before: the next one fails with it, as in Unix. Under the write lock. */
    private @Nullable IOException failureOfNextWrite;

    private StreamIo(StreamSocketLayer sockets, int socket) {
        super(sockets, socket);
        this.streams = sockets;
    }

    static StreamIo open(StreamSocketLayer sockets) throws IOException {
        try {
            return new StreamIo(sockets, sockets.streamSocket());
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    /** A connection that another process had. */
    static StreamIo of(StreamSocketLayer sockets, int socket) {
        return new StreamIo(sockets, socket);
    }

    @Override
    IOException translated(SocketLayerException error) {
        return SocketErrors.ofStream(error);
    }

    void listen(int backlog) throws IOException {
        try {
            streams.listen(socket, backlog);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    /** The oldest connection that waits; {@code null} when there is none and {@code wait} is false. */
    @Nullable
    StreamIo accept(boolean wait) throws IOException {
        try {
            int accepted = streams.accept(socket, wait);
            return accepted == StreamSocketLayer.NONE ? null : new StreamIo(streams, accepted);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    /** {@link #read} with a limit for something to come, at which it throws a {@link java.net.SocketTimeoutException}. */
    int read(ByteBuffer target, long limitNs) throws IOException {
        long startNs = System.nanoTime();
        int bytes = read(target, false);
        while (bytes == 0 && target.hasRemaining()) {
            awaitReady(Condition.READABLE, startNs, limitNs, "Read");
            bytes = read(target, false);
        }
        return bytes;
    }

    /** {@link #connect} with a limit, at which it throws a {@link java.net.SocketTimeoutException}. */
    boolean connect(InetSocketAddress peer, long limitNs) throws IOException {
        long startNs = System.nanoTime();
        boolean connected = connect(peer, false);
        while (!connected) {
            awaitReady(Condition.WRITABLE, startNs, limitNs, "Connect");
            connected = finishConnect(false);
        }
        return true;
    }

    /** {@link #accept} with a limit, at which it throws a {@link java.net.SocketTimeoutException}. */
    StreamIo accept(long limitNs) throws IOException {
        long startNs = System.nanoTime();
        StreamIo accepted = accept(false);
        while (accepted == null) {
            awaitReady(Condition.READABLE, startNs, limitNs, "Accept");
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
            return streams.connectStream(socket, SocketAddresses.ipv4(peer), peer.getPort(), wait);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    boolean finishConnect(boolean wait) throws IOException {
        try {
            return streams.finishConnect(socket, wait);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    /** The peer's; {@code null} when there is none (any more). */
    @Nullable
    InetSocketAddress remoteAddress() throws IOException {
        try {
            long address = streams.remoteAddress(socket);
            return address == 0 ? null : SocketAddresses.of(address);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    @Override
    void setOption(SocketOptionName name, int value) throws IOException {
        super.setOption(name, value);
        if (name == SocketOptionName.LINGER_SECONDS) {
            lingerSeconds = value;
        }
    }

    /** Closes; where SO_LINGER says so, once the peer has all that was sent or that time has passed. */
    @Override
    void close() throws IOException {
        try {
            if (lingerSeconds > 0) {
                linger(TimeUnit.SECONDS.toNanos(lingerSeconds));
            }
        } finally {
            super.close();
        }
    }

    /** As in the JDK, an interrupt of the thread does not cut it short, and how the connection ended is not told. */
    private void linger(long limitNs) {
        boolean interrupted = false;
        try {
            streams.shutdownReceiving(socket);
            streams.shutdownSending(socket);
            long startNs = System.nanoTime();
            for (long leftNs = limitNs; leftNs > 0; leftNs = limitNs - (System.nanoTime() - startNs)) {
                // An interrupt that came before would end the wait at once.
                interrupted |= Thread.interrupted();
                if (drained(leftNs)) {
                    break;
                }
            }
        } catch (SocketLayerException e) {
            // There is no connection any more whose data could still arrive.
            LOG.debug("nothing to wait for: {}", e.getMessage());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits until the peer has everything; {@code false} when an interrupt or the limit came first. */
    private boolean drained(long limitNs) throws SocketLayerException {
        try {
            return streams.await(socket, Condition.DRAINED, limitNs);
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.EINTR) {
                return false;
            }
            throw e;
        }
    }

    /** A connection that has ended already has nothing to shut down, which is no error in the JDK. */
    void shutdownReceiving() throws IOException {
        try {
            streams.shutdownReceiving(socket);
        } catch (SocketLayerException e) {
            ignoreNotConnected(e);
        }
    }

    void shutdownSending() throws IOException {
        try {
            streams.shutdownSending(socket);
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
            return streams.sendUrgent(socket, value);
        } catch (SocketLayerException e) {
            throw SocketErrors.ofWrite(e);
        }
    }

    /**
     * Reads what is there; waits for something when {@code wait}. Answers -1 at the end of the stream, 0 for a full buffer or when
     * nothing is there.
     */
    @Override
    int read(ByteBuffer target, boolean wait) throws IOException {
        requireWritable(target);
        requireNoReset();
        if (!target.hasRemaining()) {
            return 0;
        }
        try {
            int bytes = streams.receiveStream(socket, target, wait);
            if (bytes > 0) {
                target.position(target.position() + bytes);
            }
            return bytes == StreamSocketLayer.END_OF_STREAM ? -1 : bytes;
        } catch (SocketLayerException e) {
            throw readFailure(e);
        }
    }

    /** A reset is told by every read. */
    void requireNoReset() throws IOException {
        if (connectionReset) {
            throw SocketErrors.connectionReset();
        }
    }

    /** What a read throws for an error, which it remembers. */
    IOException readFailure(SocketLayerException error) {
        connectionReset = error.errno() == Errno.ECONNRESET;
        return SocketErrors.ofRead(error);
    }

    /** Writes all of it when {@code wait}, otherwise what there is room for. Answers how much was written. */
    int write(ByteBuffer source, boolean wait) throws IOException {
        requireNoFailure();
        int start = source.position();
        try {
            int taken;
            do {
                taken = streams.sendStream(socket, source, wait);
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

    /** What ended the write before is told by the next one. */
    void requireNoFailure() throws IOException {
        IOException failure = failureOfNextWrite;
        if (failure != null) {
            failureOfNextWrite = null;
            throw failure;
        }
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
            ByteBuffer piece = gathered.gather(sources, offset, length);
            wanted = piece.remaining();
            taken = wanted == 0 || (written > 0 && failureOfNextWrite != null) ? 0 : write(piece, wait);
            TransferBuffer.skip(sources, offset, taken);
            written += taken;
        } while (taken != 0 && taken == wanted);
        return written;
    }
}
