package org.machbed.ipc.trial;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import org.HdrHistogram.Histogram;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.process.ProcessLifecycle;

/**
 * What one trial took: its time, the latency of each sample, and what the process used meanwhile. Recording allocates nothing;
 * the object serves trial after trial of one thread.
 */
public final class TrialRecord {
    /** Longer latencies are recorded as this: an operation that takes longer has failed otherwise. */
    private static final long MAX_LATENCY_NS = 60_000_000_000L;

    private static final int SIGNIFICANT_DIGITS = 3;

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final Histogram latencies = new Histogram(MAX_LATENCY_NS, SIGNIFICANT_DIGITS);
    private long startNs;
    private long startCpuNs;
    private long startAllocatedBytes;

    /** A trial starts now. */
    public void start() {
        latencies.reset();
        startAllocatedBytes = ProcessLifecycle.allocatedBytes();
        startCpuNs = SYSTEM.getProcessCpuTime();
        startNs = System.nanoTime();
    }

    /** Records the latency of one sample, ns. */
    public void sample(long latencyNs) {
        latencies.recordValue(Math.min(latencyNs, MAX_LATENCY_NS));
    }

    /** Ends the trial and says what it took; add the histogram with {@link #histogram}. */
    public Json finish(long operations) {
        long elapsedNs = System.nanoTime() - startNs;
        long cpuNs = SYSTEM.getProcessCpuTime() - startCpuNs;
        long allocatedBytes = ProcessLifecycle.allocatedBytes() - startAllocatedBytes;
        return Json.object()
                .put("operations", operations)
                .put("elapsedNanos", elapsedNs)
                .put("cpuNanos", cpuNs)
                .put("allocatedBytes", allocatedBytes);
    }

    /** The latency below which half of the samples lie, ns. */
    public long medianNs() {
        return latencies.getValueAtPercentile(50);
    }

    /** The mean of all samples, as exact as the histogram, ns. */
    public double meanNs() {
        return latencies.getMean();
    }

    /** The samples, in HdrHistogram's compressed V2 encoding and base64. */
    public String histogram() {
        ByteBuffer encoded = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int bytes = latencies.encodeIntoCompressedByteBuffer(encoded);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(encoded.array(), bytes));
    }
}
