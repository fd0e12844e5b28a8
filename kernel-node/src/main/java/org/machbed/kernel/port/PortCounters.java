package org.machbed.kernel.port;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

/** What the relay did; printable. Counters only grow. */
public final class PortCounters {
    /** What is counted. */
    public enum Count {
        /** Messages from task to task. */
        MESSAGES("messages"),
        /** Messages whose sender or receiver is the kernel. */
        KERNEL_MESSAGES("kernelMessages"),
        /** Of those, messages that the kernel sent of its own accord through a right that a task gave it. */
        INDICATIONS("indications"),
        /** Notifications sent by the kernel. */
        NOTIFICATIONS("notifications"),
        /** Sends that waited for room in a queue. */
        BLOCKED_SENDS("blockedSends"),
        /** Unacknowledged messages dropped for want of room or of a living receiver. */
        DROPPED_POSTS("droppedPosts"),
        /** Calls that were answered with an error other than a time-out. */
        REFUSED_CALLS("refusedCalls"),
        /** Rights let go of because the receiver's name space was full. */
        REFUSED_RIGHTS("refusedRights"),
        /** Frames that make no sense: unknown operation, unknown call, not attached. */
        MALFORMED_FRAMES("malformedFrames"),
        TASKS_ATTACHED("tasksAttached"),
        TASKS_GONE("tasksGone"),
        /** Memory objects that the kernel deleted because their holder or message was gone. */
        ORPHANED_OBJECTS("orphanedObjects");

        private final String label;

        Count(String label) {
            this.label = label;
        }

        /** Its name in replies to the {@code counters} command. */
        public String label() {
            return label;
        }
    }

    private final Map<Count, LongAdder> counts = new EnumMap<>(Count.class);

    private final Crossings crossings;

    /** Messages are counted among the process's crossings, too. */
    PortCounters(Crossings crossings) {
        this.crossings = crossings;
        for (Count what : Count.values()) {
            counts.put(what, new LongAdder());
        }
    }

    Crossings crossings() {
        return crossings;
    }

    void count(Count what) {
        adder(what).increment();
        if (what == Count.MESSAGES) {
            crossings.count(Crossing.MESSAGES);
        } else if (what == Count.KERNEL_MESSAGES) {
            crossings.count(Crossing.KERNEL_MESSAGES);
        } else if (what == Count.INDICATIONS) {
            crossings.count(Crossing.INDICATIONS);
        }
    }

    /** Tells every counter by its name; a source for a process's {@code counters} command. */
    public void tell(ObjLongConsumer<String> consumer) {
        for (Count what : Count.values()) {
            consumer.accept(what.label(), get(what));
        }
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
