package org.machbed.client.binding;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A system call as the emulation library gets it when the kernel redirects it into the caller's own address space: a number,
 * words in argument registers, and memory of the caller. Belongs to one thread for one call.
 *
 * @param number of {@link SystemCallNumber}
 * @param memory what a pointer among the arguments points to, in and out
 */
record SystemCall(
        int number,
        int a0,
        int a1,
        int a2,
        int a3,
        @Nullable ByteBuffer memory) {
    static SystemCall of(int number, int a0) {
        return new SystemCall(number, a0, 0, 0, 0, null);
    }

    static SystemCall of(int number, int a0, int a1, int a2) {
        return new SystemCall(number, a0, a1, a2, 0, null);
    }

    static SystemCall of(int number, int a0, int a1, int a2, int a3) {
        return new SystemCall(number, a0, a1, a2, a3, null);
    }

    /** A call whose pointer is its second argument. */
    static SystemCall of(int number, int a0, ByteBuffer memory, int a1, int a2) {
        return new SystemCall(number, a0, a1, a2, 0, memory);
    }

    /**
     * The memory of a call that has a pointer.
     *
     * @throws IllegalStateException for a call without
     */
    ByteBuffer pointer() {
        if (memory == null) {
            throw new IllegalStateException("system call " + number + " has no pointer");
        }
        return memory;
    }
}
