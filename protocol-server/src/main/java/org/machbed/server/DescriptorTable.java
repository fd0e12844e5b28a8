package org.machbed.server;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Descriptors of open sockets. All clients of a server send to one port, so a descriptor carries a random part that only the
 * client which opened the socket knows, and one that was closed is not soon valid again.
 *
 * <pre>
 *  31 30                       10 9                 0
 * +--+---------------------------+-------------------+
 * | 0|       random, not 0       |       index       |
 * +--+---------------------------+-------------------+
 * </pre>
 *
 * Guarded by its owner's lock or level.
 */
public final class DescriptorTable<T> {
    /** Sockets that may be open at once. */
    public static final int CAPACITY = 1024;

    private static final int INDEX_BITS = 10;
    private static final int RANDOM_BOUND = 1 << (31 - INDEX_BITS);

    private final SecureRandom random = new SecureRandom();
    private final int[] descriptors = new int[CAPACITY];
    private final @Nullable Object[] values = new @Nullable Object[CAPACITY];
    private int next;
    private int size;

    /** Gives {@code value} a descriptor above 0, or answers -1 when all are taken. */
    public int add(T value) {
        if (size == CAPACITY) {
            return -1;
        }
        while (values[next] != null) {
            next = (next + 1) % CAPACITY;
        }
        int descriptor = (1 + random.nextInt(RANDOM_BOUND - 1)) << INDEX_BITS | next;
        descriptors[next] = descriptor;
        values[next] = value;
        next = (next + 1) % CAPACITY;
        size++;
        return descriptor;
    }

    /** What a descriptor from a client names; {@code null} for none: any value is allowed. */
    @SuppressWarnings("unchecked")
    public @Nullable T get(int descriptor) {
        int index = descriptor & (CAPACITY - 1);
        return descriptors[index] == descriptor ? (T) values[index] : null;
    }

    /** Forgets a descriptor and answers what it named, {@code null} for none. */
    public @Nullable T remove(int descriptor) {
        T value = get(descriptor);
        if (value != null) {
            int index = descriptor & (CAPACITY - 1);
            descriptors[index] = 0;
            values[index] = null;
            size--;
        }
        return value;
    }

    /** Open descriptors. */
    public int[] all() {
        int[] open = new int[size];
        int count = 0;
        for (int i = 0; i < CAPACITY; i++) {
            if (values[i] != null) {
                open[count++] = descriptors[i];
            }
        }
        return open;
    }

    public int size() {
        return size;
    }
}
