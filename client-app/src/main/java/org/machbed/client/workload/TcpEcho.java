package org.machbed.client.workload;

import java.io.IOException;
import java.net.StandardSocketOptions;
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
    private final Buffers buffers;
    private final long limitNs;
    private @Nullable SocketChannel connection;
    private final TrialRecord record = new TrialRecord();
    private long number;

    TcpEcho(TcpListening listening, Payload payload, Buffers buffers, long limitNs) {
        this.listening = listening;
        this.payload = payload;
        this.buffers = buffers;
        this.limitNs = limitNs;
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
                StreamMessages own = messages();
                while (number - start < operations) {
                    own.receive(number);
                    own.check(number);
                    own.answer(number);
                    own.done();
                    watchdog.progress(++number);
                }
            } catch (AsynchronousCloseException e) {
                throw watchdog.hasBitten() ? watchdog.complaint(TcpRoundTrips.NAME, number - start, operations, e) : e;
            }
        }
        return record.finish(operations);
    }

    /** Its option is set in the first trial, so that the others make the calls of their messages and no more. */
    private StreamMessages messages() throws IOException {
        SocketChannel accepted = listening.channel();
        if (!accepted.equals(connection)) {
            accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            connection = accepted;
        }
        return listening.messages(payload, buffers, true);
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
