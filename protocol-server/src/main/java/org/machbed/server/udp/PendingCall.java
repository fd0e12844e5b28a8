package org.machbed.server.udp;

import org.machbed.netstack.socket.Errno;

/**
 * A call that waits, as a continuation: no thread waits with it. It is completed, or {@link #fail} is called, once, under the
 * stack's lock, and must not wait; after the lock, {@link #wake}.
 */
interface PendingCall {
    /** The wait is over without what was waited for. */
    void fail(Errno errno);

    /**
     * Tells the caller, without the stack's lock: on a host of one CPU, who is woken runs at once and would run into the lock, which
     * is two more switches between threads.
     */
    void wake();
}
