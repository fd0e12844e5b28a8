package org.machbed.server.udp;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;

/**
 * The application inside the server (maeda92 table 3, "server-to-server"): socket calls are procedure calls. A datagram is copied
 * from the input buffer to where the application wants it, by the thread that it came in on.
 */
final class DirectSocketLayer implements DatagramSocketLayer {
    private final UdpService service;
    private final Crossings crossings;
    private final Deque<AutoCloseable> below;

    /** Numbers the waits with limits, so that each can be ended. */
    private final AtomicInteger calls = new AtomicInteger();

    /** @param below what to close after the service, the first in the deque first */
    DirectSocketLayer(UdpService service, Crossings crossings, Deque<AutoCloseable> below) {
        this.service = service;
        this.crossings = crossings;
        this.below = below;
    }

    @Override
    public int socket() throws SocketLayerException {
        return service.socket();
    }

    @Override
    public void bind(int socket, int ipv4, int port) throws SocketLayerException {
        service.bind(socket, ipv4, port);
    }

    @Override
    public void connect(int socket, int ipv4, int port) throws SocketLayerException {
        if (ipv4 == 0 && port == 0) {
            throw new SocketLayerException(Errno.EINVAL, "0.0.0.0 port 0 is no peer");
        }
        service.connect(socket, ipv4, port);
    }

    @Override
    public void disconnect(int socket) throws SocketLayerException {
        service.connect(socket, 0, 0);
    }

    @Override
    public int send(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        return service.send(socket, MemorySegment.ofBuffer(source), 0, source.remaining(), ipv4, port);
    }

    @Override
    public long receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        Receiving waiter = new Receiving(crossings, MemorySegment.ofBuffer(target));
        try {
            service.receive(socket, waiter, wait);
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.EWOULDBLOCK) {
                return DatagramHeader.NONE;
            }
            throw e;
        }
        waiter.join(service, () -> service.cancel(socket, waiter));
        return waiter.header;
    }

    @Override
    public boolean await(int socket, Condition condition, long limitNs) throws SocketLayerException {
        Awaiting waiter = new Awaiting(crossings);
        int number = calls.incrementAndGet();
        service.await(socket, number, condition, waiter, limitNs);
        waiter.join(service, () -> service.interrupt(socket, number));
        return waiter.ready;
    }

    @Override
    public long localAddress(int socket) throws SocketLayerException {
        return service.localAddress(socket);
    }

    @Override
    public int option(int socket, SocketOptionName name) throws SocketLayerException {
        return service.option(socket, name);
    }

    @Override
    public void setOption(int socket, SocketOptionName name, int value) throws SocketLayerException {
        service.setOption(socket, name, value);
    }

    @Override
    public void close(int socket) {
        service.close(socket);
    }

    @Override
    public void close() {
        service.close();
        while (!below.isEmpty()) {
            try {
                below.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("closing what lies below the sockets failed", e);
            }
        }
    }

    UdpService service() {
        return service;
    }

    /** Ends a call; answers whether it waited. */
    @FunctionalInterface
    private interface Ending {
        boolean end() throws SocketLayerException;
    }

    /** An application thread in a call. */
    private abstract static class Waiter implements PendingCall {
        private final Thread thread = Thread.currentThread();
        private final Crossings crossings;
        private @Nullable Errno error;
        private volatile boolean isDone;

        Waiter(Crossings crossings) {
            this.crossings = crossings;
        }

        /** Waits until the call is over; an interrupt of the thread ends it. */
        final void join(Object blocker, Ending ending) throws SocketLayerException {
            while (!isDone) {
                LockSupport.park(blocker);
                if (Thread.currentThread().isInterrupted() && !isDone && ending.end()) {
                    throw new SocketLayerException(Errno.EINTR, "the thread was interrupted");
                }
            }
            Errno failure = error;
            if (failure != null) {
                throw new SocketLayerException(failure, "while the call waited");
            }
        }

        @Override
        public final void fail(Errno errno) {
            error = errno;
        }

        @Override
        public final void wake() {
            isDone = true;
            if (!thread.equals(Thread.currentThread())) {
                crossings.count(Crossing.HAND_OFFS);
                LockSupport.unpark(thread);
            }
        }
    }

    /** A receive. */
    private static final class Receiving extends Waiter implements PendingReceive {
        private final MemorySegment target;
        private long header;

        Receiving(Crossings crossings, MemorySegment target) {
            super(crossings);
            this.target = target;
        }

        @Override
        public int room() {
            return (int) Math.min(target.byteSize(), Integer.MAX_VALUE);
        }

        @Override
        public void complete(long receivedHeader, MemorySegment memory, long offset, int copiedBytes) {
            MemorySegment.copy(memory, offset, target, 0, copiedBytes);
            header = receivedHeader;
        }
    }

    /** A wait with a limit. */
    private static final class Awaiting extends Waiter implements PendingAwait {
        private boolean ready;

        Awaiting(Crossings crossings) {
            super(crossings);
        }

        @Override
        public void complete(boolean isReady) {
            ready = isReady;
        }
    }
}
