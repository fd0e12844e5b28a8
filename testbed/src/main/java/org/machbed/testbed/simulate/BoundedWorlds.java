package org.machbed.testbed.simulate;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.simulation.Outcome;
import org.machbed.netstack.simulation.SimulationListener;

/**
 * Worlds of which each has failed when it has not returned within a while, as when a stack loops without sending anything. (A world
 * notices by itself when events go on without end.) The thread of such a world is a daemon and stays until the launcher ends, since
 * nothing can stop it.
 */
public final class BoundedWorlds implements Worlds, AutoCloseable {
    /** A world takes a millisecond. */
    public static final Duration LONGEST = Duration.ofSeconds(60);

    private static final int FRAMES = 8;

    private final Worlds worlds;
    private final Duration longest;
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("world-", 0).factory());

    public BoundedWorlds(Worlds worlds, Duration longest) {
        this.worlds = worlds;
        this.longest = longest;
    }

    @Override
    public Outcome run(long seed, @Nullable SimulationListener listener) {
        AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
        Future<Outcome> running = threads.submit(() -> {
            thread.set(Thread.currentThread());
            return worlds.run(seed, listener);
        });
        try {
            return running.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            String violation = "it did not end within " + longest.toSeconds() + " s" + whereabouts(thread.get());
            running.cancel(false);
            return Outcome.ofNothing(seed, violation);
        } catch (ExecutionException e) {
            return Outcome.ofNothing(seed, "it threw " + e.getCause());
        } catch (InterruptedException _) {
            running.cancel(false);
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted in the world of seed " + seed);
        }
    }

    private static String whereabouts(@Nullable Thread thread) {
        StringBuilder text = new StringBuilder();
        StackTraceElement[] trace = thread == null ? new StackTraceElement[0] : thread.getStackTrace();
        for (int i = 0; i < Math.min(FRAMES, trace.length); i++) {
            text.append(i == 0 ? ", but was at " : " < ")
                    .append(trace[i].getClassName())
                    .append('.')
                    .append(trace[i].getMethodName())
                    .append(':')
                    .append(trace[i].getLineNumber());
        }
        return text.toString();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
