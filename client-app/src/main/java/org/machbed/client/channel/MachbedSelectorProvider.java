package org.machbed.client.channel;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import org.machbed.netstack.socket.DatagramSocketLayer;

/**
 * Opens channels whose sockets live wherever a {@link DatagramSocketLayer} puts them: in a kernel-node, in a server, or in this
 * process. The provider does not own the socket layer; whoever opened it closes it, after the channels.
 */
public final class MachbedSelectorProvider extends SelectorProvider {
    private final DatagramSocketLayer sockets;

    public MachbedSelectorProvider(DatagramSocketLayer sockets) {
        this.sockets = Objects.requireNonNull(sockets);
    }

    /** Opens an unbound IPv4 datagram channel in blocking mode. */
    @Override
    public DatagramChannel openDatagramChannel() throws IOException {
        return MachbedDatagramChannel.open(this, sockets);
    }

    /**
     * Opens an unbound datagram channel in blocking mode.
     *
     * @throws UnsupportedOperationException for every family but {@link StandardProtocolFamily#INET}
     */
    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
        if (!Objects.requireNonNull(family).equals(StandardProtocolFamily.INET)) {
            throw new UnsupportedOperationException("the protocol library speaks IPv4 only, not " + family.name());
        }
        return openDatagramChannel();
    }

    /** A pipe is no network: the JDK's own serves. */
    @Override
    public Pipe openPipe() {
        throw new UnsupportedOperationException("pipes cross no protocol stack; open one from the JDK's own provider");
    }

    @Override
    public AbstractSelector openSelector() {
        throw new UnsupportedOperationException("selectors come later, with stream sockets; use blocking channels");
    }

    @Override
    public ServerSocketChannel openServerSocketChannel() {
        throw new UnsupportedOperationException("stream sockets come later, with TCP; only datagram channels are here");
    }

    @Override
    public SocketChannel openSocketChannel() {
        throw new UnsupportedOperationException("stream sockets come later, with TCP; only datagram channels are here");
    }
}
