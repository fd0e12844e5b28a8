package org.machbed.client.workload;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.Role;

/**
 * The workload {@code tcp-rtt}: messages go back and forth over one connection, one at a time, by a write and a read on each
 * side, with TCP_NODELAY. Both sides number and check what they get. No garbage in the loops but for
 * {@link Buffers#LENT}. Keys as {@link
 * WorkloadArguments} says.
 */
final class TcpRoundTrips {
    /** The workload's name. */
    static final String NAME = "tcp-rtt";

    private static final int MOST_BYTES = 1 << 24;

    private TcpRoundTrips() {}

    /** Opens the side that echoes. */
    static Role serve(SelectorProvider provider, Buffers buffers, CommandArguments arguments) throws IOException {
        var local = WorkloadArguments.local(arguments);
        Payload payload = WorkloadArguments.payload(arguments, MOST_BYTES);
        long limitNs = WorkloadArguments.limitNs(arguments);
        arguments.requireNoOthers();
        return new TcpEcho(TcpListening.open(provider, local), payload, buffers, limitNs);
    }

    /** Opens the side that sends first and measures. */
    static Role connect(SelectorProvider provider, Buffers buffers, CommandArguments arguments) throws IOException {
        var peer = WorkloadArguments.peer(arguments);
        Payload payload = WorkloadArguments.payload(arguments, MOST_BYTES);
        long limitNs = WorkloadArguments.limitNs(arguments);
        arguments.requireNoOthers();
        SocketChannel channel = TcpMessages.connect(provider, peer);
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return new TcpPing(channel, StreamMessages.of(channel, payload, buffers, true), limitNs);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }
}
