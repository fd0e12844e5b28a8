package org.machbed.client.agent;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.channels.Channel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.SelectorProvider;

/**
 * Channels that two programs on a host share, as a Unix process and its children share descriptors: for programs that run on a host ({@code
 * machbed run}), which find this class at run time because the agent's jar is on their class path. The same as {@code
 * org.machbed.client.channel.HandOver}, which is hidden from them. Only in the topologies {@code library} and {@code library-newapi}.
 */
public final class SharedChannels {
    private static final String HAND_OVER = "org.machbed.client.channel.HandOver";

    private SharedChannels() {}

    /**
     * A token for a connected stream channel or a bound datagram channel, good once and for a few seconds while the channel is open.
     *
     * @throws IOException when the socket cannot be shared
     * @throws UnsupportedOperationException where the topology shares no sockets
     */
    public static byte[] handOver(AbstractSelectableChannel channel) throws IOException {
        return (byte[]) call("handOver", new Class<?>[] {AbstractSelectableChannel.class}, channel);
    }

    /**
     * The channel that a token stands for: a connected {@code SocketChannel}, or a {@code DatagramChannel}, which tells no peer.
     *
     * @throws IOException when the token is not, or no longer, good
     * @throws UnsupportedOperationException where the topology shares no sockets
     */
    public static Channel takeOver(byte[] token) throws IOException {
        return (Channel)
                call("takeOver", new Class<?>[] {SelectorProvider.class, byte[].class}, HostSockets.provider(), token);
    }

    private static Object call(String method, Class<?>[] types, Object... arguments) throws IOException {
        ClassLoader library = HostSockets.provider().getClass().getClassLoader();
        try {
            return Class.forName(HAND_OVER, true, library)
                    .getMethod(method, types)
                    .invoke(null, arguments);
        } catch (InvocationTargetException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IOException("the socket library failed: " + e.getCause(), e);
            }
        } catch (ReflectiveOperationException e) {
            throw new IOException("the socket library does not share channels: " + e, e);
        }
    }
}
