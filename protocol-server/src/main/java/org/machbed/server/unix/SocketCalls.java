package org.machbed.server.unix;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.bsd.BsdCall;

/**
 * BSD's socket layer (uipc_syscalls.c, uipc_socket.c) at user level: the calls that sockets of both kinds take. Any server thread
 * may call; each call raises and lowers the level where BSD does. Sockets are named by descriptors.
 */
final class SocketCalls {
    private final BsdKernel kernel;
    private final Spl spl;
    private final ProtocolInput input;
    private final NetworkStack stack;
    private final LongSupplier clockNs;
    private final FileTable files = new FileTable(); // guarded by NET
    private final WaitingCalls waiting; // guarded by NET
    private final DatagramCalls datagrams;
    private final StreamCalls streams;
    private final ReadinessCalls readiness;

    /** @param maxSleepers calls that may wait at a time; each has a server thread to itself */
    SocketCalls(BsdKernel kernel, ProtocolInput input, NetworkStack stack, LongSupplier clockNs, int maxSleepers) {
        this.kernel = kernel;
        this.spl = kernel.spl();
        this.input = input;
        this.stack = stack;
        this.clockNs = clockNs;
        waiting = new WaitingCalls(kernel.sleepQueues(), maxSleepers);
        datagrams = new DatagramCalls(kernel, input, files, waiting, clockNs);
        streams = new StreamCalls(kernel, input, files, waiting, clockNs);
        readiness = new ReadinessCalls(kernel, files, waiting, clockNs);
    }

    /** The calls of datagram sockets only (udp_usrreq.c). */
    DatagramCalls datagrams() {
        return datagrams;
    }

    /** The calls of stream sockets only (tcp_usrreq.c). */
    StreamCalls streams() {
        return streams;
    }

    /** Guarded by {@link Spl#NET}. */
    FileTable files() {
        return files;
    }

    /** Guarded by {@link Spl#NET}. */
    WaitingCalls waitingCalls() {
        return waiting;
    }

    /** The calls on sets of sockets. */
    ReadinessCalls readiness() {
        return readiness;
    }

    /**
     * Opens a socket.
     *
     * @param type as {@link BsdCall} names it
     * @param client whose it is; {@link PortName#NULL} for one that tells nothing of itself
     */
    int socket(int type, PortName client) throws SocketLayerException {
        int s = spl.splnet();
        try {
            files.checkRoom();
            return files.add(
                    switch (type) {
                        case BsdCall.DATAGRAM ->
                            new BsdDatagramSocket(kernel, input, stack.udp().open());
                        case BsdCall.STREAM ->
                            new BsdStreamSocket(kernel, stack.tcp().open());
                        default -> throw new SocketLayerException(Errno.EINVAL, "no sockets are of type " + type);
                    },
                    client);
        } finally {
            spl.splx(s);
        }
    }

    void bind(int descriptor, int ipv4, int port) throws SocketLayerException {
        int s = spl.splnet();
        try {
            here(descriptor).bind(ipv4, port);
        } finally {
            spl.splx(s);
        }
    }

    /**
     * Connects; address and port 0 dissolve the association of a datagram socket.
     *
     * @param nonBlocking whether a stream that is not connected at once fails with EINPROGRESS instead of sleeping
     */
    void connect(CallName call, int ipv4, int port, boolean nonBlocking) throws SocketLayerException {
        int s = spl.splnet();
        try {
            switch (here(call.socket())) {
                case BsdDatagramSocket socket -> socket.connect(ipv4, port);
                case BsdStreamSocket socket -> streams.connect(socket, call, ipv4, port, nonBlocking);
            }
        } finally {
            spl.splx(s);
        }
    }

    long localAddress(int descriptor) throws SocketLayerException {
        int s = spl.splnet();
        try {
            BsdSocket socket = files.get(descriptor);
            socket.checkNotEnded();
            return socket.localAddress();
        } finally {
            spl.splx(s);
        }
    }

    private BsdSocket here(int descriptor) throws SocketLayerException {
        BsdSocket socket = files.get(descriptor);
        socket.checkHere();
        return socket;
    }

