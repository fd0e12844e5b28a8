package org.machbed.link.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.machbed.ipc.memory.Native;

/** Linux's error numbers that mean something here (errno(3)); the same on x86-64 and AArch64. */
final class Errno {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EIO = 5;
    static final int ENXIO = 6;
    static final int EAGAIN = 11;
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EBUSY = 16;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int EBADFD = 77;
    static final int EMSGSIZE = 90;
    static final int ENETDOWN = 100;
    static final int ENETUNREACH = 101;
    static final int ENOBUFS = 105;
    static final int EHOSTUNREACH = 113;

    private static final int LONGEST_TEXT_BYTES = 256;
    private static final MethodHandle STRERROR =
            Native.function("strerror", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private Errno() {}

    /** The C library's words for it, and the number. */
    static String text(int number) {
        try {
            MemorySegment words = (MemorySegment) STRERROR.invokeExact(number);
            return words.reinterpret(LONGEST_TEXT_BYTES).getString(0) + " (error " + number + ")";
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }
}
