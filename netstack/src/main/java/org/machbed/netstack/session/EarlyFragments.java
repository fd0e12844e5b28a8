package org.machbed.netstack.session;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Fragments that came before their datagram's first one, in order of arrival: copies, one behind the other in a ring of bytes.
 * A newer one takes the place of the oldest ones, because who reorders packets does so within milliseconds: a flood of
 * fragments without a first one passes through, where it would otherwise keep honest ones out until it is overdue.
 */
final class EarlyFragments {
    static final int CAPACITY = 128;

    /** Room for any frame, and for {@link #CAPACITY} of Ethernet's usual size. */
    static final int STORE_BYTES = 256 * 1024;

    /** The least that RFC 791 section 3.2 waits; a fragment that came twice must not meet its identification's next use. */
    static final long TIME_LIMIT_NS = 15_000_000_000L;

    static final int NONE = -1;

    private final SessionCounters counters;
    private final MemorySegment memory = Arena.ofAuto().allocate(STORE_BYTES);

    // Of each fragment; slots are a ring too, and one released meanwhile has length 0 until it is the oldest.
    private final long[] ends = new long[CAPACITY];
    private final int[] protocolAndIdentification = new int[CAPACITY];
    private final long[] deadlineNs = new long[CAPACITY];
    private final int[] offset = new int[CAPACITY];
    private final int[] lengthBytes = new int[CAPACITY];

    private int oldest;
    private int slots;

    /** Where the newest fragment's copy ends. */
    private int end;

    EarlyFragments(SessionCounters counters) {
        this.counters = counters;
    }

    /** Copies a fragment. */
    void keep(SessionPacket fragment, MemorySegment from, long fromOffset, long nowNs) {
        if (slots == CAPACITY) {
            dropOldest(SessionCounter.KEPT_PUSHED_OUT);
        }
        int length = fragment.frameBytes();
        int at = makeRoom(length);
        MemorySegment.copy(from, fromOffset, memory, at, length);
        end = at + length;
        int slot = slot(slots++);
        ends[slot] = fragment.ends();
        protocolAndIdentification[slot] = fragment.protocolAndIdentification();
        deadlineNs[slot] = nowNs + TIME_LIMIT_NS;
        offset[slot] = at;
        lengthBytes[slot] = length;
    }

    /** Where there are {@code length} free bytes in one piece. */
    private int makeRoom(int length) {
        while (slots > 0) {
            int start = offset[oldest];
            if (end > start) {
                if (STORE_BYTES - end >= length) {
                    return end;
                }
                if (start >= length) {
                    return 0;
                }
            } else if (start - end >= length) {
                return end;
            }
            dropOldest(SessionCounter.KEPT_PUSHED_OUT);
        }
        return 0;
    }

    private int slot(int age) {
        return (oldest + age) % CAPACITY;
    }

    private void dropOldest(SessionCounter reason) {
        if (lengthBytes[oldest] != 0) {
            counters.count(reason);
        }
        oldest = slot(1);
        slots--;
    }

    void dropOverdue(long nowNs) {
        while (slots > 0 && (lengthBytes[oldest] == 0 || nowNs >= deadlineNs[oldest])) {
            dropOldest(SessionCounter.KEPT_OVERDUE);
        }
    }

    /** The slot of the oldest fragment of a datagram, or {@link #NONE}. */
    int find(long ends, int protocolAndIdentification) {
        for (int age = 0; age < slots; age++) {
            int slot = slot(age);
            if (lengthBytes[slot] != 0
                    && this.ends[slot] == ends
                    && this.protocolAndIdentification[slot] == protocolAndIdentification) {
                return slot;
            }
        }
        return NONE;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Where the frame in a slot begins. */
    int offset(int slot) {
        return offset[slot];
    }

    int lengthBytes(int slot) {
        return lengthBytes[slot];
    }

    void release(int slot) {
        lengthBytes[slot] = 0;
    }

    /** Fragments kept, for tests of bounds. */
    int size() {
        int size = 0;
        for (int age = 0; age < slots; age++) {
            size += lengthBytes[slot(age)] != 0 ? 1 : 0;
        }
        return size;
    }
}
