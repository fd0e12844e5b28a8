package org.machbed.server.udp;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.socket.Errno;

/**
 * A recvfrom that waits, as a continuation: no thread waits with it. Exactly one of the methods below the room is called, once,
 * under the stack's lock, and must not wait.
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
}
