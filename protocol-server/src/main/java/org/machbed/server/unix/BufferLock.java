package org.machbed.server.unix;

import org.machbed.netstack.socket.SocketLayerException;

/** The lock of a socket's buffer, and the threads that sleep until the buffer changes (sys/socketvar.h). Guarded by {@link Spl#NET}. */
class BufferLock {
    private final SleepQueues sleepQueues;
    private final Object lockChannel = new Object();
    private boolean isLocked;
    private boolean isWanted;
    private boolean isWaitedFor;

    BufferLock(BsdKernel kernel) {
        sleepQueues = kernel.sleepQueues();
    }

    /** Keeps other threads out (sblock); sleeps while another one does. */
    final void lock() {
        while (isLocked) {
            isWanted = true;
            sleepQueues.tsleep(lockChannel);
        }
        isLocked = true;
    }

    /** Lets the next thread in (sbunlock). */
    final void unlock() {
        isLocked = false;
        if (isWanted) {
            isWanted = false;
            sleepQueues.wakeup(lockChannel);
        }
    }

    /** Sleeps until something arrives or changes (sbwait), however long. */
    final void await(WaitingCalls calls, CallName call) throws SocketLayerException {
        await(calls, call, Long.MAX_VALUE);
    }

    /**
     * Sleeps until something arrives or changes, or {@code limitNs} have passed.
     *
     * @throws SocketLayerException as {@link WaitingCalls#sleep} has it
     */
    final void await(WaitingCalls calls, CallName call, long limitNs) throws SocketLayerException {
        isWaitedFor = true;
        calls.sleep(call, this, limitNs);
    }

    /** Wakes whoever waits for this buffer (sbwakeup). */
    final void wakeup() {
        if (isWaitedFor) {
            isWaitedFor = false;
            sleepQueues.wakeup(this);
        }
    }
}
