package org.machbed.server.udp;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.socket.Errno;

/**
 * A recvfrom that waits, as a continuation: no thread waits with it. Either {@link #complete} or {@link #fail} is called, once,
 * under the stack's lock, and must not wait; after the lock, {@link #wake}.
 */
interface PendingReceive {
    /** Longest datagram that the caller wants, in bytes; the rest is discarded. */
    int room();

    /**
     * A datagram has come. The implementation copies it to where its caller wants it: the one copy on the way in.
     *
     * @param header its source and length, a packed {@link org.machbed.netstack.socket.DatagramHeader}
     * @param copiedBytes how many of its bytes the caller has room for
     */
    void complete(long header, MemorySegment memory, long offset, int copiedBytes);

    /** The wait is over without a datagram. */
    void fail(Errno errno);

    /**
     * Tells the caller, without the stack's lock: on a host of one CPU, who is woken runs at once and would run into the lock, which
     * is two more switches between threads.
     */
    void wake();
}
