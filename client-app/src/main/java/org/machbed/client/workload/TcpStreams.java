package org.machbed.client.workload;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.Role;

/**
 * The workload {@code tcp-stream}: a trial sends its operations, messages of {@code bytes} bytes, one way over one connection as
 * fast as they are taken; at its end the receiver says how many have come, and only then the sender's time stops. Both sides number
 * the messages, and the receiver checks the numbers. No garbage in the loops but for {@link Buffers#LENT}. Keys as {@link WorkloadArguments} says.
 */
final class TcpStreams {
    /** The workload's name. */
    static final String NAME = "tcp-stream";

    private static final int MOST_BYTES = 1 << 24;

    private TcpStreams() {}

    /** Opens the side that receives. */
    static Role serve(SelectorProvider provider, Buffers buffers, CommandArguments arguments) throws IOException {
        var local = WorkloadArguments.local(arguments);
        Payload payload = WorkloadArguments.payload(arguments, MOST_BYTES);
        long limitNs = WorkloadArguments.limitNs(arguments);
        arguments.requireNoOthers();
        return new TcpStreamReceiver(TcpListening.open(provider, local), payload, buffers, limitNs);
    }

    /** Opens the side that sends and measures. */
    static Role connect(SelectorProvider provider, Buffers buffers, CommandArguments arguments) throws IOException {
        var peer = WorkloadArguments.peer(arguments);
        Payload payload = WorkloadArguments.payload(arguments, MOST_BYTES);
        long limitNs = WorkloadArguments.limitNs(arguments);
        arguments.requireNoOthers();
        SocketChannel channel = TcpMessages.connect(provider, peer);
        return new TcpStreamSender(channel, StreamMessages.of(channel, payload, buffers, false), limitNs);
    }
}
