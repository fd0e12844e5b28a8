package org.machbed.ipc.chronicle;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import net.openhft.chronicle.core.time.TimeProvider;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.rollcycles.RollCycleArithmetic;

/**
 * Rolls a Chronicle queue by what was written instead of by the clock: its "time" is the number of the cycle, which only the
 * queue's own count of what went through it advances. So the files' size is bounded whatever the rate.
 */
final class CountedRollCycle implements RollCycle {
    /** Entries of Chronicle's index of a file, and messages between two of them. Nobody seeks, so the index is sparse. */
    private static final int INDEX_COUNT = 1024;

    private static final int INDEX_SPACING = 1024;
    private static final int CYCLE_MILLIS = 1_000;

    /** A cycle is a second since the epoch, so that names differ and sort. */
    private static final String FORMAT = "yyyyMMdd-HHmmss";

    private static final DateTimeFormatter FORMATTER = DateTimeFormatter.ofPattern(FORMAT, Locale.ROOT);

    private final RollCycleArithmetic arithmetic = RollCycleArithmetic.of(INDEX_COUNT, INDEX_SPACING);

    /** The file of a cycle. */
    static String fileName(long cycle) {
        return LocalDateTime.ofEpochSecond(cycle, 0, ZoneOffset.UTC).format(FORMATTER) + SingleChronicleQueue.SUFFIX;
    }

    @Override
    public String format() {
        return FORMAT;
    }

    @Override
    public int lengthInMillis() {
        return CYCLE_MILLIS;
    }

    @Override
    public int defaultIndexCount() {
        return INDEX_COUNT;
    }

    @Override
    public int defaultIndexSpacing() {
        return INDEX_SPACING;
    }

    @Override
    public int current(TimeProvider cycle, long epoch) {
        return Math.toIntExact(cycle.currentTimeMillis());
    }

    @Override
    public long toIndex(int cycle, long sequenceNumber) {
        return arithmetic.toIndex(cycle, sequenceNumber);
    }

    @Override
    public long toSequenceNumber(long index) {
        return arithmetic.toSequenceNumber(index);
    }

    @Override
    public int toCycle(long index) {
        return arithmetic.toCycle(index);
    }

    @Override
    public long maxMessagesPerCycle() {
        return arithmetic.maxMessagesPerCycle();
    }
}
