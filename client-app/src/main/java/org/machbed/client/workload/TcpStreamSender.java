package org.machbed.client.workload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;

/**
 * Sends messages as fast as they are taken, and waits at the end of a trial until the receiver has confirmed them. A trial has one
 * sample: its time for each message, which is what the throughput follows from.
 */
final class TcpStreamSender implements Role {
    private final SocketChannel channel;
    private final StreamMessages messages;
    private final long limitNs;
    private final ByteBuffer confirmation = ByteBuffer.allocateDirect(Long.BYTES);
    private final TrialRecord record = new TrialRecord();
    private long number;

    TcpStreamSender(SocketChannel channel, StreamMessages messages, long limitNs) {
        this.channel = channel;
        this.messages = messages;
        this.limitNs = limitNs;
    }

    @Override
    public Json trial(long operations) throws IOException {
        record.start();
        long start = number;
        long startNs = System.nanoTime();
        try (Watchdog watchdog = Watchdog.watch(limitNs, channel::close)) {
            try {
                while (number - start < operations) {
                    messages.prepare(number);
                    messages.send();
                    watchdog.progress(++number);
                }
                awaitConfirmation();
            } catch (AsynchronousCloseException e) {
                throw watchdog.hasBitten() ? watchdog.complaint(TcpStreams.NAME, number - start, operations, e) : e;
            }
        }
        record.sample((System.nanoTime() - startNs) / operations);
        return record.finish(operations).put("histogram", record.histogram());
    }

    private void awaitConfirmation() throws IOException {
        TcpMessages.readFully(channel, confirmation.clear());
        long confirmed = confirmation.getLong(0);
        if (confirmed != number) {
            throw new IOException("the receiver has got " + confirmed + " messages of " + number);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
