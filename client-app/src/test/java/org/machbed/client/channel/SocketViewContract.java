package org.machbed.client.channel;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.machbed.client.channel.StreamEnds.Pair;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.client.channel.OnEnds.bytes;
import static org.machbed.client.channel.OnStreamEnds.awaitWaiting;
import static org.machbed.client.channel.OnStreamEnds.failureOf;

/** The sockets that channels can be seen as. */
interface SocketViewContract extends OnStreamEnds {
    @Test
    default void anEchoOfSocketsAlone() throws Exception {
        ServerSocket server = ends().server().socket();
        server.bind(ends().anyPort());
        Socket client = ends().client().socket();
        client.connect(server.getLocalSocketAddress(), 30_000);
        try (Socket accepted = server.accept()) {
            assertThat(client.isConnected() && client.isBound() && server.isBound())
                    .isTrue();
            assertThat(client.getPort()).isEqualTo(server.getLocalPort());
            assertThat(accepted.getRemoteSocketAddress()).isEqualTo(client.getLocalSocketAddress());
            assertThat(client.getInetAddress()).isEqualTo(accepted.getLocalAddress());
            OutputStream out = client.getOutputStream();
            out.write("hello".getBytes(US_ASCII));
            out.write('!');
            client.shutdownOutput();
            assertThat(client.isOutputShutdown()).isTrue();
            InputStream in = accepted.getInputStream();
            assertThat(new String(in.readAllBytes(), US_ASCII)).isEqualTo("hello!");
            assertThat(in.read()).isEqualTo(-1);
        }
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        client.close();
        assertThat(client.isClosed()).isTrue();
        assertThat(client.getChannel().isOpen()).isFalse();
    }

    @Test
    default void aReadMayTimeOutAndGoesOnThen() throws IOException {
        Pair pair = ends().pair();
        Socket socket = pair.client().socket();
        assertThat(socket).isSameAs(pair.client().socket());
        socket.setSoTimeout(1);
        assertThat(socket.getSoTimeout()).isEqualTo(1);
        InputStream in = socket.getInputStream();
        assertThatThrownBy(in::read)
                .isExactlyInstanceOf(SocketTimeoutException.class)
                .hasMessage("Read timed out");
        socket.setSoTimeout(30_000);
        pair.server().write(bytes("x"));
        assertThat(in.read()).isEqualTo('x');
        pair.server().close();
        assertThat(in.read()).isEqualTo(-1);
    }

    /** Programs that poll read what is there, and no more. */
    @Test
    default void whatIsThereCanBeAsked() throws IOException {
        Pair pair = ends().pair();
        InputStream in = pair.client().socket().getInputStream();
        assertThat(in.available()).isZero();
        pair.server().write(bytes("abc"));
        assertThat(in.read()).isEqualTo('a');
        assertThat(in.available()).isEqualTo(2);
        assertThat(in.readNBytes(2)).isEqualTo("bc".getBytes(US_ASCII));
        assertThat(in.available()).isZero();
    }

    /** An accept that has given up takes no connection: the next one gets it, with a limit or without. */
    @Test
    default void anAcceptMayTimeOutAndTheNextGetsTheConnection() throws IOException {
        ServerSocketChannel channel = ends().listening();
        ServerSocket server = channel.socket();
        for (int nextMillis : new int[] {30_000, 0, 30_000}) {
            server.setSoTimeout(1);
            assertThatThrownBy(server::accept)
                    .isExactlyInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Accept timed out");
            server.setSoTimeout(nextMillis);
            SocketChannel client = ends().client();
            client.connect(StreamEnds.local(channel));
            try (Socket accepted = server.accept()) {
                assertThat(accepted.getRemoteSocketAddress()).isEqualTo(client.getLocalAddress());
                client.write(bytes("x"));
                assertThat(accepted.getInputStream().read()).isEqualTo('x');
            }
        }
    }

