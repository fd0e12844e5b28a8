package org.machbed.client.workload;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.UsageException;

/**
 * The keys that all workloads have: {@code bytes} (1) of a message, {@code timeoutMillis} (10000) without progress before a trial
 * fails; on the side that serves {@code port} and optionally {@code address} to bind, on the side that connects {@code
 * peer=ADDRESS:PORT}.
 */
final class WorkloadArguments {
    private static final long DEFAULT_TIMEOUT_MILLIS = 10_000;

    private WorkloadArguments() {}

    static InetSocketAddress local(CommandArguments arguments) {
        int port = port(arguments.required("port"), 0);
        return new InetSocketAddress(
                address("address", arguments.optional("address").orElse("0.0.0.0")), port);
    }

    static InetSocketAddress peer(CommandArguments arguments) {
        String peer = arguments.required("peer");
        int colon = peer.lastIndexOf(':');
        if (colon < 0) {
            throw new UsageException("peer is \"" + peer + "\", which is not of the form 192.0.2.2:5001");
        }
        return new InetSocketAddress(address("peer", peer.substring(0, colon)), port(peer.substring(colon + 1), 1));
    }

    /** The messages, of at most {@code mostBytes} bytes. */
    static Payload payload(CommandArguments arguments, int mostBytes) {
        try {
            return new Payload(arguments.optionalInt("bytes", 1), mostBytes);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    static long limitNs(CommandArguments arguments) {
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
