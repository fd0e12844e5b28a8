package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.random.KeyedRandom;

/**
 * Targets by the key of their session: open addressing with linear probing, at most three quarters full. The hash is keyed, so that
 * strangers cannot choose addresses and ports that all fall into one place. A removal moves back what was pushed on by the removed
 * key (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm R), so that no use makes it slower.
 *
 * <p>Where the first slot does not have the key, eight are looked at in one step: each has a tag of 8 bits, 0 when it is free and else 7 bits of the hash, and a key is
 * read only where the tag is the one looked for. So that search takes the same branches wherever the key lies and however
 * full the table is; slot by slot, the processor would often mispredict where it ends.
 */
final class SessionIndex<T> {
    static final int NONE = -1;

    private static final int INITIAL_SLOTS = 64;

    /** Keeps this use of the hash apart from others of the same key. */
    private static final long PURPOSE = 5;

    private static final int GROUP = Long.BYTES;

    /** The tag of a group's first slot is its lowest octet. */
    private static final ValueLayout.OfLong TAGS_OF_A_GROUP =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long LOW_BITS = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private final KeyedRandom random;

    /** One of each slot, and again those of the first slots, so that a group may begin at any slot. */
    private byte[] tags = new byte[INITIAL_SLOTS + GROUP - 1];

    private MemorySegment groups = MemorySegment.ofArray(tags);

    /** Two of each slot, side by side for the sake of the cache: addresses, and protocol and ports. */
    private long[] keys = new long[2 * INITIAL_SLOTS];

    private @Nullable Object[] targets = new Object[INITIAL_SLOTS];
    private int size;

    /** The key that was found last and its slot: frames come in trains, and the next one is likely of the same session. */
    private long lastAddresses;

    private long lastPorts;
    private int lastSlot = NONE;

    SessionIndex(KeyedRandom random) {
        this.random = random;
    }

    int size() {
        return size;
    }

    /** The slot of a key, valid until the next change, or {@link #NONE}. */
    int find(long addresses, long ports) {
        if (lastSlot != NONE && addresses == lastAddresses && ports == lastPorts) {
            return lastSlot;
        }
        int slot = search(addresses, ports);
        if (slot != NONE) {
            lastAddresses = addresses;
            lastPorts = ports;
            lastSlot = slot;
        }
        return slot;
    }

    private int search(long addresses, long ports) {
        long hash = hash(addresses, ports);
        int first = home(hash);
        // Most lie there; with that the key is read without waiting for the tag.
        if (keys[2 * first] == addresses && keys[2 * first + 1] == ports) {
            return first;
        }
        long wanted = LOW_BITS * (tag(hash) & 0xFF);
        while (true) {
            long group = groups.get(TAGS_OF_A_GROUP, first);
            for (long found = zeros(group ^ wanted); found != 0; found &= found - 1) {
                int slot = wrap(first + Long.numberOfTrailingZeros(found) / Byte.SIZE);
                if (keys[2 * slot] == addresses && keys[2 * slot + 1] == ports) {
                    return slot;
                }
            }
            if (zeros(group) != 0) {
                return NONE;
            }
            first = wrap(first + GROUP);
        }
    }

    /**
     * The high bit of each octet that is 0, and perhaps of some above one that is 0 (Warren, Hacker's Delight, section 6-1): of
     * those, the key tells, which is 0 in a free slot.
     */
    private static long zeros(long octets) {
        return octets - LOW_BITS & ~octets & HIGH_BITS;
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
        if (4 * (size + 1) > 3 * targets.length) {
            grow();
        }
        lastSlot = NONE;
        place(addresses, ports, target);
        size++;
    }

    private void place(long addresses, long ports, @Nullable Object target) {
        long hash = hash(addresses, ports);
        int slot = home(hash);
        while (tags[slot] != 0) {
            slot = wrap(slot + 1);
        }
        write(slot, tag(hash), addresses, ports, target);
    }

    private void write(int slot, byte tag, long addresses, long ports, @Nullable Object target) {
        tags[slot] = tag;
        if (slot < GROUP - 1) {
            tags[targets.length + slot] = tag;
        }
        keys[2 * slot] = addresses;
        keys[2 * slot + 1] = ports;
        targets[slot] = target;
    }

    private void grow() {
        byte[] oldTags = tags;
        long[] oldKeys = keys;
        @Nullable Object[] oldTargets = targets;
        tags = new byte[2 * oldTargets.length + GROUP - 1];
        groups = MemorySegment.ofArray(tags);
        keys = new long[2 * oldKeys.length];
        targets = new Object[2 * oldTargets.length];
        for (int slot = 0; slot < oldTargets.length; slot++) {
            if (oldTags[slot] != 0) {
                place(oldKeys[2 * slot], oldKeys[2 * slot + 1], oldTargets[slot]);
            }
        }
    }

    /** Frees a slot that {@link #find} answered. */
    void remove(int slot) {
        lastSlot = NONE;
        int free = slot;
        for (int at = wrap(slot + 1); tags[at] != 0; at = wrap(at + 1)) {
            int home = home(hash(keys[2 * at], keys[2 * at + 1]));
            // Whoever was pushed beyond the free slot may take it, but nobody goes before the home of its key.
            if (wrap(at - home) >= wrap(at - free)) {
                write(free, tags[at], keys[2 * at], keys[2 * at + 1], targets[at]);
                free = at;
            }
        }
        write(free, (byte) 0, 0, 0, null);
        size--;
    }

    private int wrap(int slot) {
        return slot & targets.length - 1;
    }

    private long hash(long addresses, long ports) {
        return random.hash(addresses, ports, PURPOSE);
    }

    private int home(long hash) {
        return wrap((int) hash);
    }

    /** Of bits of the hash that no table is large enough to choose a slot by. */
    private static byte tag(long hash) {
        return (byte) (hash >>> 57 | 0x80);
    }
}
