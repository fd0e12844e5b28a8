package org.machbed.client.channel;

import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.SelectorProvider;

/**
 * Hands channels to other processes of the host, as a Unix process hands descriptors to its children. The token goes by whatever way both
 * have, such as a pipe. From then on both use the same socket, which lives in the Unix server: what one receives, the
 * other does not, and the connection ends when both have closed it. Only in the topologies {@code library} and {@code
 * library-newapi}.
 */
public final class HandOver {
    private HandOver() {}

    /**
     * A token for a connected stream channel or a bound datagram channel, good once and for a few seconds while the channel is open.
     *
     * @throws IOException when the socket cannot be shared
     * @throws UnsupportedOperationException where the topology shares no sockets
     */
    public static byte[] handOver(AbstractSelectableChannel channel) throws IOException {
        if (!(channel instanceof MachbedChannel socket)) {
            throw new UnsupportedOperationException("a channel of another provider cannot be handed over: " + channel);
        }
        return provider(channel.provider()).handOver(socket.io().socket);
    }

    /**
     * The channel that a token stands for: a connected {@code SocketChannel}, or a {@code DatagramChannel}, which tells no peer.
     *
     * @throws IOException when the token is not, or no longer, good
     * @throws UnsupportedOperationException where the topology shares no sockets
     */
    public static Channel takeOver(SelectorProvider provider, byte[] token) throws IOException {
        return provider(provider).takeOver(token);
    }

    private static MachbedSelectorProvider provider(SelectorProvider provider) {
        if (provider instanceof MachbedSelectorProvider ours) {
            return ours;
        }
        throw new UnsupportedOperationException("sockets of " + provider + " are not shared between processes");
    }
}
