package org.machbed.client.workload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;

/** Sends a message, waits for its echo, and measures how long that takes. */
final class TcpPing implements Role {
    private final SocketChannel channel;
    private final Payload payload;
    private final long limitNs;
    private final ByteBuffer target;
    private final TrialRecord record = new TrialRecord();
    private long number;

    TcpPing(SocketChannel channel, Payload payload, long limitNs) {
        this.channel = channel;
        this.payload = payload;
        this.limitNs = limitNs;
        this.target = ByteBuffer.allocateDirect(payload.bytes());
    }

    @Override
    public Json trial(long operations) throws IOException {
        record.start();
        long start = number;
        try (Watchdog watchdog = Watchdog.watch(limitNs, channel::close)) {
            try {
                while (number - start < operations) {
                    roundTrip();
                    watchdog.progress(number);
                }
            } catch (AsynchronousCloseException e) {
                throw watchdog.hasBitten() ? watchdog.complaint(TcpRoundTrips.NAME, number - start, operations, e) : e;
            }
        }
        return record.finish(operations).put("histogram", record.histogram());
    }

    private void roundTrip() throws IOException {
        ByteBuffer message = payload.numbered(number);
        target.clear();
        long startNs = System.nanoTime();
        channel.write(message);
        TcpMessages.readFully(channel, target);
        record.sample(System.nanoTime() - startNs);
        payload.check(target, number);
        number++;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
