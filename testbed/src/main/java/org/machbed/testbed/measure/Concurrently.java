package org.machbed.testbed.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.launch.RunFailure;

/** Tasks that go on side by side, a few at a time. */
public final class Concurrently {
    private Concurrently() {}

    /**
     * Does all tasks, those that come first first.
     *
     * @return their results, in their order
     * @throws RunFailure of the first task, in their order, that failed; the others are interrupted
     */
    public static <T extends @Nullable Object> List<T> all(List<Callable<T>> tasks, int atOnce)
            throws RunFailure, InterruptedException {
        try (ExecutorService pool = Executors.newFixedThreadPool(atOnce)) {
            var futures = new ArrayList<Future<T>>();
            tasks.forEach(task -> futures.add(pool.submit(task)));
            var results = new ArrayList<T>();
            try {
                for (Future<T> future : futures) {
                    results.add(future.get());
                }
                return results;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RunFailure failure) {
                    throw failure;
                }
                throw new IllegalStateException(e.getCause());
            } finally {
                pool.shutdownNow();
            }
        }
    }
}
