package org.machbed.netstack.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;

/** What will happen, in the order of time; of what happens at once, what was planned first is first. */
final class Schedule {
    /** Something that happens. */
    @FunctionalInterface
    interface Happening {
        void happen(long nowNs);
    }

    private record Entry(long atNs, long number, Happening happening) {}

    private final PriorityQueue<Entry> entries =
            new PriorityQueue<>(Comparator.comparingLong(Entry::atNs).thenComparingLong(Entry::number));
    private long number;

    void at(long atNs, Happening happening) {
        entries.add(new Entry(atNs, number++, happening));
    }

    /** When the next thing happens, {@link Long#MAX_VALUE} for never. */
    long nextNs() {
        Entry first = entries.peek();
        return first == null ? Long.MAX_VALUE : first.atNs();
    }

    void runNext(long nowNs) {
        entries.remove().happening().happen(nowNs);
    }
}
