package org.machbed.netstack.session;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.random.KeyedRandom;

/**
 * Targets by the key of their session: open addressing with linear probing, at most two thirds full. The hash is keyed, so that
 * strangers cannot choose addresses and ports that all fall into one place. A removal moves back what was pushed on by the removed
 * key (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm R), so that no use makes it slower.
 */
final class SessionIndex<T> {
    static final int NONE = -1;

    private static final int INITIAL_SLOTS = 64;

    /** Keeps this use of the hash apart from others of the same key. */
    private static final long PURPOSE = 5;

    private final KeyedRandom random;

    /** Two of each slot, side by side for the sake of the cache: addresses, and protocol and ports, which are 0 in a free slot. */
    private long[] keys = new long[2 * INITIAL_SLOTS];

    private @Nullable Object[] targets = new Object[INITIAL_SLOTS];
    private int size;

    SessionIndex(KeyedRandom random) {
        this.random = random;
    }

    int size() {
        return size;
    }

    /** The slot of a key, valid until the next change, or {@link #NONE}. */
    int find(long addresses, long ports) {
        int slot = home(addresses, ports);
        while (keys[2 * slot + 1] != 0) {
            if (keys[2 * slot + 1] == ports && keys[2 * slot] == addresses) {
                return slot;
            }
            slot = next(slot);
        }
        return NONE;
    }

    @SuppressWarnings("unchecked") // only put and set write there
    T target(int slot) {
        Object target = targets[slot];
        if (target == null) {
            throw new AssertionError("slot " + slot + " is free");
        }
        return (T) target;
    }

    void set(int slot, T target) {
        targets[slot] = target;
    }

    /** Adds a key that is not there. */
    void put(long addresses, long ports, T target) {
        if (3 * (size + 1) > 2 * targets.length) {
            grow();
        }
        place(addresses, ports, target);
        size++;
    }

    private void place(long addresses, long ports, @Nullable Object target) {
        int slot = home(addresses, ports);
        while (keys[2 * slot + 1] != 0) {
            slot = next(slot);
        }
        write(slot, addresses, ports, target);
    }

    private void write(int slot, long addresses, long ports, @Nullable Object target) {
        keys[2 * slot] = addresses;
        keys[2 * slot + 1] = ports;
        targets[slot] = target;
    }

    private void grow() {
        long[] oldKeys = keys;
        @Nullable Object[] oldTargets = targets;
        keys = new long[2 * oldKeys.length];
        targets = new Object[2 * oldTargets.length];
        for (int slot = 0; slot < oldTargets.length; slot++) {
            if (oldKeys[2 * slot + 1] != 0) {
                place(oldKeys[2 * slot], oldKeys[2 * slot + 1], oldTargets[slot]);
            }
        }
    }

    /** Frees a slot that {@link #find} answered. */
    void remove(int slot) {
        int free = slot;
        for (int at = next(slot); keys[2 * at + 1] != 0; at = next(at)) {
            int home = home(keys[2 * at], keys[2 * at + 1]);
            // Whoever was pushed beyond the free slot may take it, but nobody goes before the home of its key.
            if (distance(home, at) >= distance(free, at)) {
                write(free, keys[2 * at], keys[2 * at + 1], targets[at]);
                free = at;
            }
        }
        write(free, 0, 0, null);
        size--;
    }

    private int distance(int from, int to) {
        return to - from & targets.length - 1;
    }

    private int next(int slot) {
        return slot + 1 & targets.length - 1;
    }

    private int home(long addresses, long ports) {
        return (int) random.hash(addresses, ports, PURPOSE) & targets.length - 1;
    }
}
