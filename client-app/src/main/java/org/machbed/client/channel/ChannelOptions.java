package org.machbed.client.channel;

import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.machbed.netstack.socket.SocketOptionName;

/** The JDK's names and types of the socket options of a kind of channel beside the socket layer's. */
final class ChannelOptions {
    /** Of datagram channels. */
    static final ChannelOptions DATAGRAM = new ChannelOptions(Map.of(
            StandardSocketOptions.SO_RCVBUF, SocketOptionName.RECEIVE_BUFFER_BYTES,
            StandardSocketOptions.SO_SNDBUF, SocketOptionName.SEND_BUFFER_BYTES,
            StandardSocketOptions.SO_BROADCAST, SocketOptionName.BROADCAST,
            StandardSocketOptions.SO_REUSEADDR, SocketOptionName.REUSE_ADDRESS,
            StandardSocketOptions.IP_TOS, SocketOptionName.TYPE_OF_SERVICE));

    /** Of channels that connect or are accepted. */
    static final ChannelOptions STREAM = new ChannelOptions(streamOptions());

    /** Of channels that accept others. */
    static final ChannelOptions LISTENING = new ChannelOptions(Map.of(
            StandardSocketOptions.SO_RCVBUF, SocketOptionName.RECEIVE_BUFFER_BYTES,
            StandardSocketOptions.SO_REUSEADDR, SocketOptionName.REUSE_ADDRESS));

    private static final int LONGEST_LINGER_SECONDS = 65_535;

    /** Loaded only where there is such a module. */
    private static final class KeepIdle {
        static final SocketOption<Integer> OPTION = ExtendedSocketOptions.TCP_KEEPIDLE;
    }

    private final Map<SocketOption<?>, SocketOptionName> names;

    private ChannelOptions(Map<SocketOption<?>, SocketOptionName> names) {
        this.names = names;
    }

    private static Map<SocketOption<?>, SocketOptionName> streamOptions() {
        Map<SocketOption<?>, SocketOptionName> names = new HashMap<>(Map.of(
                StandardSocketOptions.SO_RCVBUF, SocketOptionName.RECEIVE_BUFFER_BYTES,
                StandardSocketOptions.SO_SNDBUF, SocketOptionName.SEND_BUFFER_BYTES,
                StandardSocketOptions.SO_REUSEADDR, SocketOptionName.REUSE_ADDRESS,
                StandardSocketOptions.SO_KEEPALIVE, SocketOptionName.KEEP_ALIVE,
                StandardSocketOptions.SO_LINGER, SocketOptionName.LINGER_SECONDS,
                StandardSocketOptions.TCP_NODELAY, SocketOptionName.NO_DELAY,
                StandardSocketOptions.IP_TOS, SocketOptionName.TYPE_OF_SERVICE));
        // A program that is a module may have been started without the one that has this option.
        if (ModuleLayer.boot().findModule("jdk.net").isPresent()) {
            names.put(KeepIdle.OPTION, SocketOptionName.KEEP_ALIVE_SECONDS);
        }
        return Map.copyOf(names);
    }

    Set<SocketOption<?>> supported() {
        return names.keySet();
    }

    /**
     * The socket layer's name of an option.
     *
     * @throws UnsupportedOperationException when it has none
     */
    SocketOptionName name(SocketOption<?> option) {
        if (option == null) {
            throw new NullPointerException("option");
        }
        SocketOptionName name = names.get(option);
        if (name == null) {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
        return name;
    }

    /**
     * The socket layer's value of an option.
     *
     * @throws UnsupportedOperationException when it has no such option
     * @throws IllegalArgumentException when the type is wrong or the value out of range
     */
    int toLayer(SocketOption<?> option, Object value) {
        name(option);
        if (!option.type().isInstance(value)) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
        int number = value instanceof Boolean flag ? (flag ? 1 : 0) : (Integer) value;
        if (option.equals(StandardSocketOptions.SO_LINGER)) {
            return Math.clamp(number, -1, LONGEST_LINGER_SECONDS);
        }
        if (number < 0 || (option.equals(StandardSocketOptions.IP_TOS) && number > 255)) {
            throw new IllegalArgumentException("Invalid value '" + value + "' of " + option);
        }
        return number;
    }

    static <T> T fromLayer(SocketOption<T> option, int value) {
        return option.type().cast(option.type() == Boolean.class ? (Object) (value != 0) : (Object) value);
    }
}
