package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import org.machbed.netstack.socket.SocketLayer;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;

/**
 * One socket of a {@link SocketLayer} in the JDK's terms, what both kinds have: packs and unpacks addresses, translates errors, and
 * waits until the socket is ready. Knows neither locks nor modes; its channel calls the receiving methods under the read lock, the
 * sending ones under the write lock.
 */
abstract class SocketIo {
    /** What several buffers are gathered into and scattered from: as much as one call of a binding carries. */
    private static final int PIECE_BYTES = 65_536;

    private final SocketLayer sockets;
    final int socket;

    /** Under the read lock. */
    private final TransferBuffer scattered = new TransferBuffer(PIECE_BYTES);

    /** Under the write lock. */
    final TransferBuffer gathered = new TransferBuffer(PIECE_BYTES);

    SocketIo(SocketLayer sockets, int socket) {
        this.sockets = sockets;
        this.socket = socket;
    }

    /** The exception that the JDK's channels of this kind throw for an error of a call that moves no data. */
    abstract IOException translated(SocketLayerException error);

    final void bind(InetSocketAddress local) throws IOException {
        try {
            sockets.bind(socket, SocketAddresses.ipv4(local), local.getPort());
        } catch (SocketLayerException e) {
            throw translated(e);
        }
    }

    final InetSocketAddress localAddress() throws IOException {
        try {
            return SocketAddresses.of(sockets.localAddress(socket));
        } catch (SocketLayerException e) {
            throw translated(e);
        }
    }

    final int option(SocketOptionName name) throws IOException {
        try {
            return sockets.option(socket, name);
        } catch (SocketLayerException e) {
            throw translated(e);
        }
    }

    void setOption(SocketOptionName name, int value) throws IOException {
        try {
            sockets.setOption(socket, name, value);
        } catch (SocketLayerException e) {
            throw translated(e);
        }
    }

    void close() throws IOException {
        try {
            sockets.close(socket);
        } catch (SocketLayerException e) {
            throw translated(e);
        }
    }

    /**
     * Waits until the socket is ready for a call that was found to have to wait.
     *
     * @param startNs when the caller began to wait
     * @param limitNs how long it waits at most since then
     * @param call what it calls, in the exception
     * @throws SocketTimeoutException when the limit comes first
     */
    final void awaitReady(Condition condition, long startNs, long limitNs, String call) throws IOException {
        long leftNs = limitNs - (System.nanoTime() - startNs);
        try {
            if (leftNs <= 0 || !sockets.await(socket, condition, leftNs)) {
                throw new SocketTimeoutException(call + " timed out");
            }
        } catch (SocketLayerException e) {
            throw translated(e);
        }
    }

    static void requireWritable(ByteBuffer target) {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
    }

    /** Reads what is there; waits for something when {@code wait}. */
    abstract int read(ByteBuffer target, boolean wait) throws IOException;

    /** The same into several buffers, one after another, at most {@link #PIECE_BYTES}; 0 when they have no room. */
    final long scatter(ByteBuffer[] targets, int offset, int length, boolean wait) throws IOException {
        long room = 0;
        for (int i = offset; i < offset + length; i++) {
            requireWritable(targets[i]);
            room += targets[i].remaining();
        }
        if (room == 0) {
            return 0;
        }
        int bytes = read(scattered.roomFor(room), wait);
        scattered.scatter(targets, offset);
        return bytes;
    }
}
