package org.machbed.kernel.port;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A port set: receives on it take from any member, in turn. Guarded by the relay's lock. */
final class PortSet {
    final Set<Port> members = new LinkedHashSet<>();

    /** Receives posted on the set, first come first served. */
    final Deque<Waiting.Receive> receives = new ArrayDeque<>(1);

    /** Members whose queues hold something, in the order in which they take their turns. */
    private final Set<Port> pending = new LinkedHashSet<>();

    void add(Port port) {
        port.set = this;
        members.add(port);
        if (!port.queue.isEmpty()) {
            pending.add(port);
        }
    }

    void remove(Port port) {
        port.set = null;
        members.remove(port);
        pending.remove(port);
    }

    void queued(Port port) {
        pending.add(port);
    }

    boolean hasPending() {
        return !pending.isEmpty();
    }

    /** The member whose turn it is. */
    @Nullable
    Port firstPending() {
        return pending.isEmpty() ? null : pending.iterator().next();
    }

    /** A message was taken from a member's queue: the member goes to the end of the line, or out of it. */
    void dequeued(Port port) {
        pending.remove(port);
        if (!port.queue.isEmpty()) {
            pending.add(port);
        }
    }
}
