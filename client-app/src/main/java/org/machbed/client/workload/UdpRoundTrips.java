package org.machbed.client.workload;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.spi.SelectorProvider;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.Role;

/**
 * The workload {@code udp-rtt} (maeda92 section 2): datagrams go back and forth between two applications, one at a time, by a
 * write and a read on each side. Both sides number and check what they get. No garbage in the loops but
 * for {@link Buffers#LENT}. Keys as {@link
 * WorkloadArguments} says.
 */
final class UdpRoundTrips {
    /** The workload's name. */
    static final String NAME = "udp-rtt";

    private UdpRoundTrips() {}

    /** Opens the side that echoes. */
    static Role serve(SelectorProvider provider, Buffers buffers, CommandArguments arguments) throws IOException {
        InetSocketAddress local = WorkloadArguments.local(arguments);
        Payload payload = WorkloadArguments.payload(arguments, Payload.MOST_BYTES_OF_DATAGRAM);
        long limitNs = WorkloadArguments.limitNs(arguments);
        arguments.requireNoOthers();
        DatagramChannel channel = provider.openDatagramChannel(StandardProtocolFamily.INET);
        try {
            channel.bind(local);
            return new UdpEcho(channel, DatagramMessages.of(channel, payload, buffers), limitNs);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Opens the side that sends first and measures. */
    static Role connect(SelectorProvider provider, Buffers buffers, CommandArguments arguments) throws IOException {
        InetSocketAddress peer = WorkloadArguments.peer(arguments);
        Payload payload = WorkloadArguments.payload(arguments, Payload.MOST_BYTES_OF_DATAGRAM);
        long limitNs = WorkloadArguments.limitNs(arguments);
        arguments.requireNoOthers();
        DatagramChannel channel = provider.openDatagramChannel(StandardProtocolFamily.INET);
        try {
            channel.connect(peer);
            return new UdpPing(channel, DatagramMessages.of(channel, payload, buffers), limitNs);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }
}
