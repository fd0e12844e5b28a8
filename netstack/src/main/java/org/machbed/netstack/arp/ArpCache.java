package org.machbed.netstack.arp;

import org.jspecify.annotations.Nullable;

/** The neighbours, found by address through a hash table of bounded size. */
final class ArpCache {
    /** Neighbours remembered at once. */
    static final int CAPACITY = 128;

    /** Neighbours that may be asked for at once; with the bound per neighbour this bounds the memory that waiting packets take. */
    static final int CAPACITY_WAITING = 16;

    private static final int BUCKETS = 128;

    private final @Nullable ArpEntry[] buckets = new ArpEntry[BUCKETS];
    private int size;

    /** The neighbour found last, for the next time. */
    private @Nullable ArpEntry latest;

    @Nullable
    ArpEntry find(int ipv4) {
        ArpEntry entry = latest;
        if (entry != null && entry.ipv4 == ipv4) {
            return entry;
        }
        entry = buckets[bucketOf(ipv4)];
        while (entry != null && entry.ipv4 != ipv4) {
            entry = entry.next;
        }
        if (entry != null) {
            latest = entry;
        }
        return entry;
    }

    boolean isFull() {
        return size >= CAPACITY;
    }

    /** Adds a neighbour that is not there; the caller has made sure that there is room. */
    ArpEntry add(int ipv4) {
        ArpEntry entry = new ArpEntry(ipv4);
        int bucket = bucketOf(ipv4);
        entry.next = buckets[bucket];
        buckets[bucket] = entry;
        size++;
        return entry;
    }

    void remove(ArpEntry entry) {
        int bucket = bucketOf(entry.ipv4);
        ArpEntry previous = null;
        ArpEntry at = buckets[bucket];
        while (at != null && at != entry) {
            previous = at;
            at = at.next;
        }
        if (at == null) {
            return;
        }
        if (previous == null) {
            buckets[bucket] = at.next;
        } else {
            previous.next = at.next;
        }
        size--;
        latest = null;
    }

    /** The neighbour to forget first: a failed one, else the one confirmed longest ago; one that packets wait for only when all are. */
    @Nullable
    ArpEntry mostForgettable() {
        ArpEntry choice = null;
        for (ArpEntry head : buckets) {
            for (ArpEntry entry = head; entry != null; entry = entry.next) {
                if (choice == null || rank(entry) < rank(choice)) {
                    choice = entry;
                }
            }
        }
        return choice;
    }

    private static long rank(ArpEntry entry) {
        return switch (entry.state) {
            case FAILED -> Long.MIN_VALUE;
            case KNOWN, POLLED -> Math.min(entry.confirmedNs, Long.MAX_VALUE - 1);
            case WAITING -> Long.MAX_VALUE;
        };
    }

    /** The neighbour in the state whose deadline comes first. */
    @Nullable
    ArpEntry earliest(ArpEntry.State state) {
        ArpEntry choice = null;
        for (ArpEntry head : buckets) {
            for (ArpEntry entry = head; entry != null; entry = entry.next) {
                if (entry.state == state && (choice == null || entry.deadlineNs < choice.deadlineNs)) {
                    choice = entry;
                }
            }
        }
        return choice;
    }

    /** The neighbour whose deadline comes first of all. */
    @Nullable
    ArpEntry earliest() {
        ArpEntry choice = null;
        for (ArpEntry head : buckets) {
            for (ArpEntry entry = head; entry != null; entry = entry.next) {
                if (choice == null || entry.deadlineNs < choice.deadlineNs) {
                    choice = entry;
                }
            }
        }
        return choice;
    }

    int size() {
        return size;
    }

    private static int bucketOf(int ipv4) {
        int mixed = ipv4 * 0x9E3779B9;
        return mixed >>> 25;
    }
}
