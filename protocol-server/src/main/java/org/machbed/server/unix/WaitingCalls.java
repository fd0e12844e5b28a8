package org.machbed.server.unix;

import java.util.HashMap;
import java.util.Map;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.server.WatchedCount;

/**
 * The calls of clients that sleep, each with a server thread to itself: bounded, and each can be interrupted by its name, as a
 * signal interrupts a process in tsleep with PCATCH. Guarded by {@link Spl#NET}.
 */
final class WaitingCalls {
    private static final class Wait {
        final Object channel;
        boolean isInterrupted;

        Wait(Object channel) {
            this.channel = channel;
        }
    }

    private final SleepQueues sleepQueues;
    private final int most;
    private final WatchedCount count = new WatchedCount();
    private final Map<CallName, Wait> waits = new HashMap<>();

    /** @param most calls that may sleep at a time */
    WaitingCalls(SleepQueues sleepQueues, int most) {
        this.sleepQueues = sleepQueues;
        this.most = most;
    }

    /** Sleeps until a channel is woken, however long. */
    void sleep(CallName call, Object channel) throws SocketLayerException {
        sleep(call, channel, Long.MAX_VALUE);
    }

    /**
     * Sleeps until a channel is woken or {@code limitNs} have passed.
     *
     * @throws SocketLayerException with ENOBUFS when too many calls sleep already, EINTR when this one was interrupted
     */
    void sleep(CallName call, Object channel, long limitNs) throws SocketLayerException {
        if (count.now() == most) {
            throw new SocketLayerException(Errno.ENOBUFS, most + " calls wait already");
        }
        Wait wait = new Wait(channel);
        boolean isNamed = call.number() != 0 && waits.putIfAbsent(call, wait) == null;
        count.change(1);
        sleepQueues.tsleep(channel, limitNs);
        count.change(-1);
        if (isNamed) {
            waits.remove(call);
        }
        if (wait.isInterrupted) {
            throw new SocketLayerException(Errno.EINTR, "the client interrupted its call");
        }
    }

    /**
     * Ends a call that sleeps.
     *
     * @return whether there is one
     */
    boolean interrupt(CallName call) {
        Wait wait = waits.get(call);
        if (wait == null) {
            return false;
        }
        wait.isInterrupted = true;
        sleepQueues.wakeup(wait.channel);
        return true;
    }

    /** Calls that sleep now; watching raises no level, so that it changes no counts. */
    int now() {
        return count.now();
    }
}
