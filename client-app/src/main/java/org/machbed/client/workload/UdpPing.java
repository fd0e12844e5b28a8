package org.machbed.client.workload;

import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.DatagramChannel;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;

/** Sends a datagram, waits for its echo, and measures how long that takes. */
final class UdpPing implements Role {
    private final DatagramChannel channel;
    private final DatagramMessages messages;
    private final long limitNs;
    private final TrialRecord record = new TrialRecord();
    private long number;

    UdpPing(DatagramChannel channel, DatagramMessages messages, long limitNs) {
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
                throw watchdog.hasBitten() ? watchdog.complaint("udp-rtt", number - start, operations, e) : e;
            } catch (PortUnreachableException e) {
                throw new IOException("udp-rtt: nobody serves " + channel.getRemoteAddress(), e);
            }
        }
        return record.finish(operations).put("histogram", record.histogram());
    }

    private void roundTrip() throws IOException {
        messages.prepare(number);
        long startNs = System.nanoTime();
        messages.send();
        messages.receive();
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
