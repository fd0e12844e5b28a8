package org.machbed.client.agent;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a program may rely on in the sockets of java.net. One suite, run on the JDK's own first, which proves it, and then on ours. */
@Timeout(60)
abstract class SocketsContract {
    private final List<Closeable> opened = new ArrayList<>();
    private @Nullable ServerSocket listening;

    abstract Socket newSocket() throws IOException;

    abstract ServerSocket newServerSocket() throws IOException;

    /** Unbound. */
    abstract DatagramSocket newDatagramSocket() throws IOException;

    final Socket socket() throws IOException {
        return kept(newSocket());
    }

    final ServerSocket serverSocket() throws IOException {
        return kept(newServerSocket());
    }

    final DatagramSocket datagramSocket() throws IOException {
        return kept(newDatagramSocket());
    }

    private <C extends Closeable> C kept(C socket) {
        opened.add(socket);
        return socket;
    }

    @BeforeEach
    void listen() throws IOException {
        ServerSocket server = serverSocket();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        listening = server;
    }

    @AfterEach
    void close() throws IOException {
        for (Closeable socket : opened) {
            socket.close();
        }
    }

    final ServerSocket listener() {
        return Objects.requireNonNull(listening);
    }

    final Socket connected() throws IOException {
        Socket socket = socket();
        socket.connect(listener().getLocalSocketAddress());
        return socket;
    }

