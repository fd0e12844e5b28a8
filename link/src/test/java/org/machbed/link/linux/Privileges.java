package org.machbed.link.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.machbed.ipc.memory.Native;

import static org.assertj.core.api.Assertions.assertThat;

/** Takes capabilities (capabilities(7)) from one thread, which ends afterwards. */
final class Privileges {
    static final int NET_ADMIN = 12;
    static final int NET_RAW = 13;

    private static final int VERSION_3 = 0x2008_0522;
    private static final FunctionDescriptor CALL =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
    private static final MethodHandle CAPGET = Native.function("capget", CALL);
    private static final MethodHandle CAPSET = Native.function("capset", CALL);

    private Privileges() {}

    /** Calls without one capability; what it throws is the cause of an {@link ExecutionException}. */
    static <T> T without(int capability, Callable<T> task) throws InterruptedException, ExecutionException {
        FutureTask<T> future = new FutureTask<>(() -> {
            drop(capability);
            return task.call();
        });
        Thread.ofPlatform().start(future);
        return future.get();
    }

    private static void drop(int capability) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocateFrom(ValueLayout.JAVA_INT, VERSION_3, 0);
            MemorySegment effectiveFirst = arena.allocate(ValueLayout.JAVA_INT, 6);
            assertThat((int) CAPGET.invokeExact(header, effectiveFirst)).isZero();
            int effective = effectiveFirst.get(ValueLayout.JAVA_INT, 0);
            effectiveFirst.set(ValueLayout.JAVA_INT, 0, effective & ~(1 << capability));
            assertThat((int) CAPSET.invokeExact(header, effectiveFirst)).isZero();
        } catch (Throwable thrown) {
            throw new AssertionError("cannot drop capability " + capability, thrown);
        }
    }
}
