package org.machbed.kernel.port;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What the relay did; printable. Counters only grow. */
public final class PortCounters {
    /** What is counted. */
    public enum Count {
        /** Messages from task to task. */
        MESSAGES,
        /** Messages whose sender or receiver is the kernel. */
        KERNEL_MESSAGES,
        /** Notifications sent by the kernel. */
        NOTIFICATIONS,
        /** Sends that waited for room in a queue. */
        BLOCKED_SENDS,
        /** Unacknowledged messages dropped for want of room or of a living receiver. */
        DROPPED_POSTS,
        /** Calls that were answered with an error other than a time-out. */
        REFUSED_CALLS,
        /** Rights let go of because the receiver's name space was full. */
        REFUSED_RIGHTS,
        /** Frames that make no sense: unknown operation, unknown call, not attached. */
        MALFORMED_FRAMES,
        TASKS_ATTACHED,
        TASKS_GONE,
        /** Memory objects that the kernel deleted because their holder or message was gone. */
        ORPHANED_OBJECTS
    }

    private final Map<Count, LongAdder> counts = new EnumMap<>(Count.class);

    PortCounters() {
        for (Count what : Count.values()) {
            counts.put(what, new LongAdder());
        }
    }

    void count(Count what) {
        adder(what).increment();
    }

    public long get(Count what) {
        return adder(what).sum();
    }

    private LongAdder adder(Count what) {
        return Objects.requireNonNull(counts.get(what));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Count what : Count.values()) {
            text.append(text.isEmpty() ? "" : " ").append(what).append('=').append(get(what));
        }
        return text.toString();
    }
}
