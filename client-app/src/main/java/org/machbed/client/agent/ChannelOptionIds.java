package org.machbed.client.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.util.Map;

/** The options that java.net numbers, set and asked of a channel, which names them. */
final class ChannelOptionIds {
    private static final Map<Integer, SocketOption<Boolean>> FLAGS = Map.of(
            SocketOptions.TCP_NODELAY, StandardSocketOptions.TCP_NODELAY,
            SocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEADDR,
            SocketOptions.SO_REUSEPORT, StandardSocketOptions.SO_REUSEPORT,
            SocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_KEEPALIVE,
            SocketOptions.SO_BROADCAST, StandardSocketOptions.SO_BROADCAST);

    private static final Map<Integer, SocketOption<Integer>> NUMBERS = Map.of(
            SocketOptions.SO_SNDBUF, StandardSocketOptions.SO_SNDBUF,
            SocketOptions.SO_RCVBUF, StandardSocketOptions.SO_RCVBUF,
            SocketOptions.IP_TOS, StandardSocketOptions.IP_TOS,
            SocketOptions.SO_LINGER, StandardSocketOptions.SO_LINGER);

    /** {@code SO_LINGER} when a close does not wait. */
    private static final int NO_LINGER = -1;

    private ChannelOptionIds() {}

    static void set(NetworkChannel channel, int id, Object value) throws SocketException {
        try {
            SocketOption<Boolean> flag = FLAGS.get(id);
            SocketOption<Integer> number = NUMBERS.get(id);
            if (flag != null) {
                channel.setOption(flag, (Boolean) value);
            } else if (number != null) {
                // SO_LINGER comes as the seconds, or as false.
                channel.setOption(number, value instanceof Integer given ? given : NO_LINGER);
            } else {
                throw new SocketException("option " + id + " is not supported");
            }
        } catch (IOException | UnsupportedOperationException e) {
            throw SocketExceptions.of(e);
        }
    }

    static Object get(NetworkChannel channel, int id) throws SocketException {
        try {
            SocketOption<Boolean> flag = FLAGS.get(id);
            SocketOption<Integer> number = NUMBERS.get(id);
            if (flag != null) {
                return channel.getOption(flag);
            } else if (number != null) {
                return channel.getOption(number);
            } else if (id == SocketOptions.SO_BINDADDR) {
                return channel.getLocalAddress() instanceof InetSocketAddress local ? local.getAddress() : any();
            }
            throw new SocketException("option " + id + " is not supported");
        } catch (IOException | UnsupportedOperationException e) {
            throw SocketExceptions.of(e);
        }
    }

    private static InetAddress any() {
        return new InetSocketAddress(0).getAddress();
    }
}
