package org.machbed.client.service;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service over TCP: a listening channel, the thread that accepts, and one for each connection. Platform threads: a blocked trap
 * waits in the machine's kernel, and would hold the carrier of a virtual thread there.
 *
 * <p>At most {@link #CONNECTIONS} are served at once; more wait in the listening socket's queue until one is done.
 */
final class StreamListener implements Closeable {
    static final int CONNECTIONS = 256;

    private static final Logger LOG = LoggerFactory.getLogger(StreamListener.class);
    private static final int BACKLOG = 128;
    private static final long STACK_BYTES = 256 * 1024;
    private static final long PAUSE_MILLIS = 200;

    private final SmallService service;
    private final ServerSocketChannel listener;
    private final Semaphore room = new Semaphore(CONNECTIONS);
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);

    private StreamListener(SmallService service, ServerSocketChannel listener) {
        this.service = service;
        this.listener = listener;
    }

    /**
     * Starts to serve.
     *
     * @param listener unbound; closed with this
     */
    static StreamListener start(SmallService service, ServerSocketChannel listener, InetSocketAddress address)
            throws IOException {
        listener.bind(address, BACKLOG);
        var started = new StreamListener(service, listener);
        Thread.ofPlatform().daemon().name("tcp-" + service.name()).start(started::acceptAll);
        return started;
    }

    private void acceptAll() {
        try {
            while (closed.getCount() > 0) {
                room.acquire();
                SocketChannel connection = accept();
                if (connection == null) {
                    room.release();
                } else {
                    start(connection);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ClosedChannelException e) {
            // Asked to end.
        }
    }

    /** A connection; {@code null} when there was none to be had, which may pass: sockets are short, or its peer is gone. */
    private @Nullable SocketChannel accept() throws ClosedChannelException, InterruptedException {
        try {
            return listener.accept();
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            LOG.warn("{} cannot accept a connection: {}", service.name(), e.getMessage());
            var _ = closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            return null;
        }
    }

    private void start(SocketChannel connection) {
        connections.add(connection);
        Thread.ofPlatform()
                .daemon()
                .name("tcp-" + service.name() + "-connection")
                .stackSize(STACK_BYTES)
                .start(() -> serve(connection));
    }

    private void serve(SocketChannel connection) {
        // Closed while it was being accepted.
        try (connection) {
            if (closed.getCount() > 0) {
                service.serve(connection);
            }
        } catch (IOException e) {
            // Peers go away; that is their right.
            LOG.debug("{}: a connection ended: {}", service.name(), e.getMessage());
        } finally {
            connections.remove(connection);
            room.release();
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listener.close();
        for (SocketChannel connection : connections) {
            connection.close();
        }
    }
}
