package org.machbed.ipc.descriptor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.machbed.ipc.memory.Native;

/**
 * A Unix-domain socket of messages (unix(7), SOCK_SEQPACKET), for what Java's own channels do not carry: descriptors. Closed over exec.
 * One thread at a time, but for {@link #shutDown}.
 */
final class UnixSocket implements AutoCloseable {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

    private static final MethodHandle SOCKET =
            Native.functionWithErrno("socket", FunctionDescriptor.of(INT, INT, INT, INT));
    private static final MethodHandle BIND =
            Native.functionWithErrno("bind", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle LISTEN = Native.functionWithErrno("listen", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle ACCEPT =
            Native.functionWithErrno("accept4", FunctionDescriptor.of(INT, INT, LONG, LONG, INT));
    private static final MethodHandle CONNECT =
            Native.functionWithErrno("connect", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle SENDMSG =
            Native.functionWithErrno("sendmsg", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle RECVMSG =
            Native.functionWithErrno("recvmsg", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle SETSOCKOPT =
            Native.functionWithErrno("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle GETSOCKOPT = Native.functionWithErrno(
            "getsockopt", FunctionDescriptor.of(INT, INT, INT, INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    private static final MethodHandle SHUTDOWN = Native.function("shutdown", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle CLOSE = Native.function("close", FunctionDescriptor.of(INT, INT));

    private static final short AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_SNDTIMEO = 21;
    private static final int SHUT_RDWR = 2;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

    /** struct sockaddr_un. */
    private static final int ADDRESS_BYTES = 110;

    private static final int PATH_OFFSET = 2;

    /** struct msghdr. */
    private static final int HEADER_BYTES = 56;

    private static final int VECTOR_OFFSET = 16;
    private static final int VECTOR_COUNT_OFFSET = 24;
    private static final int CONTROL_OFFSET = 32;
    private static final int CONTROL_BYTES_OFFSET = 40;
    private static final int FLAGS_OFFSET = 48;

    /** struct cmsghdr with one descriptor behind it, and the room that it takes (cmsg(3)). */
    private static final long CONTROL_BYTES = 20;

    private static final long CONTROL_ROOM = 24;
    private static final int LEVEL_OFFSET = 8;
    private static final int TYPE_OFFSET = 12;
    private static final int DESCRIPTOR_OFFSET = 16;

    /** struct ucred: process, user, group. */
    private static final int CREDENTIALS_BYTES = 12;

    private static final int USER_OFFSET = 4;
    private static final int TIME_BYTES = 16;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private final int number;

    private UnixSocket(int number) {
        this.number = number;
    }

    /** A message, and the descriptor that came with it, which is the caller's now. */
    record Message(String text, int descriptor) {}

    static UnixSocket open() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment callState = Native.callState(arena);
            int number = (int) SOCKET.invokeExact(callState, (int) AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
            if (number < 0) {
                throw new IOException("no Unix-domain socket: error " + Native.errno(callState));
            }
            return new UnixSocket(number);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    private interface Call {
        int make() throws Throwable;
    }

    private int call(String what, Call call) throws IOException {
        int result;
        try {
            do {
                result = call.make();
            } while (result < 0 && Native.errno(callState) == Errno.EINTR);
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
        if (result < 0) {
            int errno = Native.errno(callState);
            throw new FailedCall(what + ": error " + errno, errno);
        }
        return result;
    }

    /** A system call that failed. */
    static final class FailedCall extends IOException {
        private static final long serialVersionUID = 1;

        private final int errno;

        FailedCall(String message, int errno) {
            super(message);
            this.errno = errno;
        }

        int errno() {
            return errno;
        }
    }

    /** Linux's error numbers that mean something here (errno(3)). */
    static final class Errno {
        static final int ENOENT = 2;
        static final int EINTR = 4;
        static final int EAGAIN = 11;
        static final int EACCES = 13;
        static final int ECONNRESET = 104;
        static final int ECONNREFUSED = 111;

        private Errno() {}
    }

    void bind(Path path) throws IOException {
        MemorySegment address = address(path);
        call("cannot bind a socket at " + path, () ->
                (int) BIND.invokeExact(callState, number, address, ADDRESS_BYTES));
    }

    void listen(int backlog) throws IOException {
        call("cannot listen", () -> (int) LISTEN.invokeExact(callState, number, backlog));
    }

    UnixSocket accept() throws IOException {
        return new UnixSocket(
                call("cannot accept", () -> (int) ACCEPT.invokeExact(callState, number, 0L, 0L, SOCK_CLOEXEC)));
    }

    void connect(Path path) throws IOException {
        MemorySegment address = address(path);
        call("cannot connect to " + path, () -> (int) CONNECT.invokeExact(callState, number, address, ADDRESS_BYTES));
    }

    private MemorySegment address(Path path) throws IOException {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length >= ADDRESS_BYTES - PATH_OFFSET) {
            throw new IOException(path + " is too long a name for a socket");
        }
        MemorySegment address = arena.allocate(ADDRESS_BYTES, Long.BYTES);
        address.set(SHORT, 0, AF_UNIX);
        MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, PATH_OFFSET, name.length);
        return address;
    }

    /** No call of this socket takes longer. */
    void limit(long seconds) throws IOException {
        MemorySegment time = arena.allocate(TIME_BYTES, Long.BYTES);
        time.set(LONG, 0, seconds);
        for (int option : new int[] {SO_RCVTIMEO, SO_SNDTIMEO}) {
            call("no time limit on a socket", () ->
                    (int) SETSOCKOPT.invokeExact(callState, number, SOL_SOCKET, option, time, TIME_BYTES));
        }
    }

    /** The user who connected. */
    int peerUser() throws IOException {
        MemorySegment credentials = arena.allocate(CREDENTIALS_BYTES, Integer.BYTES);
        MemorySegment length = arena.allocateFrom(INT, CREDENTIALS_BYTES);
        call("who connects is not known", () ->
                (int) GETSOCKOPT.invokeExact(callState, number, SOL_SOCKET, SO_PEERCRED, credentials, length));
        return credentials.get(INT, USER_OFFSET);
    }

    /** Sends a text and, unless it is negative, a descriptor, which this process keeps too (SCM_RIGHTS). */
    void send(String text, int descriptor) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
        MemorySegment header = header(data);
        if (descriptor < 0) {
            header.set(LONG, CONTROL_BYTES_OFFSET, 0);
        } else {
            MemorySegment control =
                    header.get(ValueLayout.ADDRESS, CONTROL_OFFSET).reinterpret(CONTROL_ROOM);
            control.set(LONG, 0, CONTROL_BYTES);
            control.set(INT, LEVEL_OFFSET, SOL_SOCKET);
            control.set(INT, TYPE_OFFSET, SCM_RIGHTS);
            control.set(INT, DESCRIPTOR_OFFSET, descriptor);
        }
        call("cannot send", () -> (int) (long) SENDMSG.invokeExact(callState, number, header, MSG_NOSIGNAL));
    }

    /** Receives a message; its descriptor is -1 where none came with it. */
    Message receive(int mostBytes) throws IOException {
        MemorySegment data = arena.allocate(mostBytes);
        MemorySegment header = header(data);
        int bytes = call(
                "cannot receive", () -> (int) (long) RECVMSG.invokeExact(callState, number, header, MSG_CMSG_CLOEXEC));
        int descriptor = descriptor(header);
        if ((header.get(INT, FLAGS_OFFSET) & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
            closeNumber(descriptor);
            throw new IOException("a message was longer than " + mostBytes + " bytes, or had more than one descriptor");
        }
        byte[] text = data.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
        return new Message(new String(text, StandardCharsets.UTF_8), descriptor);
    }

    private static int descriptor(MemorySegment header) {
        if (header.get(LONG, CONTROL_BYTES_OFFSET) < CONTROL_BYTES) {
            return -1;
        }
        MemorySegment control = header.get(ValueLayout.ADDRESS, CONTROL_OFFSET).reinterpret(CONTROL_ROOM);
        boolean rights = control.get(INT, LEVEL_OFFSET) == SOL_SOCKET && control.get(INT, TYPE_OFFSET) == SCM_RIGHTS;
        return rights ? control.get(INT, DESCRIPTOR_OFFSET) : -1;
    }

    private MemorySegment header(MemorySegment data) {
        MemorySegment vector = arena.allocate(2L * Long.BYTES, Long.BYTES);
        vector.set(ValueLayout.ADDRESS, 0, data);
        vector.set(LONG, Long.BYTES, data.byteSize());
        MemorySegment header = arena.allocate(HEADER_BYTES, Long.BYTES);
        header.set(ValueLayout.ADDRESS, VECTOR_OFFSET, vector);
        header.set(LONG, VECTOR_COUNT_OFFSET, 1);
        header.set(ValueLayout.ADDRESS, CONTROL_OFFSET, arena.allocate(CONTROL_ROOM, Long.BYTES));
        header.set(LONG, CONTROL_BYTES_OFFSET, CONTROL_ROOM);
        return header;
    }

    /** Ends the {@link #accept} under way with an error, and every later one. Any thread. */
    void shutDown() {
        try {
            int _ = (int) SHUTDOWN.invokeExact(number, SHUT_RDWR);
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    static void closeNumber(int descriptor) {
        if (descriptor < 0) {
            return;
        }
        try {
            int _ = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    @Override
    public void close() {
        closeNumber(number);
        arena.close();
    }
}
