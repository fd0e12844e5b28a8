package org.machbed.netstack.session;

import org.jspecify.annotations.Nullable;

/** Datagrams whose first fragment went by and whose others are expected, oldest first; a newer one takes the oldest's place. */
final class FragmentedDatagrams {
    static final int CAPACITY = 128;

    /** As long as a stack waits for the fragments of a datagram (RFC 1122 section 3.3.2). */
    static final long TIME_LIMIT_NS = 60_000_000_000L;

    private final SessionCounters counters;

    /** The datagrams under way, oldest first, then the unused ones. */
    private final FragmentedDatagram[] datagrams = new FragmentedDatagram[CAPACITY];

    private int size;

    FragmentedDatagrams(SessionCounters counters) {
        this.counters = counters;
        for (int i = 0; i < CAPACITY; i++) {
            datagrams[i] = new FragmentedDatagram();
        }
    }

    /** The datagram that a fragment is of. */
    @Nullable
    FragmentedDatagram find(SessionPacket fragment) {
        // The newest first: the fragments of a datagram come together.
        for (int i = size - 1; i >= 0; i--) {
            if (datagrams[i].isOf(fragment)) {
                return datagrams[i];
            }
        }
        return null;
    }

    /** A datagram's first fragment went by. */
    FragmentedDatagram start(SessionPacket first, long addresses, long ports, long nowNs) {
        if (size == CAPACITY) {
            pushOut(datagrams[0]);
        }
        FragmentedDatagram datagram = datagrams[size++];
        datagram.start(first, addresses, ports, nowNs + TIME_LIMIT_NS);
        return datagram;
    }

    /** Lets no session have more than {@code limit} under way after it starts another one. */
    void makeRoomWithin(int limit, long addresses, long ports) {
        FragmentedDatagram oldest = null;
        int count = 0;
        for (int i = size - 1; i >= 0; i--) {
            if (datagrams[i].isOwnedBy(addresses, ports)) {
                oldest = datagrams[i];
                count++;
            }
        }
        if (oldest != null && count >= limit) {
            pushOut(oldest);
        }
    }

    private void pushOut(FragmentedDatagram datagram) {
        counters.count(SessionCounter.DATAGRAM_PUSHED_OUT);
        end(datagram);
    }

    /** Forgets a datagram, if it is still under way. */
    @SuppressWarnings("ReferenceEquality") // a datagram is itself
    void end(FragmentedDatagram datagram) {
        int index = 0;
        while (index < size && datagrams[index] != datagram) {
            index++;
        }
        if (index == size) {
            return;
        }
        size--;
        System.arraycopy(datagrams, index + 1, datagrams, index, size - index);
        datagrams[size] = datagram;
    }

    void endOverdue(long nowNs) {
        while (size > 0 && nowNs >= datagrams[0].deadlineNs) {
            counters.count(SessionCounter.DATAGRAM_OVERDUE);
            end(datagrams[0]);
        }
    }

    int size() {
        return size;
    }
}
