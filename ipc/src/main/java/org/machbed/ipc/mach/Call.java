package org.machbed.ipc.mach;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.machbed.proto.mach.KernelFrame;

/**
 * A call that waits for the kernel's answer. Calls are reused; each keeps a reply port for the next rpc made with it, so that an
 * rpc allocates none.
 */
final class Call {
    final int index;
    private int generation;

    /** Number on the wire; 0 while the call is not in use. */
    volatile int number;

    /** Handler of a SERVE, which keeps its call for good. */
    volatile @Nullable MessageHandler handler;

    /** Cached reply port; only for the thread that has the call. */
    PortName replyPort = PortName.NULL;

    /** Messages handled since credit was last given back; only for the transport's thread. */
    int handled;

    /** Messages whose handler threw; only for the transport's thread. */
    int failures;

    private volatile @Nullable Thread waiter;
    private volatile @Nullable KernelFrame answer;

    Call(int index) {
        this.index = index;
    }

    void begin() {
        generation = generation + 1 & 0x3FFFF;
        answer = null;
        waiter = Thread.currentThread();
        // Never 0, which on the wire means that no answer is wanted.
        number = (generation << Calls.INDEX_BITS | index) + 1;
    }

    void end() {
        number = 0;
        waiter = null;
        answer = null;
        handler = null;
        handled = 0;
        failures = 0;
    }

    @Nullable
    KernelFrame answer() {
        return answer;
    }

    /** Gives the waiting thread its answer. */
    void complete(KernelFrame frame) {
        answer = frame;
        LockSupport.unpark(waiter);
    }
}
