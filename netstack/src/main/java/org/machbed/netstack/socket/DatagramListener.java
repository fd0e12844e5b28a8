package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;

/**
 * What a placement is told of one socket. Called from within the stack, under its owner's lock; an implementation may send
 * on and close sockets of the stack, but must not hand it frames.
 */
public interface DatagramListener {
    /**
     * A datagram arrived for the socket and is not queued yet; its {@code length} bytes of data are valid during the call
     * only.
     *
     * @param sourceIpv4 in host order
     * @return whether it was taken: {@code true} leaves nothing to receive, {@code false} queues it
     */
    boolean onDatagram(MemorySegment memory, long offset, int length, int sourceIpv4, int sourcePort);

    /** A datagram that {@link #onDatagram} did not take was queued. */
    void onReadable();

    /** The network reported an error; the next call on the socket fails with it too. */
    void onError(Errno errno);
}
