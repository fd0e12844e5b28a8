package org.machbed.client.workload;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;

/**
 * The messages of a workload on a datagram channel, one each way at a time. A process has one kind of them, so that calls of it in its
 * loops are direct.
 */
abstract sealed class DatagramMessages permits CopiedDatagrams, LentDatagrams {
    static DatagramMessages of(DatagramChannel channel, Payload payload, Buffers buffers) {
        return switch (buffers) {
            case COPIED -> new CopiedDatagrams(channel, payload);
            case LENT -> new LentDatagrams(channel, payload);
        };
    }

    /** Does ahead what of the sending of a message does not belong to it. */
    abstract void prepare(long number);

    /** Sends the message that {@link #prepare} was called for, to the peer. */
    abstract void send() throws IOException;

    /** Receives one, from the peer. */
    abstract void receive() throws IOException;

    /** Receives one from anybody. */
    abstract SocketAddress receiveFirst() throws IOException;

    /** Checks what was received. */
    abstract void check(long number) throws IOException;

    /** Sends what was checked back to the peer. */
    abstract void answer(long number) throws IOException;

    /** What was received is not needed any more. */
    abstract void done();
}
