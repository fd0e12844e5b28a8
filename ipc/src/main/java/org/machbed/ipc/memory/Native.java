package org.machbed.ipc.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Finds functions of the C library; a call of them is no safer than in C. */
public final class Native {
    static final int EINTR = 4;
    static final int ENOSPC = 28;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBRARY = LINKER.defaultLookup();
    private static final MemoryLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private Native() {}

    /**
     * A function by its name.
     *
     * @throws LinkageError when the C library has none of that name
     */
    public static MethodHandle function(String name, FunctionDescriptor descriptor, Linker.Option... options) {
        return LINKER.downcallHandle(
                LIBRARY.find(name).orElseThrow(() -> new LinkageError("the C library has no " + name)),
                descriptor,
                options);
    }

    /** A function whose first argument is where errno goes ({@link #callState}). */
    public static MethodHandle functionWithErrno(String name, FunctionDescriptor descriptor) {
        return function(name, descriptor, Linker.Option.captureCallState("errno"));
    }

    /** The same for a function of which only the first {@code fixed} parameters are declared, the others being variadic. */
    public static MethodHandle variadicWithErrno(String name, FunctionDescriptor descriptor, int fixed) {
        return function(
                name, descriptor, Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(fixed));
    }

    /** Room for the errno of one thread's calls. */
    public static MemorySegment callState(Arena arena) {
        return arena.allocate(CALL_STATE);
    }

    /** What the last call that was given {@code callState} left there; of use only when it failed. */
    public static int errno(MemorySegment callState) {
        return callState.get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
    }

    /** What a downcall threw: none declares a checked exception, so this is a broken binding. */
    public static LinkageError broken(Throwable thrown) {
        return new LinkageError("a call of the C library did not link", thrown);
    }
}
