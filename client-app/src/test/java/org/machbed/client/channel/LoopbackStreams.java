package org.machbed.client.channel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;
import org.machbed.netstack.socket.TcpSocket;

/**
 * The protocol library's TCP on a host without a wire that talks to itself: the least that a stream channel can run on. One lock
 * guards all; whoever waits runs the stack's timers.
 */
public final class LoopbackStreams implements StreamSocketLayer {
    private static final long LONGEST_WAIT_MILLIS = 100;

    private final NetworkStack stack =
            new NetworkStack(new StackConfiguration(new MacAddress(2), 0xC0000201, 24, 0, 1500, 1, true), new NoWire());
    private final List<TcpSocket> sockets = new ArrayList<>();

    private static final class NoWire implements FrameOutput {
        @Override
        public @Nullable FrameBuffer allocate(int lengthBytes) {
            return null;
        }

        @Override
        public void transmit(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }

        @Override
        public void release(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }
    }

    /** One try of a call that may have to wait. */
    @FunctionalInterface
    private interface Attempt {
        /** Answers what the call answers, or {@link #BLOCKED}. */
        long run() throws SocketLayerException;
    }

    private static final long BLOCKED = Long.MIN_VALUE;

    /** As in a trap, an interrupt does not end the wait: the channel closes the socket, and that does. */
    private synchronized long call(boolean wait, long otherwise, Attempt attempt) throws SocketLayerException {
        boolean interrupted = false;
        try {
            while (true) {
                runTimers();
                long result;
                try {
                    result = attempt.run();
                } finally {
                    notifyAll();
                }
                if (result != BLOCKED) {
                    return result;
                }
                if (!wait) {
                    return otherwise;
                }
                try {
                    awaitChange();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public synchronized boolean await(int number, Condition condition, long limitNs) throws SocketLayerException {
        long startNs = System.nanoTime();
        while (true) {
            runTimers();
            TcpSocket socket = socket(number);
            boolean holds = switch (condition) {
                case READABLE -> socket.readable() || socket.acceptable();
                case WRITABLE -> socket.writable();
                case DRAINED -> socket.unacknowledgedBytes() == 0;
            };
            if (holds || System.nanoTime() - startNs >= limitNs) {
                return holds;
            }
            try {
                awaitChange();
            } catch (InterruptedException e) {
                // As in a call to the Unix server.
                Thread.currentThread().interrupt();
                throw new SocketLayerException(Errno.EINTR, "the thread was interrupted");
            }
        }
    }

    private void runTimers() {
        long nowNs = System.nanoTime();
        long deadlineNs = stack.nextDeadlineNs();
        if (deadlineNs == Long.MIN_VALUE || (deadlineNs != Long.MAX_VALUE && deadlineNs - nowNs <= 0)) {
            stack.onTimer(nowNs);
        }
    }

    /** Here a thread's trace shows that it waits; who calls it looks again. */
    @SuppressWarnings("WaitNotInLoop")
    private void awaitChange() throws InterruptedException {
        long deadlineNs = stack.nextDeadlineNs();
        long leftNs = deadlineNs == Long.MAX_VALUE || deadlineNs == Long.MIN_VALUE
                ? Long.MAX_VALUE
                : deadlineNs - System.nanoTime();
        wait(Math.clamp(TimeUnit.NANOSECONDS.toMillis(leftNs) + 1, 1, LONGEST_WAIT_MILLIS));
    }

    private TcpSocket socket(int number) throws SocketLayerException {
        if (number < 0 || number >= sockets.size()) {
            throw new SocketLayerException(Errno.EBADF, number + " is no socket");
        }
        return sockets.get(number);
    }

    private int add(TcpSocket socket) {
        sockets.add(socket);
        return sockets.size() - 1;
    }

    private static long now() {
        return System.nanoTime();
    }

    @Override
    public int streamSocket() throws SocketLayerException {
        return (int) call(false, 0, () -> add(stack.tcp().open()));
    }

    @Override
    public void bind(int number, int ipv4, int port) throws SocketLayerException {
        call(false, 0, () -> {
            socket(number).bind(ipv4, port);
            return 0;
        });
    }

    @Override
    public boolean connectStream(int number, int ipv4, int port, boolean wait) throws SocketLayerException {
        call(false, 0, () -> {
            socket(number).connect(ipv4, port, now());
            return 0;
        });
        return finishConnect(number, wait);
    }

    @Override
    public boolean finishConnect(int number, boolean wait) throws SocketLayerException {
        return call(wait, 0, () -> socket(number).finishConnect() ? 1 : BLOCKED) == 1;
    }

    @Override
    public void listen(int number, int backlog) throws SocketLayerException {
        call(false, 0, () -> {
            socket(number).listen(backlog, now());
            return 0;
        });
    }

    @Override
    public int accept(int number, boolean wait) throws SocketLayerException {
        return (int) call(wait, NONE, () -> {
            TcpSocket accepted = socket(number).accept(now());
            return accepted == null ? BLOCKED : add(accepted);
        });
    }

    @Override
    public int sendStream(int number, ByteBuffer source, boolean wait) throws SocketLayerException {
        if (!source.hasRemaining()) {
            return 0;
        }
        return (int) call(wait, 0, () -> {
            int taken = socket(number).send(MemorySegment.ofBuffer(source), 0, source.remaining(), now());
            return taken == 0 ? BLOCKED : taken;
        });
    }

    @Override
    public boolean sendUrgent(int number, byte value) throws SocketLayerException {
        MemorySegment octet = MemorySegment.ofArray(new byte[] {value});
        return call(false, 0, () -> socket(number).sendUrgent(octet, 0, 1, now())) == 1;
    }

    @Override
    public int receiveStream(int number, ByteBuffer target, boolean wait) throws SocketLayerException {
        if (!target.hasRemaining()) {
            return 0;
        }
        return (int) call(wait, 0, () -> {
            int bytes = socket(number).receive(MemorySegment.ofBuffer(target), 0, target.remaining(), now());
            return bytes == 0 ? BLOCKED : bytes;
        });
    }

    @Override
    public void shutdownSending(int number) throws SocketLayerException {
        call(false, 0, () -> {
            socket(number).shutdownSending(now());
            return 0;
        });
    }

    @Override
    public void shutdownReceiving(int number) throws SocketLayerException {
        call(false, 0, () -> {
            socket(number).shutdownReceiving(now());
            return 0;
        });
    }

    @Override
    public long localAddress(int number) throws SocketLayerException {
        return call(false, 0, () -> socket(number).localAddress());
    }

    @Override
    public long remoteAddress(int number) throws SocketLayerException {
        return call(false, 0, () -> socket(number).remoteAddress());
    }

    @Override
    public int option(int number, SocketOptionName name) throws SocketLayerException {
        return (int) call(false, 0, () -> socket(number).option(name));
    }

    @Override
    public void setOption(int number, SocketOptionName name, int value) throws SocketLayerException {
        call(false, 0, () -> {
            socket(number).setOption(name, value, now());
            return 0;
        });
    }

    @Override
    public void close(int number) throws SocketLayerException {
        call(false, 0, () -> {
            socket(number).close(now());
            return 0;
        });
    }

    @Override
    public synchronized void close() {
        sockets.forEach(socket -> socket.close(now()));
        notifyAll();
    }
}
