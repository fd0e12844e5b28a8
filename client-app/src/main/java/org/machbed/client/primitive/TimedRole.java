package org.machbed.client.primitive;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.machbed.client.workload.Watchdog;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;

/** Does one thing again and again and times each; its own overhead is two readings of the clock an operation. */
final class TimedRole implements Role {
    /** Without an answer for this long, the other side is dead. */
    static final long LIMIT_NS = 10_000_000_000L;

    /** One operation, which may wait for another process. */
    @FunctionalInterface
    interface Operation {
        void run() throws IOException;
    }

    private final String name;
    private final int unitsPerOperation;
    private final Operation operation;
    private final Watchdog.Cutter closer;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final TrialRecord record = new TrialRecord();

    /**
     * A role around an operation.
     *
     * @param unitsPerOperation how many of what is measured lie in one operation, 2 for a round trip of one-way crossings
     * @param closer lets go of what the operation uses; ends one that waits
     */
    TimedRole(String name, int unitsPerOperation, Operation operation, Watchdog.Cutter closer) {
        this.name = name;
        this.unitsPerOperation = unitsPerOperation;
        this.operation = operation;
        this.closer = closer;
    }

    @Override
    public Json trial(long operations) throws IOException {
        record.start();
        long done = 0;
        long totalNs = 0;
        try (Watchdog watchdog = Watchdog.watch(LIMIT_NS, this::close)) {
            try {
                while (done < operations) {
                    long startNs = System.nanoTime();
                    operation.run();
                    long latencyNs = System.nanoTime() - startNs;
                    record.sample(latencyNs);
                    totalNs += latencyNs;
                    watchdog.progress(++done);
                }
            } catch (IOException | RuntimeException e) {
                if (watchdog.hasBitten()) {
                    throw watchdog.complaint(name, done, operations, e);
                }
                throw e;
            }
        }
        return record.finish(operations)
                .put("nanosPerOperation", (double) totalNs / operations / unitsPerOperation)
                .put("medianNanosPerOperation", (double) record.medianNs() / unitsPerOperation)
                .put("operationsPerSample", unitsPerOperation)
                .put("histogram", record.histogram());
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            closer.cut();
        }
    }
}
