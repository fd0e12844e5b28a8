package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A host that reaches itself, or two that reach each other, and the stream channels that a test opened there. */
public final class StreamEnds implements AutoCloseable {
    private final SelectorProvider clients;
    private final SelectorProvider servers;
    private final InetAddress serverAddress;
    private final List<Channel> channels = new ArrayList<>();
    private final List<AutoCloseable> below = new ArrayList<>();

    /** Clients of one provider, servers of another at an address. */
    public StreamEnds(SelectorProvider clients, SelectorProvider servers, String serverAddress) {
        this.clients = clients;
        this.servers = servers;
        this.serverAddress = InetAddress.ofLiteral(serverAddress);
    }

    /** Has something closed after the channels. */
    public StreamEnds above(AutoCloseable resource) {
        below.addFirst(resource);
        return this;
    }

    SelectorProvider clients() {
        return clients;
    }

    SelectorProvider servers() {
        return servers;
    }

    /** A bound datagram channel where the servers are. */
    DatagramChannel datagrams() throws IOException {
        return kept(servers.openDatagramChannel(StandardProtocolFamily.INET)).bind(anyPort());
    }

    SocketChannel client() throws IOException {
        return kept(clients.openSocketChannel(StandardProtocolFamily.INET));
    }

    ServerSocketChannel server() throws IOException {
        return kept(servers.openServerSocketChannel(StandardProtocolFamily.INET));
    }

    ServerSocketChannel listening() throws IOException {
        return server().bind(anyPort());
    }

    InetSocketAddress anyPort() {
        return new InetSocketAddress(serverAddress, 0);
    }

    /** An address where nobody listens. */
    InetSocketAddress nobody() throws IOException {
        try (ServerSocketChannel gone = servers.openServerSocketChannel(StandardProtocolFamily.INET)) {
            return local(gone.bind(anyPort()));
        }
    }

    static InetSocketAddress local(ServerSocketChannel server) throws IOException {
        return (InetSocketAddress) Objects.requireNonNull(server.getLocalAddress());
    }

    /** Two ends of one connection. */
    public record Pair(SocketChannel client, SocketChannel server) {}

    public Pair pair() throws IOException {
        ServerSocketChannel listener = listening();
        SocketChannel client = client();
        client.connect(local(listener));
        return new Pair(client, kept(listener.accept()));
    }

    private <C extends Channel> C kept(C channel) {
        channels.add(channel);
        return channel;
    }

    @Override
    public void close() throws IOException {
        for (Channel channel : channels) {
            channel.close();
        }
        for (AutoCloseable resource : below) {
            try {
                resource.close();
            } catch (Exception e) {
                throw new IOException("closing what lies below the channels failed", e);
            }
        }
    }
}
