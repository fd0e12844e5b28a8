package org.machbed.client.service;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service over UDP: a channel and the thread that waits for its datagrams.
 *
 * <p>Datagrams that come from the port of such a service get no answer: two services that answer each other never stop.
 */
final class DatagramResponder implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(DatagramResponder.class);
    private static final int MOST_BYTES = 65_535;

    private final SmallService service;
    private final DatagramChannel channel;
    private final Set<Integer> silent;
    private final Consumer<String> onFailure;

    private DatagramResponder(SmallService service, DatagramChannel channel, Consumer<String> onFailure) {
        this.service = service;
        this.channel = channel;
        this.silent = SmallService.all().stream().map(SmallService::port).collect(Collectors.toUnmodifiableSet());
        this.onFailure = onFailure;
    }

    /**
     * Starts to serve.
     *
     * @param channel unbound; closed with the responder
     * @param onFailure hears why the service ended unasked
     */
    static DatagramResponder start(
            SmallService service, DatagramChannel channel, InetSocketAddress address, Consumer<String> onFailure)
            throws IOException {
        channel.bind(address);
        var responder = new DatagramResponder(service, channel, onFailure);
        Thread.ofPlatform().daemon().name("udp-" + service.name()).start(responder::respond);
        return responder;
    }

    private void respond() {
        ByteBuffer datagram = ByteBuffer.allocateDirect(MOST_BYTES);
        try {
            while (true) {
                datagram.clear();
                SocketAddress source = channel.receive(datagram);
                if (source instanceof InetSocketAddress peer && mayAnswer(peer.getPort())) {
                    datagram.flip();
                    if (service.answer(datagram)) {
                        send(datagram, peer);
                    }
                }
            }
        } catch (ClosedChannelException e) {
            // Asked to end.
        } catch (IOException | RuntimeException | Error e) {
            onFailure.accept(service.name() + " over UDP: " + e);
        }
    }

    /** Services do not answer each other, nor a port that nobody can be at (RFC 768: 0 where no reply is wanted). */
    private boolean mayAnswer(int port) {
        return port != 0 && !silent.contains(port);
    }

    /** One who cannot be answered must not cost the others their answers. */
    private void send(ByteBuffer answer, InetSocketAddress peer) throws ClosedChannelException {
        try {
            channel.send(answer, peer);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            LOG.debug("no answer of {} to {}: {}", service.name(), peer, e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
