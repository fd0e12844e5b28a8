package org.machbed.ipc.trial;

import java.io.IOException;
import org.machbed.ipc.process.Json;

/**
 * One side of something that is measured, open and ready. Used by one thread at a time, except {@link #close}, which any thread
 * may call and which ends a trial under way.
 */
public interface Role extends AutoCloseable {
    /** Adds what the other side must know to the reply that announces this one. */
    default void describe(Json reply) {}

    /**
     * Does its part of exactly {@code operations} operations.
     *
     * @return what was measured, with its number of operations
     * @throws IOException when an operation failed, an answer was wrong, or nothing came for too long; the role is then of no
     *     more use
     */
    Json trial(long operations) throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
