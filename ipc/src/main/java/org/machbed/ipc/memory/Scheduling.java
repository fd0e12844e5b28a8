package org.machbed.ipc.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** How the calling thread is scheduled. Platform threads only: a virtual thread would change its carrier. */
public final class Scheduling {
    private static final int SCHED_FIFO = 1;
    private static final FunctionDescriptor THREAD_CALL = FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
    private static final MethodHandle SET_SCHEDULER = Native.function("sched_setscheduler", THREAD_CALL);

    private Scheduling() {}

    /**
     * Asks for SCHED_FIFO for the calling thread.
     *
     * @param priority 1 (lowest) to 99
     * @return whether it was granted; without privilege it is not
     */
    public static boolean requestFirstInFirstOut(int priority) {
        requirePlatformThread();
        if (priority < 1 || priority > 99) {
            throw new IllegalArgumentException("SCHED_FIFO has priorities 1 to 99, not " + priority);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameter = arena.allocateFrom(ValueLayout.JAVA_INT, priority);
            return (int) SET_SCHEDULER.invokeExact(0, SCHED_FIFO, parameter) == 0;
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    private static void requirePlatformThread() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("a virtual thread has no scheduling of its own");
        }
    }
}
