package org.machbed.ipc.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
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

    /** futex_waitv(2), of Linux 5.16 and later; the same number on every architecture. */
    private static final int SYS_FUTEX_WAITV = 449;

    private static final int WAITV_BYTES = 24;
    private static final int WAITV_ADDRESS = 8;
    private static final int WAITV_FLAGS = 16;
    private static final int FUTEX_32 = 2;
    private static final int CLOCK_MONOTONIC = 1;
    private static final int ERRNO_EAGAIN = 11;

    private static final FunctionDescriptor SYSCALL = FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG);
    private static final MethodHandle FUTEX = Native.function("syscall", SYSCALL, Linker.Option.firstVariadicArg(1));

    private static final FunctionDescriptor WAITV_CALL = FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT);
    private static final MethodHandle WAITV = Native.function("syscall", WAITV_CALL, Linker.Option.firstVariadicArg(1));

    /** One timespec a thread, so that a wait with a time limit allocates nothing. */
    private static final ThreadLocal<MemorySegment> TIMESPEC = ThreadLocal.withInitial(
            () -> Arena.ofAuto().allocate(MemoryLayout.sequenceLayout(2, ValueLayout.JAVA_LONG)));

    /** Two entries of futex_waitv a thread, likewise. */
    private static final ThreadLocal<MemorySegment> WAITERS =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(2L * WAITV_BYTES, Long.BYTES));

    private static final boolean CAN_AWAIT_EITHER;

    static {
        MemorySegment word = Arena.ofAuto().allocate(ValueLayout.JAVA_INT);
        if (wake(word.address(), 1) != 0) {
            throw new LinkageError("this kernel has no futex, which Machbed's processes wait on");
        }
        // A word that holds something else is EAGAIN; a kernel or a sandbox without the call says something else.
        CAN_AWAIT_EITHER = waitvErrno(word.address(), 1) == ERRNO_EAGAIN;
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
        fill(timespec, timeoutNs);
        return call(address, FUTEX_WAIT, expected, timespec.address()) == 0;
    }

    /** Whether {@link #awaitEither} is there: Linux 5.16 and later, where no sandbox forbids it. */
    public static boolean canAwaitEither() {
        return CAN_AWAIT_EITHER;
    }

    /**
     * Waits while both words hold {@code expected}, until either is woken or for {@code timeoutNs} (futex_waitv(2)).
     *
     * @param timeoutNs {@link Long#MAX_VALUE} waits without end
     */
    public static void awaitEither(long firstAddress, long secondAddress, int expected, long timeoutNs) {
        if (timeoutNs <= 0) {
            return;
        }
        MemorySegment waiters = WAITERS.get();
        entry(waiters, 0, firstAddress, expected);
        entry(waiters, WAITV_BYTES, secondAddress, expected);
        long timespecAddress = 0;
        if (timeoutNs != Long.MAX_VALUE) {
            // This call wants a point in time, not a duration; System.nanoTime reads the same clock.
            MemorySegment timespec = TIMESPEC.get();
            fill(timespec, System.nanoTime() + timeoutNs);
            timespecAddress = timespec.address();
        }
        try {
            long _ = (long) WAITV.invokeExact(
                    (long) SYS_FUTEX_WAITV, waiters.address(), 2, 0, timespecAddress, CLOCK_MONOTONIC);
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    private static void entry(MemorySegment waiters, long at, long address, int expected) {
        waiters.set(ValueLayout.JAVA_LONG, at, expected & 0xFFFF_FFFFL);
        waiters.set(ValueLayout.JAVA_LONG, at + WAITV_ADDRESS, address);
        waiters.set(ValueLayout.JAVA_INT, at + WAITV_FLAGS, FUTEX_32);
    }

    private static void fill(MemorySegment timespec, long ns) {
        timespec.set(ValueLayout.JAVA_LONG, 0, ns / NANOS_PER_SECOND);
        timespec.set(ValueLayout.JAVA_LONG, TIMESPEC_BYTES / 2, ns % NANOS_PER_SECOND);
    }

    /** What futex_waitv says of a word that does not hold {@code expected}. */
    private static int waitvErrno(long address, int expected) {
        StructLayout capture = Linker.Option.captureStateLayout();
        MethodHandle call = Native.function(
                "syscall", WAITV_CALL, Linker.Option.firstVariadicArg(1), Linker.Option.captureCallState("errno"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(capture);
            MemorySegment waiters = arena.allocate(2L * WAITV_BYTES, Long.BYTES);
            entry(waiters, 0, address, expected);
            long result = (long)
                    call.invokeExact(state, (long) SYS_FUTEX_WAITV, waiters.address(), 1, 0, 0L, CLOCK_MONOTONIC);
            return result >= 0
                    ? 0
                    : state.get(ValueLayout.JAVA_INT, capture.byteOffset(PathElement.groupElement("errno")));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
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
