package org.machbed.server.udp;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.descriptor.DescriptorTable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.ConflictLog;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSockets;
import org.machbed.server.WatchedCount;
import org.machbed.server.driver.FrameOwner;
import org.machbed.server.driver.FrameSink;

/**
 * The restructured UDP server without its front end: the stack and the sockets behind one lock. Any thread may call; no call waits
 * for a datagram. A frame takes the lock once on its way to the receive that waits for it (maeda92 section 3).
 */
final class UdpService implements FrameSink, AutoCloseable {
    /** No time to the next timer: there will be none. */
    private static final long CLOSED = -1;

    private final Crossings crossings;
    private final LongSupplier clockNs;
    private final ReentrantLock lock = new ReentrantLock();
    private final NetworkStack stack; // guarded by lock, and all below
    private final DescriptorTable<ServiceSocket> sockets = new DescriptorTable<>(UdpSockets.CAPACITY);
    private final ArrivingFrame arriving = new ArrivingFrame();
    private final ArrayDeque<PendingCall> over = new ArrayDeque<>();
    private @Nullable Thread timer;
    private long timerSleepsUntilNs = Long.MAX_VALUE;
    private final WatchedCount waiting = new WatchedCount();
    private final Awaits awaits = new Awaits(over::addLast, waiting);
    private volatile int openSockets; // written under lock, read by whoever watches
    private boolean isClosed;

    /** @param clockNs the time, on a monotonic clock */
    UdpService(StackConfiguration configuration, FrameOutput output, Crossings crossings, LongSupplier clockNs) {
        this.crossings = crossings;
        this.clockNs = clockNs;
        stack = new NetworkStack(configuration, output);
        stack.conflictListener(new ConflictLog(configuration.mac()));
    }

