package org.machbed.server.unix;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A queue of packets to or from an interface (struct ifqueue). Guarded by {@link Spl#IMP}. */
final class InterfaceQueue {
    /** Packets that wait at most (IFQ_MAXLEN). */
    static final int MAX_PACKETS = 50;

    private final ArrayDeque<Mbuf> packets = new ArrayDeque<>(MAX_PACKETS);

    /** Queues a packet (IF_ENQUEUE); {@code false} when the queue is full (IF_QFULL): the caller drops it. */
    boolean enqueue(Mbuf packet) {
        if (packets.size() == MAX_PACKETS) {
            return false;
        }
        packets.addLast(packet);
        return true;
    }

    /** The oldest packet (IF_DEQUEUE), {@code null} for none. */
    @Nullable
    Mbuf dequeue() {
        return packets.pollFirst();
    }
}
