package org.machbed.client.session;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;

/**
 * How often sessions moved, and how long they were on their way into the library: from when the server was asked until they were in the
 * stack, which the switch in the kernel lies between. Any thread may count.
 */
final class MigrationTimes {
    /** Buckets of the histogram a power of two: its values are told with an error of an eighth at most. */
    private static final int PARTS = 8;

    private static final int PART_BITS = 3;

    private final AtomicLongArray histogram = new AtomicLongArray(Long.SIZE * PARTS);
    private final LongAdder in = new LongAdder();
    private final LongAdder inNs = new LongAdder();
    private final LongAccumulator mostNs = new LongAccumulator(Math::max, 0);
    private final LongAdder refused = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder returned = new LongAdder();
    private final LongAdder over = new LongAdder();
    private final LongAdder taken = new LongAdder();

    /** A session has come into the library. */
    void arrived(long ns) {
        in.increment();
        inNs.add(ns);
        mostNs.accumulate(ns);
        histogram.incrementAndGet(bucket(ns));
    }

    /** The server keeps a session. */
    void refuse() {
        refused.increment();
    }

    /** A session had left the server and could not be taken in. */
    void fail() {
        failed.increment();
    }

    /** A session went back to the server. */
    void giveBack() {
        returned.increment();
    }

    /** A session was over when its socket was closed. */
    void end() {
        over.increment();
    }

    /** The server has taken a session back. */
    void take() {
        taken.increment();
    }

    private static int bucket(long ns) {
        long value = Math.max(ns, PARTS);
        int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
        int part = (int) (value >>> (power - PART_BITS)) & (PARTS - 1);
        return power * PARTS + part;
    }

    /** The lower end of the bucket that has the median; 0 without any. */
    long medianNs() {
        long left = (in.sum() + 1) / 2;
        for (int i = 0; i < histogram.length() && left > 0; i++) {
            left -= histogram.get(i);
            if (left <= 0) {
                int power = i / PARTS;
                return (1L << power) + ((long) (i % PARTS) << (power - PART_BITS));
            }
        }
        return 0;
    }

    void tell(ObjLongConsumer<String> consumer) {
        consumer.accept("MIGRATIONS_IN", in.sum());
        consumer.accept("MIGRATION_NS", inNs.sum());
        consumer.accept("MIGRATION_MAX_NS", mostNs.get());
        consumer.accept("MIGRATION_MEDIAN_NS", medianNs());
        consumer.accept("MIGRATIONS_REFUSED", refused.sum());
        consumer.accept("MIGRATIONS_FAILED", failed.sum());
        consumer.accept("MIGRATIONS_BACK", returned.sum());
        consumer.accept("SESSIONS_OVER", over.sum());
        consumer.accept("SESSIONS_TAKEN_BACK", taken.sum());
    }
}
