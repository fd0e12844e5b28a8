package org.machbed.ipc.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** A file descriptor by its number, closed over exec, for calls that Java's own channels do not make. */
final class FileDescriptor implements AutoCloseable {
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final MethodHandle OPEN = Native.functionWithErrno(
            "open", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            Native.function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final int number;
    private boolean closed;

    private FileDescriptor(int number) {
        this.number = number;
    }

    static FileDescriptor open(Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment callState = Native.callState(arena);
            int number = (int) OPEN.invokeExact(callState, arena.allocateFrom(path.toString()), O_RDWR | O_CLOEXEC);
            if (number < 0) {
                throw new IOException("cannot open " + path + ": error " + Native.errno(callState));
            }
            return new FileDescriptor(number);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    int number() {
        return number;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            int _ = (int) CLOSE.invokeExact(number);
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }
}
