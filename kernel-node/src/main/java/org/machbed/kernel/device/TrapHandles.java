package org.machbed.kernel.device;

import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Names of open devices and windows in traps. All tasks of a host share the call gate, so a handle is a random word that
 * only whoever got the reply to the opening call knows; a guess hits with a chance of {@code limit} in 2^31.
 *
 * <p>Open addressing over two arrays, so that a look-up costs no garbage. Guarded by the kernel lock.
 */
final class TrapHandles<T> {
    private final SecureRandom random = new SecureRandom();
    private final int limit;
    private final int[] handles;
    private final @Nullable Object[] values;
    private int size;

    /** Holds at most {@code limit} handles, a power of two. */
    TrapHandles(int limit) {
        if (Integer.bitCount(limit) != 1) {
            throw new IllegalArgumentException("limit " + limit + " is not a power of two");
        }
        this.limit = limit;
        handles = new int[2 * limit];
        values = new @Nullable Object[2 * limit];
    }

    /** Gives {@code value} a handle above 0, or answers 0 when all are taken. */
    int add(T value) {
        if (size == limit) {
            return 0;
        }
        int handle;
        do {
            handle = random.nextInt() & Integer.MAX_VALUE;
        } while (handle == 0 || get(handle) != null);
        insert(handle, value);
        size++;
        return handle;
    }

    private void insert(int handle, Object value) {
        int index = handle & (handles.length - 1);
        while (handles[index] != 0) {
            index = (index + 1) & (handles.length - 1);
        }
        handles[index] = handle;
        values[index] = value;
    }

    /** What a handle from another domain names, {@code null} for none: any value is allowed. */
    @SuppressWarnings("unchecked")
    @Nullable
    T get(long handle) {
        if (handle <= 0 || handle > Integer.MAX_VALUE) {
            return null;
        }
        for (int index = (int) handle & (handles.length - 1);
                handles[index] != 0;
                index = (index + 1) & (handles.length - 1)) {
            if (handles[index] == handle) {
                return (T) values[index];
            }
        }
        return null;
    }

    /** Forgets a handle; an unknown one is ignored. */
    void remove(int handle) {
        int[] oldHandles = handles.clone();
        @Nullable Object[] oldValues = values.clone();
        Arrays.fill(handles, 0);
        Arrays.fill(values, null);
        size = 0;
        for (int i = 0; i < oldHandles.length; i++) {
            Object value = oldValues[i];
            if (oldHandles[i] != 0 && oldHandles[i] != handle && value != null) {
                insert(oldHandles[i], value);
                size++;
            }
        }
    }
}
