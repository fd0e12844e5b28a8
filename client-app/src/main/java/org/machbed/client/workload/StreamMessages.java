package org.machbed.client.workload;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/**
 * The messages of a workload over a connection, one each way at a time. A process has one kind of them, so that calls of it in its loops
 * are direct.
 */
abstract sealed class StreamMessages permits CopiedMessages, LentMessages {
    /** @param wholly whether all of a message is checked, or its number alone */
    static StreamMessages of(SocketChannel channel, Payload payload, Buffers buffers, boolean wholly) {
        return switch (buffers) {
            case COPIED -> new CopiedMessages(channel, payload, wholly);
            case LENT -> new LentMessages(channel, payload, wholly);
        };
    }

    /** Does ahead what of the sending of a message does not belong to it. */
    abstract void prepare(long number);

    /** Sends the message that {@link #prepare} was called for. */
    abstract void send() throws IOException;

    /** Receives all of one, which has this number if all is well. */
    abstract void receive(long number) throws IOException;

    /** Checks what was received. */
    abstract void check(long number) throws IOException;

    /** Sends what was checked back. */
    abstract void answer(long number) throws IOException;

    /** What was received is not needed any more. */
    abstract void done();
}
