package org.machbed.kernel.inkernel;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.Errno;

/** Traps that wait for the same thing on one socket, first come first served. Guarded by the kernel lock. */
final class WaitQueue {
    private final Waits waits;
    private @Nullable WaitingTrap head;
    private @Nullable WaitingTrap tail;

    WaitQueue(Waits waits) {
        this.waits = waits;
    }

    boolean isEmpty() {
        return head == null;
    }

    /**
     * Has a trap wait.
     *
     * @param moved how many of the {@code wanted} bytes have been moved already
     * @return {@link SocketTraps#KEPT}, or {@link SocketTraps#WOULD_BLOCK} when its slot may not be kept
     */
    long keep(TrapFrame frame, int moved, int wanted) {
        return add(frame, moved, wanted) == null ? SocketTraps.WOULD_BLOCK : SocketTraps.KEPT;
    }

    /** The same with a limit, at which the trap fails with ETIMEDOUT. */
    long keepUntil(TrapFrame frame, int wanted, long deadlineNs, long nowNs) {
        WaitingTrap trap = add(frame, 0, wanted);
        if (trap == null) {
            return SocketTraps.WOULD_BLOCK;
        }
        waits.limit(trap, deadlineNs, nowNs);
        return SocketTraps.KEPT;
    }

    private @Nullable WaitingTrap add(TrapFrame frame, int moved, int wanted) {
        WaitingTrap trap = waits.take(frame);
        if (trap == null) {
            return null;
        }
        trap.queue = this;
        trap.moved = moved;
        trap.wanted = wanted;
        if (tail == null) {
            head = trap;
        } else {
            tail.next = trap;
        }
        tail = trap;
        return trap;
    }

    /** The trap that has waited longest; those whose caller has died are let go on the way. */
    @Nullable
    WaitingTrap first() {
        WaitingTrap first = head;
        while (first != null && first.trap().abandoned()) {
            completeFirst(-Errno.EBADF.number());
            first = head;
        }
        return first;
    }

    /** Answers the first one. */
    void completeFirst(long result) {
        WaitingTrap first = head;
        if (first == null) {
            throw new IllegalStateException("no trap waits");
        }
        head = first.next;
        if (head == null) {
            tail = null;
        }
        waits.complete(first, result);
    }

    void completeAll(long result) {
        while (head != null) {
            completeFirst(result);
        }
    }

    /** Answers those that wait for any of {@code interests}, bits of their {@link WaitingTrap#wanted}. */
    void completeInterested(int interests, long result) {
        WaitingTrap trap = head;
        WaitingTrap previous = null;
        while (trap != null) {
            WaitingTrap next = trap.next;
            if ((trap.wanted & interests) == 0) {
                previous = trap;
            } else {
                unlink(trap, previous);
                waits.complete(trap, result);
            }
            trap = next;
        }
    }

    /** A trap's limit has come. */
    void timeOut(WaitingTrap late) {
        WaitingTrap previous = null;
        for (WaitingTrap trap = head; trap != null; trap = trap.next) {
            if (trap == late) {
                unlink(trap, previous);
                waits.complete(trap, -Errno.ETIMEDOUT.number());
                return;
            }
            previous = trap;
        }
    }

    private void unlink(WaitingTrap trap, @Nullable WaitingTrap previous) {
        if (previous == null) {
            head = trap.next;
        } else {
            previous.next = trap.next;
        }
        if (trap == tail) {
            tail = previous;
        }
    }
}
