package org.machbed.server.udp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.server.WatchedCount;

/**
 * Calls that wait, each with a limit, until a socket can be received from: select on one socket. Those of one socket are ended
 * together, those whose limits have come by the service's timers. Guarded by the stack's lock.
 */
final class Awaits {
    /** Calls that may wait on one socket. */
    static final int MAX_WAITING = 64;

    /** One call. */
    private record Await(Object socket, int number, PendingAwait call, long deadlineNs) {}

    private final Consumer<PendingCall> over;
    private final WatchedCount total;
    private final PriorityQueue<Await> byDeadline = new PriorityQueue<>(Comparator.comparingLong(Await::deadlineNs));

    /** @param over gets every call that is over, to wake its caller once the lock is free */
    Awaits(Consumer<PendingCall> over, WatchedCount total) {
        this.over = over;
        this.total = total;
    }

    /**
     * Has a call wait.
     *
     * @param number what the caller calls it, to end it with {@link #interrupt}
     * @throws SocketLayerException ENOBUFS when too many wait on the socket already
     */
    void add(Object socket, int number, PendingAwait call, long deadlineNs) throws SocketLayerException {
        long waiting = byDeadline.stream()
                .filter(other -> other.socket().equals(socket))
                .count();
        if (waiting == MAX_WAITING) {
            throw new SocketLayerException(Errno.ENOBUFS, MAX_WAITING + " calls wait on this socket already");
        }
        byDeadline.add(new Await(socket, number, call, deadlineNs));
        total.change(1);
    }

    /** The socket can be received from. */
    void ready(Object socket) {
        if (!byDeadline.isEmpty()) {
            end(await -> await.socket().equals(socket), call -> call.complete(true));
        }
    }

    /** The socket is closed. */
    void closed(Object socket) {
        end(await -> await.socket().equals(socket), call -> call.fail(Errno.EBADF));
    }

    /** Ends a call, which fails with EINTR; answers whether it waits. */
    boolean interrupt(Object socket, int number) {
        return end(await -> await.socket().equals(socket) && await.number() == number, call -> call.fail(Errno.EINTR));
    }

    private boolean end(Predicate<Await> which, Consumer<PendingAwait> how) {
        List<Await> ended = new ArrayList<>();
        byDeadline.removeIf(await -> which.test(await) && ended.add(await));
        ended.forEach(await -> end(await, how));
        return !ended.isEmpty();
    }

    private void end(Await await, Consumer<PendingAwait> how) {
        total.change(-1);
        how.accept(await.call());
        over.accept(await.call());
    }

    /** When the next limit comes, {@link Long#MAX_VALUE} for never. */
    long nextDeadlineNs() {
        Await next = byDeadline.peek();
        return next == null ? Long.MAX_VALUE : next.deadlineNs();
    }

    /** Ends the calls whose limits have come. */
    void onTimer(long nowNs) {
        for (Await late = late(nowNs); late != null; late = late(nowNs)) {
            end(late, call -> call.complete(false));
        }
    }

    private @Nullable Await late(long nowNs) {
        return nextDeadlineNs() <= nowNs ? byDeadline.poll() : null;
    }
}