    /** What a socket of a channel in non-blocking mode has always done. */
    @Test
    default void anAcceptOfANonBlockingChannelTakesWhatIsThere() throws IOException {
        ServerSocketChannel channel = ends().listening();
        channel.configureBlocking(false);
        ServerSocket server = channel.socket();
        assertThatThrownBy(server::accept).isExactlyInstanceOf(IllegalBlockingModeException.class);
        SocketChannel client = ends().client();
        client.connect(StreamEnds.local(channel));
        try (Socket accepted = acceptWhenThere(server)) {
            assertThat(accepted.getRemoteSocketAddress()).isEqualTo(client.getLocalAddress());
        }
        server.setSoTimeout(1);
        assertThatThrownBy(server::accept).isExactlyInstanceOf(IllegalBlockingModeException.class);
    }

    /** A connection may stand for its client a moment before it stands for its server. */
    private static Socket acceptWhenThere(ServerSocket server) throws IOException {
        while (true) {
            try {
                return server.accept();
            } catch (IllegalBlockingModeException _) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    default void anUnresolvedNameIsAnUnknownHostAndClosesTheSocket() throws IOException {
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 7);
        for (int limitMillis : new int[] {0, 30_000}) {
            Socket socket = ends().client().socket();
            assertThatThrownBy(() -> socket.connect(unresolved, limitMillis))
                    .isExactlyInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("nowhere.invalid");
            assertThat(socket.isClosed()).isTrue();
            assertSocketException(() -> socket.connect(unresolved));
        }
        Pair pair = ends().pair();
        assertSocketException(() -> pair.client().socket().connect(unresolved));
        assertThat(pair.client().isOpen()).isTrue();
        assertSocketException(() -> ends().client().socket().bind(unresolved));
    }

    @Test
    default void aClosedSocketKnowsWhereItWas() throws IOException {
        Pair pair = ends().pair();
        Socket socket = pair.client().socket();
        int port = socket.getLocalPort();
        Object remote = socket.getRemoteSocketAddress();
        socket.close();
        assertThat(socket.isConnected()).isFalse();
        assertThat(socket.isBound()).isTrue();
        assertThat(socket.getLocalPort()).isEqualTo(port);
        assertThat(socket.getLocalAddress().isAnyLocalAddress()).isTrue();
        assertThat(socket.getRemoteSocketAddress()).isEqualTo(remote);
        assertThat(socket.getInetAddress()).isEqualTo(pair.server().socket().getLocalAddress());
        ServerSocketChannel listening = ends().listening();
        int listened = listening.socket().getLocalPort();
        listening.close();
        assertThat(listening.socket().getLocalPort()).isEqualTo(listened);
    }

    @Test
    default void aRefusedConnectIsAnException() throws IOException {
        Socket socket = ends().client().socket();
        assertThatThrownBy(() -> socket.connect(ends().nobody(), 30_000)).isExactlyInstanceOf(ConnectException.class);
        assertThat(socket.isClosed()).isTrue();
    }

    @Test
    default void statesAreSocketExceptions() throws IOException {
        Socket socket = ends().client().socket();
        assertSocketException(socket::getInputStream);
        assertSocketException(socket::getOutputStream);
        assertSocketException(socket::shutdownOutput);
        assertThatThrownBy(() -> socket.connect(null)).isExactlyInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> socket.setSoTimeout(-1)).isExactlyInstanceOf(IllegalArgumentException.class);
        assertThat(socket.getLocalPort()).isEqualTo(-1);
        assertThat(socket.getPort()).isZero();
        socket.close();
        assertSocketException(socket::getInputStream);
        assertSocketException(socket::getSoTimeout);
        assertSocketException(() -> socket.setTcpNoDelay(true));
        assertThatThrownBy(() -> socket.bind(null)).isInstanceOf(IOException.class);
        ServerSocket server = ends().server().socket();
        assertSocketException(server::accept);
        assertThat(server.getLocalPort()).isEqualTo(-1);
        server.close();
        assertThatThrownBy(server::accept).isInstanceOf(IOException.class);
    }

