package org.machbed.ipc.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Linux's futex(2) on 32-bit words of shared memory. A word is named by its address, so that no call costs garbage or holds
 * the memory's scope; whoever unmaps the memory must first see to it that nobody waits.
 *
 * <p>A wait may end for no reason (a signal): callers look at their word again. Waiting pins the carrier of a virtual
 * thread.
 */
public final class Futex {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int FUTEX_WAIT = 0;
    private static final int FUTEX_WAKE = 1;
    private static final int SYS_FUTEX = systemCallNumber();
    private static final int TIMESPEC_BYTES = 16;

    private static final FunctionDescriptor SYSCALL = FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG);
    private static final MethodHandle FUTEX = Native.function("syscall", SYSCALL, Linker.Option.firstVariadicArg(1));

    /** One timespec a thread, so that a wait with a time limit allocates nothing. */
    private static final ThreadLocal<MemorySegment> TIMESPEC = ThreadLocal.withInitial(
            () -> Arena.ofAuto().allocate(MemoryLayout.sequenceLayout(2, ValueLayout.JAVA_LONG)));

    static {
        MemorySegment word = Arena.ofAuto().allocate(ValueLayout.JAVA_INT);
        if (wake(word.address(), 1) != 0) {
            throw new LinkageError("this kernel has no futex, which Machbed's processes wait on");
        }
    }

    private Futex() {}

    /** The address of the word at {@code offsetBytes} of {@code memory}, which must be a multiple of 4. */
    public static long address(MemorySegment memory, long offsetBytes) {
        long address = memory.asSlice(offsetBytes, Integer.BYTES).address();
        if ((address & (Integer.BYTES - 1)) != 0) {
            throw new IllegalArgumentException("a futex word must lie at a multiple of 4 bytes, not at " + offsetBytes);
        }
        return address;
    }

    /** Waits while the word holds {@code expected}, until woken. */
    public static void await(long address, int expected) {
        call(address, FUTEX_WAIT, expected, 0);
    }

    /**
     * Waits while the word holds {@code expected}, until woken or for {@code timeoutNs}.
     *
     * @return true when woken; false when the word held something else, the time was up or a signal came
     */
    public static boolean await(long address, int expected, long timeoutNs) {
        if (timeoutNs <= 0) {
            return false;
        }
        MemorySegment timespec = TIMESPEC.get();
        timespec.set(ValueLayout.JAVA_LONG, 0, timeoutNs / NANOS_PER_SECOND);
        timespec.set(ValueLayout.JAVA_LONG, TIMESPEC_BYTES / 2, timeoutNs % NANOS_PER_SECOND);
        return call(address, FUTEX_WAIT, expected, timespec.address()) == 0;
    }

    /**
     * Wakes at most {@code waiters} of those who wait on the word.
     *
     * @return how many were woken
     */
    public static int wake(long address, int waiters) {
        return (int) call(address, FUTEX_WAKE, waiters, 0);
    }

    private static long call(long address, int operation, int value, long timespecAddress) {
        try {
            return (long) FUTEX.invokeExact((long) SYS_FUTEX, address, operation, value, timespecAddress);
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    private static int systemCallNumber() {
        String architecture = System.getProperty("os.arch", "");
        return switch (architecture) {
            case "amd64" -> 202;
            case "aarch64" -> 98;
            default -> throw new LinkageError("no number known for the futex system call on " + architecture);
        };
    }
}
