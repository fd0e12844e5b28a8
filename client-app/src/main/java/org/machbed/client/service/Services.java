package org.machbed.client.service;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.machbed.ipc.process.Json;

/** Services on all addresses of a host, over UDP and, where the host has stream sockets, over TCP. */
public final class Services implements AutoCloseable {
    private final Deque<Closeable> open = new ArrayDeque<>();
    private final Json udp = Json.object();
    private final Json tcp = Json.object();

    private Services() {}

    /** Opens the small services on their well-known ports. */
    public static Services open(SelectorProvider provider, Consumer<String> onFailure) throws IOException {
        return open(provider, SmallService.all(), SmallService::port, onFailure);
    }

    /**
     * Opens services.
     *
     * @param ports which port each has, 0 for a free one
     * @param onFailure hears why one has ended unasked
     */
    static Services open(
            SelectorProvider provider,
            List<SmallService> wanted,
            ToIntFunction<SmallService> ports,
            Consumer<String> onFailure)
            throws IOException {
        var services = new Services();
        try {
            for (SmallService service : wanted) {
                services.open(
                        provider, service, new InetSocketAddress("0.0.0.0", ports.applyAsInt(service)), onFailure);
            }
            return services;
        } catch (IOException | RuntimeException e) {
            services.close();
            throw e;
        }
    }

    private void open(
            SelectorProvider provider, SmallService service, InetSocketAddress address, Consumer<String> onFailure)
            throws IOException {
        try {
            var datagrams = provider.openDatagramChannel();
            open.push(datagrams);
            open.push(DatagramResponder.start(service, datagrams, address, onFailure));
            udp.put(service.name(), port(datagrams));
            Optional<ServerSocketChannel> listener = listener(provider);
            if (listener.isPresent()) {
                open.push(listener.get());
                open.push(ConnectionAcceptor.start(service, listener.get(), address, onFailure));
                tcp.put(service.name(), port(listener.get()));
            }
        } catch (IOException e) {
            throw new IOException(service.name() + " on port " + address.getPort() + ": " + e.getMessage(), e);
        }
    }

    private static int port(NetworkChannel bound) throws IOException {
        return ((InetSocketAddress) bound.getLocalAddress()).getPort();
    }

    /** A listening channel; none where the provider has datagrams only. */
    private static Optional<ServerSocketChannel> listener(SelectorProvider provider) throws IOException {
        try {
            return Optional.of(provider.openServerSocketChannel());
        } catch (UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    /** What is served: {@code {"udp":{"echo":7,...},"tcp":{"echo":7,...}}}. */
    public Json describe() {
        return Json.object().put("udp", udp).put("tcp", tcp);
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
