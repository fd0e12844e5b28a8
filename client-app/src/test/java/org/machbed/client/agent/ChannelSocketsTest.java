package org.machbed.client.agent;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The sockets of java.net over channels: of the JDK's own provider here, on loopback. */
@Timeout(60)
class ChannelSocketsTest {
    private static final SelectorProvider PROVIDER = SelectorProvider.provider();

    /** As {@code new Socket()} with the factory that the agent sets. */
    private static final class ChannelSocket extends Socket {
        ChannelSocket() throws SocketException {
            super(new ConnectionSocketImpl(PROVIDER));
        }
    }

    /** As {@code new ServerSocket()} with the factory that the agent sets. */
    private static final class ChannelServerSocket extends ServerSocket {
        ChannelServerSocket() {
            super(new ListeningSocketImpl(PROVIDER));
        }

        @Override
        public Socket accept() throws IOException {
            Socket socket = new ChannelSocket();
            implAccept(socket);
            return socket;
        }
    }

    private final ChannelServerSocket listener = new ChannelServerSocket();

    @BeforeEach
    void listen() throws IOException {
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    private Socket connected() throws IOException {
        Socket socket = new ChannelSocket();
        socket.connect(listener.getLocalSocketAddress());
        return socket;
    }

    @Test
    void streamsGoBothWaysAndEndOneAtATime() throws IOException {
        try (Socket client = connected();
                Socket server = listener.accept()) {
            assertThat(client.isConnected()).isTrue();
            assertThat(server.getRemoteSocketAddress()).isEqualTo(client.getLocalSocketAddress());
            assertThat(server.getLocalPort()).isEqualTo(client.getPort()).isEqualTo(listener.getLocalPort());

            client.getOutputStream().write("question".getBytes(US_ASCII));
            client.shutdownOutput();
            assertThat(server.getInputStream().readAllBytes())
                    .asString(US_ASCII)
                    .isEqualTo("question");
            server.getOutputStream().write('!');
            server.shutdownOutput();
            assertThat(client.getInputStream().read()).isEqualTo('!');
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aReadWithATimeLimitGivesUpAndLosesNothing() throws IOException {
        try (Socket client = connected();
                Socket server = listener.accept()) {
            client.setSoTimeout(20);
            InputStream in = client.getInputStream();
            assertThatThrownBy(in::read)
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Read timed out");
            assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);

            server.getOutputStream().write("abcdef".getBytes(US_ASCII));
            client.setSoTimeout(0);
            assertThat(in.readNBytes(2)).asString(US_ASCII).isEqualTo("ab");
            assertThat(in.available()).isEqualTo(4);
            client.setSoTimeout(20_000);
            assertThat(in.readNBytes(4)).asString(US_ASCII).isEqualTo("cdef");
            server.shutdownOutput();
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void anAcceptWithATimeLimitGivesUpAndLosesNoConnection() throws IOException {
        listener.setSoTimeout(20);
        assertThatThrownBy(listener::accept)
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessage("Accept timed out");
        listener.setSoTimeout(20_000);
        try (Socket client = connected();
                Socket server = listener.accept()) {
            assertThat(server.getPort()).isEqualTo(client.getLocalPort());
        }
    }

    @Test
    void closingEndsAReadAndAnAcceptThatWait() throws Exception {
        Socket client = connected();
        try (Socket server = listener.accept()) {
            assertThat(server.isConnected()).isTrue();
            for (int timeout : new int[] {0, 50_000}) {
                Socket waiting = timeout == 0 ? client : connected();
                waiting.setSoTimeout(timeout);
                InputStream in = waiting.getInputStream();
                CompletableFuture<Object> read = CompletableFuture.supplyAsync(() -> failureOf(in::read));
                waiting.close();
                assertThat(read.get()).isInstanceOf(SocketException.class);
            }
        }
        CompletableFuture<Object> accept = CompletableFuture.supplyAsync(() -> failureOf(listener::accept));
        listener.close();
        // One of the two connections may still have been there to accept.
        assertThat(accept.get()).isInstanceOfAny(SocketException.class, ChannelSocket.class);
    }

    @FunctionalInterface
    private interface Attempt {
        Object make() throws IOException;
    }

    private static Object failureOf(Attempt attempt) {
        try {
            return attempt.make();
        } catch (IOException e) {
            return e;
        }
    }

    @Test
    void aConnectThatIsRefusedClosesTheSocket() throws IOException {
        int port = listener.getLocalPort();
        listener.close();
        for (int timeout : new int[] {0, 20_000}) {
            Socket socket = new ChannelSocket();
            assertThatThrownBy(() ->
                            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeout))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("Connection refused");
            assertThatThrownBy(() -> socket.getOption(java.net.StandardSocketOptions.TCP_NODELAY))
                    .isInstanceOf(SocketException.class);
        }
    }

    @Test
    void anUnresolvedNameIsAnUnknownHost() throws IOException {
        try (Socket socket = new ChannelSocket()) {
            assertThatThrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("nowhere.invalid", 7)))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessage("nowhere.invalid");
        }
    }

    @Test
    void optionsAreTheChannels() throws IOException {
        try (Socket client = connected()) {
            client.setTcpNoDelay(true);
            assertThat(client.getTcpNoDelay()).isTrue();
            client.setKeepAlive(true);
            assertThat(client.getKeepAlive()).isTrue();
            assertThat(client.getSoLinger()).isEqualTo(-1);
            client.setSoLinger(true, 3);
            assertThat(client.getSoLinger()).isEqualTo(3);
            client.setSoLinger(false, 0);
            assertThat(client.getSoLinger()).isEqualTo(-1);
            assertThat(client.getReceiveBufferSize()).isPositive();
            assertThat(client.getLocalAddress()).isEqualTo(InetAddress.getLoopbackAddress());
            assertThatThrownBy(() -> client.sendUrgentData(1)).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void datagramsArePeekedAtReceivedAndWaitedFor() throws IOException {
        var socket = new ChannelDatagramSocketImpl(PROVIDER);
        socket.create();
        socket.bind(0, InetAddress.getLoopbackAddress());
        SocketAddress self = addressOf(socket);
        socket.setOption(java.net.SocketOptions.SO_TIMEOUT, 20);
        var packet = new DatagramPacket(new byte[4], 4);
        assertThatThrownBy(() -> socket.receive(packet)).isInstanceOf(SocketTimeoutException.class);

        socket.setOption(java.net.SocketOptions.SO_TIMEOUT, 20_000);
        socket.send(new DatagramPacket("abcdef".getBytes(US_ASCII), 1, 5, self));
        var peek = new DatagramPacket(new byte[1], 1);
        assertThat(socket.peekData(peek)).isEqualTo(((InetSocketAddress) self).getPort());
        assertThat(peek.getData()).asString(US_ASCII).isEqualTo("b");
        socket.receive(packet);
        assertThat(packet.getData()).asString(US_ASCII).isEqualTo("bcde");
        assertThat(packet.getSocketAddress()).isEqualTo(self);

        socket.close();
        assertThatThrownBy(() -> socket.receive(packet))
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket closed");
    }

    /** As one who gets a datagram from it sees it. */
    private static SocketAddress addressOf(ChannelDatagramSocketImpl socket) throws IOException {
        try (DatagramChannel peer = DatagramChannel.open()) {
            peer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            socket.send(new DatagramPacket(new byte[1], 1, peer.getLocalAddress()));
            return peer.receive(ByteBuffer.allocate(1));
        }
    }
}
