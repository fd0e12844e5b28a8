package org.machbed.server.udp;

import java.lang.foreign.MemorySegment;

/** A recvfrom that waits. */
interface PendingReceive extends PendingCall {
    /** Longest datagram that the caller wants, in bytes; the rest is discarded. */
    int room();

    /**
     * A datagram has come. The implementation copies it to where its caller wants it: the one copy on the way in.
     *
     * @param header its source and length, a packed {@link org.machbed.netstack.socket.DatagramHeader}
     * @param copiedBytes how many of its bytes the caller has room for
     */
    void complete(long header, MemorySegment memory, long offset, int copiedBytes);
}
