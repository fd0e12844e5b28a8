package org.machbed.client.session;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for connections that the server has taken back, as it does when this process seemed to have stopped. */
final class TakenSessions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TakenSessions.class);
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final long INTERVAL_NS = 100_000_000;

    private final SessionRecording recording;
    private final IntConsumer taken;
    private final Thread thread;
    private volatile boolean closed;

    TakenSessions(SessionRecording recording, IntConsumer taken) {
        this.recording = recording;
        this.taken = taken;
        thread = Thread.ofPlatform().daemon().name("taken-sessions").unstarted(this::run);
    }

    void start() {
        recording.onTaken(() -> LockSupport.unpark(thread));
        thread.start();
    }

    private void run() {
        while (!closed) {
            recording.forEachTaken(this::tell);
            LockSupport.parkNanos(this, INTERVAL_NS);
        }
    }

    private void tell(int descriptor) {
        if (!closed) {
            taken.accept(descriptor);
        }
    }

    /** Ends its thread, and waits for that a while: what it is at may be a call to the server. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        if (!isJoined()) {
            LOG.warn("the thread that looks for sessions which were taken back does not end");
        }
    }

    private boolean isJoined() {
        if (thread.getState() == Thread.State.NEW) {
            return true;
        }
        try {
            return thread.join(LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
