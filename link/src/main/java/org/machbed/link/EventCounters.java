package org.machbed.link;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts events of an enumerated set, without garbage. One thread at a time counts a given event; any thread may read, and
 * sees a count that was true a moment ago.
 */
@SuppressWarnings("EnumOrdinal") // The array is as long as the enumeration and never leaves this process.
public abstract sealed class EventCounters<E extends Enum<E>> permits LinkCounters, DriverCounters {
    private final E[] events;
    private final AtomicLongArray counts;

    EventCounters(Class<E> type) {
        events = type.getEnumConstants();
        counts = new AtomicLongArray(events.length);
    }

    /** One more {@code event}. */
    public final void count(E event) {
        add(event, 1);
    }

    /** {@code times} more of {@code event}. */
    public final void add(E event, long times) {
        int index = event.ordinal();
        // One writer each, so no atomic addition is needed; opaque, so that readers never see half of it.
        counts.setOpaque(index, counts.getPlain(index) + times);
    }

    /** How often {@code event} was counted. */
    public final long get(E event) {
        return counts.getOpaque(event.ordinal());
    }

    /** All counts, in the order of their declaration. */
    public final Map<E, Long> snapshot() {
        Map<E, Long> all = new LinkedHashMap<>();
        for (E event : events) {
            all.put(event, get(event));
        }
        return all;
    }

    /** The counts that are not 0, as {@code frames-sent=3 bytes-sent=180}. */
    @Override
    public final String toString() {
        StringBuilder text = new StringBuilder();
        for (E event : events) {
            if (get(event) != 0) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(event.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .append('=')
                        .append(get(event));
            }
        }
        return text.toString();
    }
}