    private static void assertSocketException(ThrowingCallable call) {
        assertThatThrownBy(call).isExactlyInstanceOf(SocketException.class);
    }

    @Test
    default void closeEndsAReadOfAStream() throws Exception {
        Socket socket = ends().pair().client().socket();
        InputStream in = socket.getInputStream();
        FutureTask<Integer> read = new FutureTask<>(in::read);
        awaitWaiting(Thread.ofPlatform().start(read));
        socket.close();
        assertThat(failureOf(read)).isInstanceOf(IOException.class);
    }

    @Test
    default void streamsNeedABlockingChannel() throws IOException {
        Pair pair = ends().pair();
        pair.client().configureBlocking(false);
        InputStream in = pair.client().socket().getInputStream();
        OutputStream out = pair.client().socket().getOutputStream();
        assertThatThrownBy(in::read).isExactlyInstanceOf(IllegalBlockingModeException.class);
        assertThatThrownBy(() -> out.write(1)).isExactlyInstanceOf(IllegalBlockingModeException.class);
    }

    @Test
    default void optionsAreThoseOfTheChannel() throws IOException {
        Socket socket = ends().client().socket();
        socket.setTcpNoDelay(true);
        socket.setKeepAlive(true);
        socket.setReuseAddress(true);
        socket.setSoLinger(true, 3);
        assertThat(socket.getTcpNoDelay() && socket.getKeepAlive() && socket.getReuseAddress())
                .isTrue();
        assertThat(socket.getSoLinger()).isEqualTo(3);
        socket.setSoLinger(false, 0);
        assertThat(socket.getSoLinger()).isEqualTo(-1);
        socket.setReceiveBufferSize(65_536);
        assertThat(socket.getReceiveBufferSize()).isGreaterThanOrEqualTo(65_536);
        assertThatThrownBy(() -> socket.setSendBufferSize(0)).isExactlyInstanceOf(IllegalArgumentException.class);
    }

    @Test
    default void aCloseThatLingersWaitsUntilAllHasArrived() throws IOException {
        Pair pair = ends().pair();
        pair.client().socket().setSoLinger(true, 30);
        byte[] data = new byte[50_000];
        pair.client().socket().getOutputStream().write(data);
        pair.client().close();
        assertThat(pair.server().socket().getInputStream().readAllBytes()).hasSize(data.length);
    }

    /** The wait goes on, and the interrupt is there afterwards. */
    @Test
    default void anInterruptDoesNotCutShortACloseThatLingers() throws Exception {
        Pair pair = ends().pair();
        Socket socket = pair.client().socket();
        socket.setSoLinger(true, 30);
        // More than the peer has room for, so that the close must wait for its reader.
        pair.client().configureBlocking(false);
        ByteBuffer piece = ByteBuffer.allocateDirect(65_536);
        long written = 0;
        for (int taken = pair.client().write(piece.clear());
                taken != 0;
                taken = pair.client().write(piece.clear())) {
            written += taken;
        }
        pair.client().configureBlocking(true);
        FutureTask<Boolean> close = new FutureTask<>(() -> {
            socket.close();
            return Thread.currentThread().isInterrupted();
        });
        Thread thread = Thread.ofPlatform().start(close);
        awaitWaiting(thread);
        thread.interrupt();
        assertThat(close.isDone()).as("closed before the peer has read").isFalse();
        assertThat(pair.server().socket().getInputStream().transferTo(OutputStream.nullOutputStream()))
                .isEqualTo(written);
        assertThat(close.get()).as("still interrupted").isTrue();
    }

    /** A close tells nothing of the connection. */
    @Test
    default void aCloseThatLingersDoesNotMindAReset() throws IOException {
        Pair pair = ends().pair();
        Socket socket = pair.client().socket();
        socket.setSoLinger(true, 30);
        pair.server().setOption(StandardSocketOptions.SO_LINGER, 0);
        pair.server().close();
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
        socket.close();
        assertThat(socket.isClosed()).isTrue();
    }
}