    /**
     * Begins to run the protocols' timers, once.
     *
     * @param onFailure told, with the reason, when they run no more
     */
    void start(Consumer<String> onFailure) {
        lock.lock();
        try {
            timer = Thread.ofPlatform().daemon().name("protocol-timers").start(() -> runTimers(onFailure));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onFrame(MemorySegment memory, long offset, int lengthBytes, FrameOwner owner, long cookie) {
        if (!enter()) {
            owner.free(cookie);
            return;
        }
        try {
            arriving.begin(memory, lengthBytes, owner, cookie);
            try {
                stack.onFrame(memory, offset, lengthBytes, clockNs.getAsLong());
            } finally {
                arriving.end();
            }
            wakeTimerIfDue();
        } finally {
            leave();
        }
    }

    int socket() throws SocketLayerException {
        lock();
        try {
            ServiceSocket socket = new ServiceSocket(
                    arriving,
                    over::addLast,
                    awaits,
                    waiting,
                    crossings,
                    stack.udp().open());
            int descriptor = sockets.add(socket);
            if (descriptor == DescriptorTable.NONE) {
                socket.close();
                throw new SocketLayerException(Errno.EMFILE, "all " + UdpSockets.CAPACITY + " sockets are open");
            }
            openSockets = sockets.size();
            return descriptor;
        } finally {
            leave();
        }
    }

    void bind(int descriptor, int ipv4, int port) throws SocketLayerException {
        lock();
        try {
            socketOf(descriptor).pcb().bind(ipv4, port);
        } finally {
            leave();
        }
    }

    /** Connects; address and port 0 dissolve the association. */
    void connect(int descriptor, int ipv4, int port) throws SocketLayerException {
        lock();
        try {
            if (ipv4 == 0 && port == 0) {
                socketOf(descriptor).pcb().disconnect();
            } else {
                socketOf(descriptor).pcb().connect(ipv4, port);
            }
        } finally {
            leave();
        }
    }

    /** Sends one datagram, to the connected peer when address and port are 0. */
    int send(int descriptor, MemorySegment source, long offset, int lengthBytes, int ipv4, int port)
            throws SocketLayerException {
        lock();
        try {
            int sent = socketOf(descriptor).pcb().send(source, offset, lengthBytes, ipv4, port, clockNs.getAsLong());
            crossings.copy(lengthBytes);
            wakeTimerIfDue();
            return sent;
        } finally {
            leave();
        }
    }

    /** Receives one datagram, now or later; see {@link ServiceSocket#receive}. */
    void receive(int descriptor, PendingReceive receive, boolean wait) throws SocketLayerException {
        lock();
        try {
            socketOf(descriptor).receive(receive, wait);
        } finally {
            leave();
        }
    }

    /** Forgets a receive; {@code false} when it is complete or has failed. */
    boolean cancel(int descriptor, PendingReceive receive) {
        if (!enter()) {
            return false;
        }
        try {
            ServiceSocket socket = sockets.get(descriptor);
            return socket != null && socket.cancel(receive);
        } finally {
            leave();
        }
    }

    /**
     * Waits for a condition of a socket, now or later; see {@link ServiceSocket#await}.
     *
     * @param limitNs how long at most, above 0
     */
    void await(int descriptor, int number, Condition condition, PendingAwait await, long limitNs)
            throws SocketLayerException {
        if (limitNs <= 0) {
            throw new SocketLayerException(Errno.EINVAL, "a limit of " + limitNs + " ns");
        }
        lock();
        try {
            // 73 years at most: added to any time it does not overflow.
            long deadlineNs = clockNs.getAsLong() + Math.min(limitNs, Long.MAX_VALUE / 4);
            socketOf(descriptor).await(number, condition, await, deadlineNs);
            wakeTimerIfDue();
        } finally {
            leave();
        }
    }

    /** Ends an {@link #await}, which fails with EINTR; {@code false} when it is complete or has failed. */
    boolean interrupt(int descriptor, int number) throws SocketLayerException {
        lock();
        try {
            return awaits.interrupt(socketOf(descriptor), number);
        } finally {
            leave();
        }
    }

    /** Calls that wait on any socket now; watching takes no lock, so that it changes no counts. */
    int waitingCalls() {
        return waiting.now();
    }

    long localAddress(int descriptor) throws SocketLayerException {
        lock();
        try {
            return socketOf(descriptor).pcb().localAddress();
        } finally {
            leave();
        }
    }

    int option(int descriptor, SocketOptionName name) throws SocketLayerException {
        lock();
        try {
            return socketOf(descriptor).pcb().option(name);
        } finally {
            leave();
        }
    }

    void setOption(int descriptor, SocketOptionName name, int value) throws SocketLayerException {
        lock();
        try {
            socketOf(descriptor).setOption(name, value);
        } finally {
            leave();
        }
    }

    /** Closes a socket; {@code false} when there is none of that descriptor. */
    boolean close(int descriptor) {
        if (!enter()) {
            return false;
        }
        try {
            ServiceSocket socket = sockets.remove(descriptor);
            if (socket != null) {
                socket.close();
            }
            openSockets = sockets.size();
            return socket != null;
        } finally {
            leave();
        }
    }

    /** Sockets that are open now. */
    int openSockets() {
        return openSockets;
    }

    StackCounters stackCounters() {
        return stack.counters();
    }

    private ServiceSocket socketOf(int descriptor) throws SocketLayerException {
        @Nullable ServiceSocket socket = sockets.get(descriptor);
        if (socket == null) {
            throw new SocketLayerException(Errno.EBADF, "no socket " + descriptor);
        }
        return socket;
    }

    /** Takes the lock of a service that is open. */
    private void lock() throws SocketLayerException {
        if (!enter()) {
            throw new SocketLayerException(Errno.EBADF, "the server is closed, and its sockets with it");
        }
    }

    /** Takes the lock, or answers {@code false} when the service is closed. */
    private boolean enter() {
        lock.lock();
        if (isClosed) {
            lock.unlock();
            return false;
        }
        crossings.count(Crossing.LOCKS);
        return true;
    }

    /** Releases the lock, then wakes those whose calls are over. */
    private void leave() {
        PendingCall first = over.pollFirst();
        List<PendingCall> others = over.isEmpty() ? List.of() : List.copyOf(over);
        over.clear();
        lock.unlock();
        if (first != null) {
            first.wake();
        }
        others.forEach(PendingCall::wake);
    }

    private void wakeTimerIfDue() {
        if (nextDeadlineNs() < timerSleepsUntilNs) {
            timerSleepsUntilNs = Long.MIN_VALUE;
            LockSupport.unpark(timer);
        }
    }

    private long nextDeadlineNs() {
        return Math.min(stack.nextDeadlineNs(), awaits.nextDeadlineNs());
    }

    private void runTimers(Consumer<String> onFailure) {
        try {
            for (long leftNs = runDueTimers(); leftNs != CLOSED; leftNs = runDueTimers()) {
                if (leftNs > 0) {
                    LockSupport.parkNanos(this, leftNs);
                }
            }
        } catch (RuntimeException | Error e) {
            onFailure.accept("the thread of the protocols' timers: " + e);
        }
    }

    /** Runs the timers that are due; answers how long it is to the next, in ns, or {@link #CLOSED}. */
    private long runDueTimers() {
        lock.lock();
        try {
            if (isClosed) {
                return CLOSED;
            }
            long nowNs = clockNs.getAsLong();
            long deadlineNs = stack.nextDeadlineNs();
            if (deadlineNs == Long.MIN_VALUE || (deadlineNs != Long.MAX_VALUE && deadlineNs - nowNs <= 0)) {
                stack.onTimer(nowNs);
            }
            awaits.onTimer(nowNs);
            deadlineNs = nextDeadlineNs();
            timerSleepsUntilNs = deadlineNs;
            return deadlineNs == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, deadlineNs - nowNs);
        } finally {
            leave();
        }
    }

    /** Closes all sockets and stops the timers. */
    @Override
    public void close() {
        if (!enter()) {
            return;
        }
        try {
            isClosed = true;
            for (int descriptor : sockets.all()) {
                ServiceSocket socket = sockets.remove(descriptor);
                if (socket != null) {
                    socket.close();
                }
            }
            openSockets = sockets.size();
            LockSupport.unpark(timer);
        } finally {
            leave();
        }
    }
}
