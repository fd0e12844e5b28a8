package org.machbed.client.service;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service over TCP: a listening channel, the thread that accepts, and one for each connection. Platform threads: a blocked trap
 * waits in the machine's kernel, and would hold the carrier of a virtual thread there.
 *
 * <p>At most {@link #CONNECTIONS} are served at once; more wait in the listening socket's queue until one is done. While they wait,
 * the one that has been idle longest, and for {@link #IDLE_NS} at least, makes room: a peer that is gone without a word, and many
 * of them, must not keep others out.
 */
final class ConnectionAcceptor implements Closeable {
    static final int CONNECTIONS = 256;
    static final long IDLE_NS = 3_000_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionAcceptor.class);
    private static final int BACKLOG = 128;
    private static final long STACK_BYTES = 256 * 1024;
    private static final long PAUSE_MILLIS = 200;

    private final SmallService service;
    private final ServerSocketChannel listener;
    private final Consumer<String> onFailure;
    private final Semaphore room = new Semaphore(CONNECTIONS);
    private final Set<ServedConnection> connections = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);

    private ConnectionAcceptor(SmallService service, ServerSocketChannel listener, Consumer<String> onFailure) {
        this.service = service;
        this.listener = listener;
        this.onFailure = onFailure;
    }

    /**
     * Starts to serve.
     *
     * @param listener unbound; closed with this
     * @param onFailure hears why the service ended unasked
     */
    static ConnectionAcceptor start(
            SmallService service, ServerSocketChannel listener, InetSocketAddress address, Consumer<String> onFailure)
            throws IOException {
        listener.bind(address, BACKLOG);
        var started = new ConnectionAcceptor(service, listener, onFailure);
        Thread.ofPlatform().daemon().name("tcp-" + service.name()).start(started::acceptAll);
        return started;
    }

    private void acceptAll() {
        try {
            while (closed.getCount() > 0) {
                SocketChannel connection = accept();
                if (connection != null) {
                    makeRoom();
                    start(new ServedConnection(connection));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ClosedChannelException e) {
            // Asked to end.
        } catch (RuntimeException | Error e) {
            onFailure.accept(service.name() + " over TCP: " + e);
        }
    }

    private void makeRoom() throws InterruptedException {
        while (!room.tryAcquire()) {
            abortTheMostIdle();
            if (room.tryAcquire(PAUSE_MILLIS, TimeUnit.MILLISECONDS) || closed.getCount() == 0) {
                return;
            }
        }
    }

    private void abortTheMostIdle() {
        connections.stream()
                .max(Comparator.comparingLong(ServedConnection::idleNs))
                .filter(connection -> connection.idleNs() >= IDLE_NS)
                .ifPresent(this::abort);
    }

    private void abort(ServedConnection connection) {
        try {
            connection.abort();
        } catch (IOException e) {
            LOG.debug("{}: an idle connection was over already: {}", service.name(), e.getMessage());
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

    private void start(ServedConnection connection) {
        connections.add(connection);
        Thread thread = Thread.ofPlatform()
                .daemon()
                .name("tcp-" + service.name() + "-connection")
                .stackSize(STACK_BYTES)
                .unstarted(() -> serve(connection));
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            // The machine has no thread left: this peer is turned away, and the service goes on.
            LOG.warn("{} has no thread for a connection: {}", service.name(), e.getMessage());
            abort(connection);
            forget(connection);
        }
    }

    private void forget(ServedConnection connection) {
        connections.remove(connection);
        room.release();
    }

    private void serve(ServedConnection connection) {
        // Closed while it was being accepted.
        try (connection) {
            if (closed.getCount() > 0) {
                service.serve(connection);
            }
        } catch (IOException e) {
            // Peers go away; that is their right.
            LOG.debug("{}: a connection ended: {}", service.name(), e.getMessage());
        } finally {
            forget(connection);
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listener.close();
        for (ServedConnection connection : connections) {
            connection.close();
        }
    }
}
