package org.machbed.ipc.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Tells whether the processes that share a file are alive: each holds a lock on a byte of its own (fcntl(2), open file
 * description locks), which the kernel lets go when the process dies, however it dies. Process identifiers would do that
 * only until they are used again, and not between containers.
 *
 * <p>Two objects on one file are two parties, also in one process. Thread-safe; no garbage per call, since some ask all the time.
 */
public final class Lifeline implements AutoCloseable {
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final StructLayout FLOCK = MemoryLayout.structLayout(
            ValueLayout.JAVA_SHORT.withName("l_type"),
            ValueLayout.JAVA_SHORT.withName("l_whence"),
            MemoryLayout.paddingLayout(4),
            ValueLayout.JAVA_LONG.withName("l_start"),
            ValueLayout.JAVA_LONG.withName("l_len"),
            ValueLayout.JAVA_INT.withName("l_pid"),
            MemoryLayout.paddingLayout(4));
    private static final long START_OFFSET = 8;
    private static final long LENGTH_OFFSET = 16;
    private static final MethodHandle FCNTL = Native.function(
            "fcntl",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2));

    private final FileDescriptor file;

    /** The argument of every call, one call at a time. */
    private final MemorySegment lock = Arena.ofAuto().allocate(FLOCK);

    private Lifeline(FileDescriptor file) {
        this.file = file;
    }

    public static Lifeline open(Path path) throws IOException {
        return new Lifeline(FileDescriptor.open(path));
    }

    /** Holds byte {@code party} until {@link #letGo}, {@link #close} or death; false when another party holds it. */
    public synchronized boolean tryHold(int party) {
        return call(F_OFD_SETLK, F_WRLCK, party) == 0;
    }

    /** Lets go of byte {@code party}. */
    public synchronized void letGo(int party) {
        call(F_OFD_SETLK, F_UNLCK, party);
    }

    /** Whether a party other than this object's holds byte {@code party}, that is, lives. */
    public synchronized boolean isHeldByAnother(int party) {
        return call(F_OFD_GETLK, F_WRLCK, party) == 0 && lock.get(ValueLayout.JAVA_SHORT, 0) != F_UNLCK;
    }

    private int call(int command, short type, int party) {
        // The kernel answers F_OFD_GETLK in the same structure, and wants 0 for the process.
        lock.fill((byte) 0);
        lock.set(ValueLayout.JAVA_SHORT, 0, type);
        lock.set(ValueLayout.JAVA_LONG, START_OFFSET, party);
        lock.set(ValueLayout.JAVA_LONG, LENGTH_OFFSET, 1);
        try {
            return (int) FCNTL.invokeExact(file.number(), command, lock);
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /** Lets go of every byte held. */
    @Override
    public synchronized void close() {
        file.close();
    }
}
