package org.machbed.client.agent;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A blocking call of a channel, whose interface in the JDK has no time limit, made on a thread of its own so that waiting for it can have one. When the
 * time is up the call goes on, and who waits next gets its result. Used by one thread at a time.
 */
final class TimedCall<T> {
    private final String name;
    private @Nullable CompletableFuture<T> pending;

    TimedCall(String name) {
        this.name = name;
    }

    /** Whether a call goes on that nobody waits for, so that the next must wait for it. */
    boolean isPending() {
        return pending != null;
    }

    /**
     * Waits for the call that is under way, or makes it.
     *
     * @param timeoutMillis 0 for no limit
     * @throws SocketTimeoutException when that time is up
     */
    T await(Callable<T> call, int timeoutMillis) throws IOException {
        CompletableFuture<T> future = pending == null ? start(call) : pending;
        pending = future;
        try {
            T result = timeoutMillis == 0 ? future.get() : future.get(timeoutMillis, TimeUnit.MILLISECONDS);
            pending = null;
            return result;
        } catch (TimeoutException e) {
            var timeout = new SocketTimeoutException(name + " timed out");
            timeout.initCause(e);
            throw timeout;
        } catch (ExecutionException e) {
            pending = null;
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            var interrupted = new java.io.InterruptedIOException(name + " interrupted");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    private CompletableFuture<T> start(Callable<T> call) {
        var future = new CompletableFuture<T>();
        Thread.ofPlatform().daemon().name("machbed-timed-" + name).start(() -> {
            try {
                future.complete(call.call());
            } catch (Exception | Error e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }
}
