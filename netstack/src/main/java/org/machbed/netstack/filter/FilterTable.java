package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The filters on one interface, and where the frames that they match go.
 *
 * <p>Higher priorities are asked first, equal ones in the order in which they were added. A frame goes to every filter that it
 * matches, until one of priority {@link PacketFilter#HIGH_PRIORITY} or more has matched: that one keeps it from the rest. As in
 * Mach 3.0's {@code net_filter}, except that filters of equal priority are not reordered by use, so that which instructions run
 * depends on nothing but the table and the frame.
 *
 * <p>One thread matches at a time; any thread may add and remove meanwhile, and a match under way keeps to the table as it was.
 */
public final class FilterTable<T> {
    /** The most filters that a table holds, so that a frame's work is bounded: 64 filters of at most 64 instructions. */
    public static final int MAXIMUM_FILTERS = 64;

    private record Entry<T>(PacketFilter filter, T target) {}

    private final FilterMachine machine = new FilterMachine();

    /** Replaced as a whole, under this table's lock. */
    private volatile List<Entry<T>> entries = List.of();

    /**
     * Adds a filter. When {@code target} has one already, the new one takes its place, as device_set_filter does for a port.
     *
     * @throws FilterException when the table is full
     */
    public synchronized void add(PacketFilter filter, T target) throws FilterException {
        List<Entry<T>> changed = without(target);
        if (changed.size() == MAXIMUM_FILTERS) {
            throw FilterException.ofWhole("the interface has " + MAXIMUM_FILTERS + " filters already");
        }
        int at = 0;
        while (at < changed.size() && changed.get(at).filter.priority() >= filter.priority()) {
            at++;
        }
        changed.add(at, new Entry<>(filter, target));
        entries = List.copyOf(changed);
    }

    /** Removes the filter of {@code target}; answers whether it had one. */
    public synchronized boolean remove(T target) {
        List<Entry<T>> changed = without(target);
        boolean removed = changed.size() < entries.size();
        entries = List.copyOf(changed);
        return removed;
    }

    private List<Entry<T>> without(T target) {
        List<Entry<T>> others = new ArrayList<>(entries);
        others.removeIf(entry -> entry.target.equals(target));
        return others;
    }

    public int size() {
        return entries.size();
    }

    /**
     * Runs the filters on a frame, which begins with its Ethernet header.
     *
     * @return how many targets the frame went to
     */
    public int match(MemorySegment frame, long offset, int length, FilterConsumer<? super T> consumer) {
        List<Entry<T>> asked = entries;
        int matches = 0;
        for (int i = 0; i < asked.size(); i++) {
            Entry<T> entry = asked.get(i);
            if (entry.filter.matches(frame, offset, length, machine)) {
                matches++;
                consumer.onMatch(entry.target, frame, offset, length);
                if (entry.filter.priority() >= PacketFilter.HIGH_PRIORITY) {
                    break;
                }
            }
        }
        return matches;
    }

    /** Instructions executed since the table was made. */
    public long instructionsExecuted() {
        return machine.instructionsExecuted();
    }

    /** Runs that ended without match because a filter asked for a word beyond the frame. */
    public long readsBeyondFrame() {
        return machine.readsBeyondFrame();
    }

    /** The filters in the order in which they are asked, each after its target, readable. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Entry<T> entry : entries) {
            text.append(entry.target).append(": ").append(entry.filter);
        }
        return text.toString();
    }
}
