package org.machbed.netstack.session;

/** How often each {@link SessionCounter} happened. Written under the owner's lock; other threads may read a little late. */
@SuppressWarnings("EnumOrdinal") // an EnumMap of Long would leave garbage per frame
public final class SessionCounters {
    private static final SessionCounter[] ALL = SessionCounter.values();

    private final long[] counts = new long[ALL.length];

    void count(SessionCounter counter) {
        counts[counter.ordinal()]++;
    }

    public long get(SessionCounter counter) {
        return counts[counter.ordinal()];
    }

    /** The counters that are not 0, one {@code NAME=count} each, separated by blanks. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (SessionCounter counter : ALL) {
            if (get(counter) != 0) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(counter)
                        .append('=')
                        .append(get(counter));
            }
        }
        return text.toString();
    }
}
