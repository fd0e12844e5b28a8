package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.machbed.ipc.memory.Native;

/**
 * The system calls of this package. Each answers what the call does, or the negated errno where it fails, as the kernel itself
 * does. An instance is for one thread at a time: errno passes through its memory. Memory is named by its address, so that no call
 * costs garbage; the caller keeps it alive.
 */
final class SystemCalls {
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;
    static final int SOL_SOCKET = 1;

    private static final int SO_RCVBUF = 8;
    private static final int SO_RCVBUFFORCE = 33;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final MethodHandle READ =
            Native.functionWithErrno("read", FunctionDescriptor.of(LONG, INT, LONG, LONG));
    private static final MethodHandle WRITE =
            Native.functionWithErrno("write", FunctionDescriptor.of(LONG, INT, LONG, LONG));
    private static final MethodHandle PPOLL =
            Native.functionWithErrno("ppoll", FunctionDescriptor.of(INT, LONG, LONG, LONG, LONG));
    private static final MethodHandle OPEN =
            Native.variadicWithErrno("open", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, INT, INT), 2);
    private static final MethodHandle IOCTL =
            Native.variadicWithErrno("ioctl", FunctionDescriptor.of(INT, INT, LONG, LONG), 2);
    private static final MethodHandle SOCKET =
            Native.functionWithErrno("socket", FunctionDescriptor.of(INT, INT, INT, INT));
    private static final MethodHandle BIND =
            Native.functionWithErrno("bind", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle CONNECT =
            Native.functionWithErrno("connect", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle RECVFROM =
            Native.functionWithErrno("recvfrom", FunctionDescriptor.of(LONG, INT, LONG, LONG, INT, LONG, LONG));
    private static final MethodHandle SENDTO =
            Native.functionWithErrno("sendto", FunctionDescriptor.of(LONG, INT, LONG, LONG, INT, LONG, INT));
    private static final MethodHandle SETSOCKOPT =
            Native.functionWithErrno("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle GETSOCKOPT =
            Native.functionWithErrno("getsockopt", FunctionDescriptor.of(INT, INT, INT, INT, LONG, LONG));
    private static final MethodHandle EVENTFD =
            Native.functionWithErrno("eventfd", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle CLOSE = Native.function("close", FunctionDescriptor.of(INT, INT));

    private final MemorySegment callState;
    private final MemorySegment timespec;

    /** Calls whose memory is {@code arena}'s. */
    SystemCalls(Arena arena) {
        callState = Native.callState(arena);
        timespec = arena.allocate(LONG, 2);
    }

    /** Refuses a failed call: {@code what} could not be done, and why. */
    static int check(int result, String what) throws IOException {
        if (result < 0) {
            throw new IOException(what + ": " + Errno.text(-result));
        }
        return result;
    }

    long read(int descriptor, long address, long bytes) {
        try {
            long result = (long) READ.invokeExact(callState, descriptor, address, bytes);
            return result < 0 ? -Native.errno(callState) : result;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    long write(int descriptor, long address, long bytes) {
        try {
            long result = (long) WRITE.invokeExact(callState, descriptor, address, bytes);
            return result < 0 ? -Native.errno(callState) : result;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /** Waits for {@code count} pollfds, for ever where {@code timeoutNs} is {@link Long#MAX_VALUE}; poll(2). */
    int poll(long pollfds, int count, long timeoutNs) {
        long limit = 0;
        if (timeoutNs != Long.MAX_VALUE) {
            long boundedNs = Math.max(0, timeoutNs);
            timespec.set(LONG, 0, boundedNs / NANOS_PER_SECOND);
            timespec.set(LONG, Long.BYTES, boundedNs % NANOS_PER_SECOND);
            limit = timespec.address();
        }
        try {
            return result((int) PPOLL.invokeExact(callState, pollfds, (long) count, limit, 0L));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return result((int) OPEN.invokeExact(callState, arena.allocateFrom(path), flags, 0));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /** {@code argument} is a number or an address, as the request says. */
    int ioctl(int descriptor, long request, long argument) {
        try {
            return result((int) IOCTL.invokeExact(callState, descriptor, request, argument));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    int socket(int family, int type, int protocol) {
        try {
            return result((int) SOCKET.invokeExact(callState, family, type, protocol));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    int bind(int descriptor, MemorySegment address) {
        try {
            return result((int) BIND.invokeExact(callState, descriptor, address, (int) address.byteSize()));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    int connect(int descriptor, MemorySegment address) {
        try {
            return result((int) CONNECT.invokeExact(callState, descriptor, address, (int) address.byteSize()));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /** The sender's address goes to {@code source}; the int at {@code sourceLength} says what room is there. */
    long receiveFrom(int descriptor, long address, long bytes, long source, long sourceLength) {
        try {
            long result = (long) RECVFROM.invokeExact(callState, descriptor, address, bytes, 0, source, sourceLength);
            return result < 0 ? -Native.errno(callState) : result;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    long sendTo(int descriptor, long address, long bytes, long target, int targetBytes) {
        try {
            long result = (long) SENDTO.invokeExact(callState, descriptor, address, bytes, 0, target, targetBytes);
            return result < 0 ? -Native.errno(callState) : result;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    int setOption(int descriptor, int level, int option, MemorySegment value) {
        try {
            return result(
                    (int) SETSOCKOPT.invokeExact(callState, descriptor, level, option, value, (int) value.byteSize()));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /**
     * Gives a socket a receive buffer; without CAP_NET_ADMIN one as large as the machine allows everybody.
     *
     * @param owner whose it is, for the error
     */
    void setReceiveBuffer(int descriptor, int bytes, String owner) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocateFrom(INT, bytes);
            if (setOption(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, value) < 0) {
                check(setOption(descriptor, SOL_SOCKET, SO_RCVBUF, value), "no memory for " + owner);
            }
        }
    }

    /** The option goes to {@code value}; the int at {@code length} says what room is there. */
    int getOption(int descriptor, int level, int option, long value, long length) {
        try {
            return result((int) GETSOCKOPT.invokeExact(callState, descriptor, level, option, value, length));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /** A counter to wait for that does not block and is closed over exec. */
    int eventfd() {
        try {
            return result((int) EVENTFD.invokeExact(callState, 0, O_NONBLOCK | O_CLOEXEC));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    static void close(int descriptor) {
        try {
            // Linux lets go of the number whatever it answers (close(2)).
            int _ = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    private int result(int result) {
        return result < 0 ? -Native.errno(callState) : result;
    }
}
