package org.machbed.client.session;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.client.binding.SessionMovedException;
import org.machbed.client.binding.SessionStubs;
import org.machbed.client.library.LibrarySessions;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the server for the stations of neighbours, on threads of its own, which end when nobody asks. Bounded: what is too much is asked again. */
final class SessionNeighbours implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SessionNeighbours.class);

    /** One neighbour that does not answer keeps a thread for seconds. */
    private static final int THREADS = 4;

    /** As many as a stack asks for at once. */
    private static final int QUEUE = 16;

    private static final int IDLE_SECONDS = 5;
    private static final int JOIN_SECONDS = 5;

    private final SessionStubs server;
    private final LongAdder asked = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final ThreadPoolExecutor threads;
    private volatile @Nullable LibrarySessions library;

    SessionNeighbours(SessionStubs server) {
        this.server = server;
        threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUE),
                Thread.ofPlatform().daemon().name("neighbours-", 0).factory(),
                (_, _) -> dropped.increment());
        threads.allowCoreThreadTimeOut(true);
    }

    /** Whom the answers are for. */
    void start(LibrarySessions sessions) {
        library = sessions;
    }

    /** From within the stack: only notes it. */
    void request(int ipv4) {
        asked.increment();
        threads.execute(() -> resolve(ipv4));
    }

    private void resolve(int ipv4) {
        LibrarySessions sessions = library;
        if (sessions == null) {
            return;
        }
        try {
            sessions.learnNeighbour(ipv4, server.resolve(ipv4));
        } catch (SocketLayerException | SessionMovedException e) {
            if (e instanceof SocketLayerException failure && failure.errno() == Errno.EHOSTUNREACH) {
                sessions.neighbourUnreachable(ipv4);
            } else {
                // The stack asks again while it needs it.
                LOG.debug("no station of {}: {}", Ipv4Address.format(ipv4), e.getMessage());
            }
        }
    }

    void tell(ObjLongConsumer<String> consumer) {
        consumer.accept("NEIGHBOURS_ASKED", asked.sum());
        consumer.accept("NEIGHBOURS_DROPPED", dropped.sum());
    }

    /** Nothing is asked any more. What is under way ends with the task's messages; then {@link #join} waits for it. */
    @Override
    public void close() {
        threads.shutdown();
    }

    /** Waits a while for what was under way. */
    void join() {
        try {
            if (!threads.awaitTermination(JOIN_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("threads that ask for neighbours do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
