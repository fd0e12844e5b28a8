package org.machbed.ipc.trial;

import java.util.function.IntToLongFunction;
import org.machbed.ipc.process.Json;

/** Does something too short for the clock in batches, and times each batch. */
public final class BatchRole implements Role {
    /** Operations of one sample: long enough that two readings of the clock do not show. */
    private static final int BATCH = 256;

    /** Takes results, so that nothing is left out because nobody wants it. */
    @SuppressWarnings("UnusedVariable") // written, never read: that is its use
    private static volatile long blackhole;

    private final double unitsPerOperation;
    private final IntToLongFunction loop;
    private final TrialRecord record = new TrialRecord();

    /**
     * A role around a loop.
     *
     * @param unitsPerOperation how many of what is measured lie in one operation, for instance kilobytes
     * @param loop does as many operations as it is told, and answers something that depends on all of them
     */
    public BatchRole(double unitsPerOperation, IntToLongFunction loop) {
        this.unitsPerOperation = unitsPerOperation;
        this.loop = loop;
    }

    @Override
    public Json trial(long operations) {
        record.start();
        long totalNs = 0;
        for (long done = 0; done < operations; ) {
            int batch = (int) Math.min(BATCH, operations - done);
            long startNs = System.nanoTime();
            blackhole = loop.applyAsLong(batch);
            long latencyNs = System.nanoTime() - startNs;
            totalNs += latencyNs;
            if (batch == BATCH || done == 0) {
                record.sample(latencyNs);
            }
            done += batch;
        }
        int sampled = (int) Math.min(BATCH, operations);
        return record.finish(operations)
                .put("nanosPerOperation", totalNs / (operations * unitsPerOperation))
                .put("medianNanosPerOperation", record.medianNs() / (sampled * unitsPerOperation))
                .put("operationsPerSample", sampled * unitsPerOperation)
                .put("histogram", record.histogram());
    }

    @Override
    public void close() {
        // The memory of the loop is the collector's.
    }
}
