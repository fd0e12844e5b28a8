package org.machbed.client.workload;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;

/** Sends back what comes over its connection, message by message. */
final class TcpEcho implements Role {
    private final TcpListening listening;
    private final Payload payload;
    private final long limitNs;
    private final ByteBuffer target;
    private @Nullable SocketChannel connection;
    private final TrialRecord record = new TrialRecord();
    private long number;

    TcpEcho(TcpListening listening, Payload payload, long limitNs) {
        this.listening = listening;
        this.payload = payload;
        this.limitNs = limitNs;
        this.target = ByteBuffer.allocateDirect(payload.bytes());
    }

    @Override
    public void describe(Json reply) {
        listening.describe(reply);
    }

    @Override
    public Json trial(long operations) throws IOException {
        record.start();
        long start = number;
        try (Watchdog watchdog = Watchdog.watch(limitNs, listening::close)) {
            try {
                SocketChannel channel = channel();
                while (number - start < operations) {
                    TcpMessages.readFully(channel, target.clear());
                    payload.check(target, number);
                    channel.write(target);
                    watchdog.progress(++number);
                }
            } catch (AsynchronousCloseException e) {
                throw watchdog.hasBitten() ? watchdog.complaint(TcpRoundTrips.NAME, number - start, operations, e) : e;
            }
        }
        return record.finish(operations);
    }

    /** Its option is set in the first trial, so that the others make the calls of their messages and no more. */
    private SocketChannel channel() throws IOException {
        SocketChannel accepted = listening.channel();
        if (!accepted.equals(connection)) {
            accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            connection = accepted;
        }
        return accepted;
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
