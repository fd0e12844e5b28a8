package org.machbed.client.session;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.machbed.client.binding.EmulationLibrary;
import org.machbed.netstack.socket.ReadinessSet;
import org.machbed.netstack.socket.SocketLayerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A set in the server, and the thread that blocks in its select while somebody wants to know. */
final class ServerSelect {
    private static final Logger LOG = LoggerFactory.getLogger(ServerSelect.class);

    /** From one call that fails, as when too many wait in the server already, to the next: doubles up to the longest. */
    private static final long SHORTEST_PAUSE_MILLIS = 10;

    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    /** Tells whoever waits. */
    @FunctionalInterface
    interface Hint {
        void tell() throws SocketLayerException;
    }

    private final EmulationLibrary server;
    private final int set;
    private final Hint hint;
    private boolean wanted;
    private boolean hinted;
    private boolean closed;

    ServerSelect(EmulationLibrary server, Hint hint) throws SocketLayerException {
        this.server = server;
        this.hint = hint;
        set = server.readinessSet();
        Thread.ofPlatform().daemon().name("server-select").start(this::run);
    }

    /** The server's set, by this task's descriptor. */
    int set() {
        return set;
    }

    /** Somebody waits: a hint is told once something is ready. */
    synchronized void begin() {
        hinted = false;
        wanted = true;
        notifyAll();
    }

    /** Whether something was ready; asked once. */
    synchronized boolean takeHint() {
        boolean was = hinted;
        hinted = false;
        return was;
    }

    private void run() {
        ByteBuffer one = ByteBuffer.allocate(ReadinessSet.PAIR_BYTES);
        long pauseMillis = 0;
        while (awaitWanted(pauseMillis)) {
            try {
                if (server.awaitReady(set, one, 0) != 0) {
                    tellHint();
                }
                pauseMillis = 0;
            } catch (SocketLayerException e) {
                pauseMillis = Math.clamp(2 * pauseMillis, SHORTEST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS);
                failed(e);
            }
        }
    }

    /** Answers whether it is wanted, no sooner than after a pause, and not closed. */
    private synchronized boolean awaitWanted(long pauseMillis) {
        boolean interrupted = false;
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis);
        long leftMillis = pauseMillis;
        while (!closed && (!wanted || leftMillis > 0)) {
            try {
                wait(wanted ? leftMillis : 0);
            } catch (InterruptedException e) {
                interrupted = true;
            }
            leftMillis = TimeUnit.NANOSECONDS.toMillis(untilNs - System.nanoTime());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !closed;
    }

    private void tellHint() {
        if (noteHint()) {
            try {
                hint.tell();
            } catch (SocketLayerException e) {
                LOG.debug("nobody selects any more: {}", e.getMessage());
            }
        }
    }

    private synchronized boolean noteHint() {
        wanted = false;
        hinted = true;
        return !closed;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Whoever selects hears of it by the call that it makes to the server then, or wants to know again. */
    private void failed(SocketLayerException e) {
        if (!isClosed()) {
            LOG.warn("the server's select: {}", e.getMessage());
            tellHint();
        }
    }

    /** Closes the set, which ends the thread's call. */
    void close() throws SocketLayerException {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        server.closeSet(set);
    }
}