    @Test
    void streamsGoBothWaysAndEndOneAtATime() throws IOException {
        try (Socket client = connected();
                Socket server = listener().accept()) {
            assertThat(client.isConnected()).isTrue();
            assertThat(server.getRemoteSocketAddress()).isEqualTo(client.getLocalSocketAddress());
            assertThat(server.getLocalPort())
                    .isEqualTo(client.getPort())
                    .isEqualTo(listener().getLocalPort());

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
                Socket server = listener().accept()) {
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

    /** An accept that has given up takes no connection: the next one gets it, with a limit or without. */
    @Test
    void anAcceptWithATimeLimitGivesUpAndTheNextGetsTheConnection() throws IOException {
        for (int nextMillis : new int[] {20_000, 0, 20_000}) {
            listener().setSoTimeout(1);
            assertThatThrownBy(listener()::accept)
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Accept timed out");
            listener().setSoTimeout(nextMillis);
            try (Socket client = connected();
                    Socket server = listener().accept()) {
                assertThat(server.getPort()).isEqualTo(client.getLocalPort());
                client.getOutputStream().write('x');
                assertThat(server.getInputStream().read()).isEqualTo('x');
            }
        }
    }

    /** A connection that nobody has accepted ends with its listener, and its client hears of it. */
    @Test
    void anAcceptThatGaveUpKeepsNoConnectionBeyondItsListener() throws IOException {
        listener().setSoTimeout(1);
        assertThatThrownBy(listener()::accept).isInstanceOf(SocketTimeoutException.class);
        try (Socket client = connected()) {
            listener().close();
            client.setSoTimeout(20_000);
            InputStream in = client.getInputStream();
            assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessage("Connection reset");
        }
    }

    @Test
    void closingEndsAReadAndAnAcceptThatWait() throws Exception {
        Socket client = connected();
        try (Socket server = listener().accept()) {
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
        CompletableFuture<Object> accept = CompletableFuture.supplyAsync(() -> failureOf(listener()::accept));
        listener().close();
        // One of the two connections may still have been there to accept.
        assertThat(accept.get()).isInstanceOfAny(SocketException.class, Socket.class);
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
        int port = listener().getLocalPort();
        listener().close();
        for (int timeout : new int[] {0, 20_000}) {
            Socket socket = socket();
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
        try (Socket socket = socket()) {
            assertThatThrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("nowhere.invalid", 7)))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("nowhere.invalid");
            assertThat(socket.isClosed()).isTrue();
        }
    }

    @Test
    void optionsAreKept() throws IOException {
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
            client.setSoTimeout(5);
            assertThat(client.getSoTimeout()).isEqualTo(5);
            client.setReuseAddress(true);
            assertThat(client.getReuseAddress()).isTrue();
            assertThat(client.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
            assertThat(client.supportedOptions()).contains(StandardSocketOptions.SO_LINGER);
        }
    }

    @Test
    void urgentDataIsReceivedInLineWhereThatIsAskedFor() throws IOException {
        try (Socket client = connected();
                Socket server = listener().accept()) {
            server.setOOBInline(true);
            assertThat(server.getOOBInline()).isTrue();
            client.getOutputStream().write('a');
            client.sendUrgentData('b');
            client.getOutputStream().write('c');
            assertThat(server.getInputStream().readNBytes(3)).asString(US_ASCII).isEqualTo("abc");
        }
    }

    @Test
    void shutDownDirectionsSaySo() throws IOException {
        try (Socket client = connected()) {
            InputStream in = client.getInputStream();
            client.shutdownInput();
            assertThat(in.read()).isEqualTo(-1);
            assertThat(client.isInputShutdown()).isTrue();
            client.shutdownOutput();
            assertThatThrownBy(client::getOutputStream).isInstanceOf(SocketException.class);
        }
    }

    private static DatagramPacket packet(String text, SocketAddress target) {
        byte[] data = text.getBytes(US_ASCII);
        return new DatagramPacket(data, data.length, target);
    }

    private DatagramSocket boundDatagramSocket() throws IOException {
        DatagramSocket socket = datagramSocket();
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return socket;
    }

    @Test
    void datagramsAreWaitedForAndReceived() throws IOException {
        DatagramSocket socket = boundDatagramSocket();
        socket.setSoTimeout(1);
        var packet = new DatagramPacket(new byte[8], 2, 4);
        assertThatThrownBy(() -> socket.receive(packet))
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessage("Receive timed out");

        DatagramSocket other = boundDatagramSocket();
        socket.setSoTimeout(20_000);
        other.send(new DatagramPacket("abcdef".getBytes(US_ASCII), 1, 5, socket.getLocalSocketAddress()));
        socket.receive(packet);
        assertThat(packet.getData()).containsExactly(0, 0, 'b', 'c', 'd', 'e', 0, 0);
        assertThat(packet.getLength()).isEqualTo(4);
        assertThat(packet.getSocketAddress()).isEqualTo(other.getLocalSocketAddress());

        socket.close();
        assertThatThrownBy(() -> socket.receive(packet)).isInstanceOf(SocketException.class);
    }

    @Test
    void aDatagramSocketConnectsAndDisconnects() throws IOException {
        DatagramSocket first = boundDatagramSocket();
        DatagramSocket second = boundDatagramSocket();
        DatagramSocket socket = boundDatagramSocket();
        second.send(packet("before the connect", socket.getLocalSocketAddress()));
        socket.connect(first.getLocalSocketAddress());
        second.send(packet("not of the peer", socket.getLocalSocketAddress()));
        first.send(packet("of the peer", socket.getLocalSocketAddress()));
        var packet = new DatagramPacket(new byte[100], 100);
        socket.receive(packet);
        assertThat(packet.getLength()).isEqualTo("of the peer".length());
        assertThatThrownBy(() -> socket.send(packet("x", second.getLocalSocketAddress())))
                .isInstanceOf(IllegalArgumentException.class);

        socket.disconnect();
        socket.send(packet("hello", second.getLocalSocketAddress()));
        second.receive(packet);
        assertThat(packet.getSocketAddress()).isEqualTo(socket.getLocalSocketAddress());
    }

    @Test
    void aDatagramSocketHasItsOptions() throws IOException {
        DatagramSocket socket = datagramSocket();
        socket.setBroadcast(false);
        assertThat(socket.getBroadcast()).isFalse();
        socket.setReuseAddress(true);
        assertThat(socket.getReuseAddress()).isTrue();
        socket.setOption(StandardSocketOptions.SO_BROADCAST, true);
        assertThat(socket.getOption(StandardSocketOptions.SO_BROADCAST)).isTrue();
        assertThat(socket.getReceiveBufferSize()).isNotNegative();
        assertThat(socket.supportedOptions()).contains(StandardSocketOptions.SO_RCVBUF);
    }
}
