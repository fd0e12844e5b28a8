package org.machbed.client.workload;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;

/** Sends a message, waits for its echo, and measures how long that takes. */
final class TcpPing implements Role {
    private final SocketChannel channel;
    private final StreamMessages messages;
    private final long limitNs;
    private final TrialRecord record = new TrialRecord();
    private long number;

    TcpPing(SocketChannel channel, StreamMessages messages, long limitNs) {
        this.channel = channel;
        this.messages = messages;
        this.limitNs = limitNs;
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
        messages.prepare(number);
        long startNs = System.nanoTime();
        messages.send();
        messages.receive(number);
        record.sample(System.nanoTime() - startNs);
        messages.check(number);
        messages.done();
        number++;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
