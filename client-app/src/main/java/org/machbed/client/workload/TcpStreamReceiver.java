package org.machbed.client.workload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;

/** Receives messages one way, checks their numbers, and confirms how many have come at the end of each trial. */
final class TcpStreamReceiver implements Role {
    private final TcpListening listening;
    private final Payload payload;
    private final Buffers buffers;
    private final long limitNs;
    private final ByteBuffer confirmation = ByteBuffer.allocateDirect(Long.BYTES);
    private final TrialRecord record = new TrialRecord();
    private long number;

    TcpStreamReceiver(TcpListening listening, Payload payload, Buffers buffers, long limitNs) {
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
                SocketChannel channel = listening.channel();
                StreamMessages messages = listening.messages(payload, buffers, false);
                while (number - start < operations) {
                    messages.receive(number);
                    messages.check(number);
                    messages.done();
                    watchdog.progress(++number);
                }
                channel.write(confirmation.clear().putLong(number).flip());
            } catch (AsynchronousCloseException e) {
                throw watchdog.hasBitten() ? watchdog.complaint(TcpStreams.NAME, number - start, operations, e) : e;
            }
        }
        return record.finish(operations).put("bytes", operations * payload.bytes());
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
