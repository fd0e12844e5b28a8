package org.machbed.ipc.descriptor;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Descriptors of what a domain holds for others: sockets, open devices, windows. All tasks of a host share a server's port and
 * the kernel's call gate, so a descriptor carries a random part that only whoever got the answer to the opening call knows, and
 * one that was closed does not name what takes its place.
 *
 * <pre>
 *  31 30                       n n-1              0
 * +--+---------------------------+-------------------+
 * | 0|       random, not 0       |       index       |     2^n entries
 * +--+---------------------------+-------------------+
 * </pre>
 *
 * A guess hits with a chance of {@link #size} in 2^31. A look-up costs no garbage. Guarded by its owner's lock or level.
 */
public final class DescriptorTable<T> {
    /** What {@link #add} answers when the table is full; never a descriptor. */
    public static final int NONE = -1;

    /** More would leave fewer random bits than make a guess hopeless. */
    private static final int MAX_CAPACITY = 1 << 12;

    private final SecureRandom random = new SecureRandom();
    private final int indexBits;

    /** Of each entry the descriptor given last, so that the next one differs. */
    private final int[] descriptors;

    private final @Nullable Object[] values;
    private int next;
    private int size;

    /** Holds at most {@code capacity} values, a power of two of up to 4,096. */
    public DescriptorTable(int capacity) {
        if (capacity < 1 || capacity > MAX_CAPACITY || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity " + capacity + " is no power of two of up to " + MAX_CAPACITY);
        }
        indexBits = Integer.numberOfTrailingZeros(capacity);
        descriptors = new int[capacity];
        values = new @Nullable Object[capacity];
    }

    /** Gives {@code value} a descriptor above 0, or answers {@link #NONE} when all are taken. */
    public int add(T value) {
        if (size == values.length) {
            return NONE;
        }
        while (values[next] != null) {
            next = (next + 1) % values.length;
        }
        int index = next;
        int descriptor;
        do {
            descriptor = (1 + random.nextInt(Integer.MAX_VALUE >>> indexBits)) << indexBits | index;
        } while (descriptor == descriptors[index]);
        descriptors[index] = descriptor;
        values[index] = value;
        next = (index + 1) % values.length;
        size++;
        return descriptor;
    }

    /**
     * Gives {@code value} a descriptor that its caller chose, in a table that has none of its own choice: whoever keeps two tables for
     * the same descriptors.
     *
     * @return {@code false} when another descriptor of the same index is in use
     */
    public boolean put(int descriptor, T value) {
        int index = descriptor & (values.length - 1);
        if (values[index] != null) {
            return false;
        }
        descriptors[index] = descriptor;
        values[index] = value;
        size++;
        return true;
    }

    /** What a descriptor from another domain names; {@code null} for nothing: any value is allowed. */
    @SuppressWarnings("unchecked")
    public @Nullable T get(long descriptor) {
        int index = (int) descriptor & (values.length - 1);
        return descriptors[index] == descriptor ? (T) values[index] : null;
    }

    /** Forgets a descriptor and answers what it named; {@code null} for nothing. */
    public @Nullable T remove(long descriptor) {
        T value = get(descriptor);
        if (value != null) {
            values[(int) descriptor & (values.length - 1)] = null;
            size--;
        }
        return value;
    }

    /** All that name something now. */
    public int[] all() {
        int[] open = new int[size];
        int count = 0;
        for (int i = 0; i < values.length; i++) {
            if (values[i] != null) {
                open[count++] = descriptors[i];
            }
        }
        return open;
    }

    /** Descriptors that name something now. */
    public int size() {
        return size;
    }
}