    int option(int descriptor, int option) throws SocketLayerException {
        int s = spl.splnet();
        try {
            SocketOptionName name = SocketOptionName.of(option);
            // What there is to read is known where the session is; all else is the socket's.
            BsdSocket socket = name == SocketOptionName.UNREAD_BYTES ? here(descriptor) : files.get(descriptor);
            socket.checkNotEnded();
            return socket.option(name);
        } finally {
            spl.splx(s);
        }
    }

    void setOption(int descriptor, int option, int value) throws SocketLayerException {
        int s = spl.splnet();
        try {
            here(descriptor).setOption(SocketOptionName.of(option), value, clockNs.getAsLong());
            input.deadlineMayHaveChanged();
        } finally {
            spl.splx(s);
        }
    }

    /**
     * Waits for a condition that {@link BsdCall#AWAIT} names (select on one socket).
     *
     * @return {@code false} when {@code limitUs} passed first
     */
    boolean await(CallName call, int condition, long limitUs) throws SocketLayerException {
        if (limitUs <= 0) {
            throw new SocketLayerException(Errno.EINVAL, "a limit of " + limitUs + " us");
        }
        long limitNs = TimeUnit.MICROSECONDS.toNanos(limitUs);
        int s = spl.splnet();
        try {
            BsdSocket socket = here(call.socket());
            long startNs = clockNs.getAsLong();
            while (!holds(socket, condition)) {
                long leftNs = limitNs - (clockNs.getAsLong() - startNs);
                if (leftNs <= 0) {
                    return false;
                }
                if (condition == BsdCall.WRITABLE) {
                    socket.wantRoom();
                }
                BufferLock buffer = condition == BsdCall.READABLE ? socket.receiveLock() : socket.sendLock();
                buffer.await(waiting, call, leftNs);
                files.recheck(call.socket(), socket);
            }
            return true;
        } finally {
            spl.splx(s);
        }
    }

    private static boolean holds(BsdSocket socket, int condition) throws SocketLayerException {
        return switch (condition) {
            case BsdCall.READABLE -> socket.isReadable();
            case BsdCall.WRITABLE -> socket.isWritable();
            case BsdCall.DRAINED -> socket.isDrained();
            default -> throw new SocketLayerException(Errno.EINVAL, "no condition has number " + condition);
        };
    }

    /** Ends a call that sleeps on a file; answers whether there is one. */
    boolean interrupt(CallName call) throws SocketLayerException {
        int s = spl.splnet();
        try {
            files.file(call.socket());
            return waiting.interrupt(call);
        } finally {
            spl.splx(s);
        }
    }

    /** Closes a file of any kind whose session, if it has one, is not away. */
    void close(int descriptor) throws SocketLayerException {
        if (!closeUnlessAway(descriptor)) {
            throw new IllegalStateException("a socket is closed whose session is away");
        }
    }

    /** Closes a file of any kind, unless it is a socket whose session is away: {@code false} then. */
    boolean closeUnlessAway(int descriptor) throws SocketLayerException {
        int s = spl.splnet();
        try {
            if (files.file(descriptor) instanceof BsdSocket socket && socket.away() != null) {
                return false;
            }
            BsdFile last = files.remove(descriptor);
            if (last != null) {
                last.close(clockNs.getAsLong());
                input.deadlineMayHaveChanged();
            }
            return true;
        } finally {
            spl.splx(s);
        }
    }

    /** Closes every file. */
    void closeAll() {
        int s = spl.splnet();
        try {
            for (BsdFile file : files.removeAll()) {
                file.close(clockNs.getAsLong());
            }
        } finally {
            spl.splx(s);
        }
    }

    /** Calls that wait now; watching raises no level, so that it changes no counts. */
    int waiting() {
        return waiting.now();
    }

    /** Sockets that are open now. */
    int openSockets() {
        return files.openSockets();
    }

    /** Sets of sockets that are open now. */
    int openSets() {
        return files.openSets();
    }
}
