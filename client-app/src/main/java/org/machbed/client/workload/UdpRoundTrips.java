package org.machbed.client.workload;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.TimeUnit;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.UsageException;
import org.machbed.ipc.trial.Role;

/**
 * The workload {@code udp-rtt} (maeda92 section 2): datagrams go back and forth between two applications, one at a time, by a
 * write and a read on each side. Both sides number and check what they get. No garbage in the loops.
 *
 * <p>Keys: {@code bytes} (1), {@code timeoutMillis} (10000) without a datagram before a trial fails; on the side that serves
 * {@code port} and optionally {@code address} to bind, on the side that connects {@code peer=ADDRESS:PORT}.
 */
public final class UdpRoundTrips {
    /** The workload's name. */
    public static final String NAME = "udp-rtt";

    private static final long DEFAULT_TIMEOUT_MILLIS = 10_000;

    private UdpRoundTrips() {}

    /** Opens the side that echoes. */
    public static Role serve(SelectorProvider provider, CommandArguments arguments) throws IOException {
        int port = port(arguments.required("port"), 0);
        InetAddress address = address("address", arguments.optional("address").orElse("0.0.0.0"));
        Payload payload = payload(arguments);
        long limitNs = limitNs(arguments);
        arguments.requireNoOthers();
        DatagramChannel channel = provider.openDatagramChannel(StandardProtocolFamily.INET);
        try {
            channel.bind(new InetSocketAddress(address, port));
            return new UdpEcho(channel, payload, limitNs);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Opens the side that sends first and measures. */
    public static Role connect(SelectorProvider provider, CommandArguments arguments) throws IOException {
        String peer = arguments.required("peer");
        int colon = peer.lastIndexOf(':');
        if (colon < 0) {
            throw new UsageException("peer is \"" + peer + "\", which is not of the form 192.0.2.2:5001");
        }
        InetAddress address = address("peer", peer.substring(0, colon));
        int port = port(peer.substring(colon + 1), 1);
        Payload payload = payload(arguments);
        long limitNs = limitNs(arguments);
        arguments.requireNoOthers();
        DatagramChannel channel = provider.openDatagramChannel(StandardProtocolFamily.INET);
        try {
            channel.connect(new InetSocketAddress(address, port));
            return new UdpPing(channel, payload, limitNs);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static Payload payload(CommandArguments arguments) {
        try {
            return new Payload(arguments.optionalInt("bytes", 1));
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private static long limitNs(CommandArguments arguments) {
        long millis = arguments.optionalLong("timeoutMillis", DEFAULT_TIMEOUT_MILLIS);
        if (millis < 1 || millis > TimeUnit.DAYS.toMillis(1)) {
            throw new UsageException("timeoutMillis is " + millis + ", which is not between 1 and a day");
        }
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private static int port(String text, int least) {
        try {
            int port = Integer.parseInt(text);
            if (port >= least && port <= 0xFFFF) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Said below, with the bounds.
        }
        throw new UsageException("\"" + text + "\" is no port from " + least + " to 65535");
    }

    private static InetAddress address(String key, String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException(key + " is \"" + text + "\", which does not begin with an IPv4 address");
        }
    }
}
