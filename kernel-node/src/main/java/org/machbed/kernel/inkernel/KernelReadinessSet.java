package org.machbed.kernel.inkernel;

import java.nio.ByteBuffer;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.ReadinessSet;

/** A caller's set of sockets, with the traps that wait for one of them to be ready. Guarded by the kernel lock. */
final class KernelReadinessSet {
    final int owner;
    private final ReadinessSet sockets = new ReadinessSet(this::onChange);
    private final WaitQueue awaiting;

    KernelReadinessSet(int owner, Waits waits) {
        this.owner = owner;
        this.awaiting = new WaitQueue(waits);
    }

    /** Watches a socket; its name is its descriptor. 0 interests remove it. */
    void watch(KernelSocket socket, int descriptor, int interests) {
        sockets.watch(socket.watched(), descriptor, interests);
    }

    /**
     * Has a trap wait until something is ready.
     *
     * @param limitNs how long at most, 0 for as long as it takes
     */
    long await(TrapFrame frame, long limitNs, long nowNs) {
        if (sockets.isReady()) {
            return 0;
        }
        return limitNs == 0 ? awaiting.keep(frame, 0, 0) : awaiting.keepUntil(frame, 0, nowNs + limitNs, nowNs);
    }

    /** Answers how many pairs it put. */
    int take(ByteBuffer target) {
        return sockets.take(target);
    }

    void wakeUp() {
        sockets.wakeUp();
    }

    private void onChange() {
        if (!awaiting.isEmpty() && sockets.isReady()) {
            awaiting.completeAll(0);
        }
    }

    /** Closes the set; whoever waits fails with EBADF. */
    void close() {
        sockets.close();
        awaiting.completeAll(-Errno.EBADF.number());
    }
}
