package org.machbed.server.unix;

import java.nio.ByteBuffer;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.ReadinessSet;
import org.machbed.netstack.socket.SocketLayerException;

/** A client's set of sockets, and the threads that sleep until one of them is ready. Guarded by {@link Spl#NET}. */
final class BsdReadinessSet implements BsdFile {
    private final SleepQueues sleepQueues;
    private final SetQuota quota;
    private final PortName client;
    private final ReadinessSet sockets = new ReadinessSet(this::selwakeup);
    private boolean isWaitedFor;
    private boolean isClosed;

    /** @param quota which has taken this set, and is given it back by {@link #close} */
    BsdReadinessSet(SleepQueues sleepQueues, SetQuota quota, PortName client) {
        this.sleepQueues = sleepQueues;
        this.quota = quota;
        this.client = client;
    }

    void watch(BsdSocket socket, int name, int interests) {
        sockets.watch(socket.watched(), name, interests);
    }

    /** Answers how many pairs it put. */
    int take(ByteBuffer target) {
        return sockets.take(target);
    }

    void wakeUp() {
        sockets.wakeUp();
    }

    /**
     * Sleeps until something may be ready, or {@code limitNs} have passed (selrecord, tsleep).
     *
     * @throws SocketLayerException with EBADF when it is closed meanwhile, or as {@link WaitingCalls#sleep} has it
     */
    void await(WaitingCalls calls, CallName call, long limitNs) throws SocketLayerException {
        isWaitedFor = true;
        calls.sleep(call, this, limitNs);
        if (isClosed) {
            throw new SocketLayerException(Errno.EBADF, "the set of sockets was closed");
        }
    }

    private void selwakeup() {
        if (isWaitedFor && sockets.isReady()) {
            wakeup();
        }
    }

    private void wakeup() {
        isWaitedFor = false;
        sleepQueues.wakeup(this);
    }

    @Override
    public void close(long nowNs) {
        isClosed = true;
        quota.giveBack(client);
        sockets.close();
        wakeup();
    }
}
