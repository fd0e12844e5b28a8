package org.machbed.netstack;

/**
 * How often each {@link StackCounter} happened. Written by the stack's owner under its lock; other threads may read a little
 * late.
 */
@SuppressWarnings("EnumOrdinal") // an EnumMap of Long would leave garbage per packet
public final class StackCounters {
    private static final StackCounter[] ALL = StackCounter.values();

    private final long[] counts = new long[ALL.length];

    public void count(StackCounter counter) {
        counts[counter.ordinal()]++;
    }

    public long get(StackCounter counter) {
        return counts[counter.ordinal()];
    }

    /** Everything refused or discarded, whatever the reason. */
    public long drops() {
        long drops = 0;
        for (StackCounter counter : ALL) {
            if (counter.isDrop()) {
                drops += counts[counter.ordinal()];
            }
        }
        return drops;
    }

    /** The counters that are not 0, one {@code NAME=count} each, separated by blanks. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (StackCounter counter : ALL) {
            if (counts[counter.ordinal()] != 0) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(counter)
                        .append('=')
                        .append(counts[counter.ordinal()]);
            }
        }
        return text.toString();
    }
}
