package org.machbed.client.workload;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.DatagramChannel;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;

/** Echoes datagrams to the first who sends one, whom it then stays connected to. */
final class UdpEcho implements Role {
    private final DatagramChannel channel;
    private final DatagramMessages messages;
    private final long limitNs;
    private final TrialRecord record = new TrialRecord();
    private boolean connected;
    private long number;

    UdpEcho(DatagramChannel channel, DatagramMessages messages, long limitNs) {
        this.channel = channel;
        this.messages = messages;
        this.limitNs = limitNs;
    }

    @Override
    public void describe(Json reply) {
        try {
            if (channel.getLocalAddress() instanceof InetSocketAddress local) {
                reply.put("port", local.getPort());
            }
        } catch (IOException e) {
            throw new IllegalStateException("the channel was closed as soon as it was open", e);
        }
    }

    @Override
    public Json trial(long operations) throws IOException {
        record.start();
        long start = number;
        try (Watchdog watchdog = Watchdog.watch(limitNs, channel::close)) {
            try {
                while (number - start < operations) {
                    echo();
                    watchdog.progress(number);
                }
            } catch (AsynchronousCloseException e) {
                throw watchdog.hasBitten() ? watchdog.complaint("udp-rtt", number - start, operations, e) : e;
            }
        }
        return record.finish(operations);
    }

    private void echo() throws IOException {
        if (connected) {
            messages.receive();
        } else {
            channel.connect(messages.receiveFirst());
            connected = true;
        }
        messages.check(number);
        messages.answer(number);
        messages.done();
        number++;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
