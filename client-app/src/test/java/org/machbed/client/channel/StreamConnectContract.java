package org.machbed.client.channel;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** bind, connect, finishConnect and accept, and what each says in the wrong state. */
interface StreamConnectContract extends OnStreamEnds {
    @Test
    default void aConnectionHasTwoEnds() throws IOException {
        ServerSocketChannel listener = ends().listening();
        SocketChannel client = ends().client();
        assertThat(client.isConnected()).isFalse();
        assertThat(client.getRemoteAddress()).isNull();
        assertThat(client.getLocalAddress()).isNull();
        assertThat(client.connect(StreamEnds.local(listener))).isTrue();
        try (SocketChannel server = listener.accept()) {
            assertThat(client.isConnected() && server.isConnected()).isTrue();
            assertThat(client.isConnectionPending()).isFalse();
            assertThat(client.finishConnect()).as("connected already").isTrue();
            assertThat(client.getRemoteAddress()).isEqualTo(listener.getLocalAddress());
            assertThat(server.getLocalAddress()).isEqualTo(listener.getLocalAddress());
            assertThat(server.getRemoteAddress()).isEqualTo(client.getLocalAddress());
            assertThat(server.isBlocking()).isTrue();
            assertThatThrownBy(() -> client.connect(StreamEnds.local(listener)))
                    .isExactlyInstanceOf(AlreadyConnectedException.class);
            assertThat(client.isConnected()).isTrue();
        }
    }

    @Test
    default void aConnectThatNobodyWantsIsRefusedAndClosesTheChannel() throws IOException {
        SocketAddress nobody = ends().nobody();
        SocketChannel client = ends().client();
        assertThatThrownBy(() -> client.connect(nobody))
                .isExactlyInstanceOf(ConnectException.class)
                .hasMessage("Connection refused");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    default void nobodyListensAtPortZero() throws IOException {
        SocketChannel client = ends().client();
        assertThatThrownBy(() -> client.connect(ends().anyPort())).isExactlyInstanceOf(ConnectException.class);
    }

    @Test
    default void aConnectWithoutWaitingIsFinishedLater() throws IOException {
        ServerSocketChannel listener = ends().listening();
        SocketChannel client = ends().client();
        client.configureBlocking(false);
        assertThatThrownBy(client::finishConnect).isExactlyInstanceOf(NoConnectionPendingException.class);
        if (!client.connect(StreamEnds.local(listener))) {
            assertThat(client.isConnectionPending()).isTrue();
            assertThatThrownBy(() -> client.connect(StreamEnds.local(listener)))
                    .isExactlyInstanceOf(ConnectionPendingException.class);
            assertThatThrownBy(() -> client.read(ByteBuffer.allocate(1)))
                    .isExactlyInstanceOf(NotYetConnectedException.class);
            while (!client.finishConnect()) {
                Thread.onSpinWait();
            }
        }
        assertThat(client.isConnected()).isTrue();
        assertThat(client.read(ByteBuffer.allocate(1))).isZero();
    }

    @Test
    default void finishConnectTellsOfARefusalAndClosesTheChannel() throws IOException {
        SocketAddress nobody = ends().nobody();
        SocketChannel client = ends().client();
        client.configureBlocking(false);
        assertThatThrownBy(() -> {
                    client.connect(nobody);
                    while (!client.finishConnect()) {
                        Thread.onSpinWait();
                    }
                })
                .isExactlyInstanceOf(ConnectException.class)
                .hasMessage("Connection refused");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    default void callsThatNeedAConnectionSaySo() throws IOException {
        SocketChannel client = ends().client();
        ByteBuffer[] buffers = {ByteBuffer.allocate(1)};
        assertNotYetConnected(() -> client.read(buffers[0]));
        assertNotYetConnected(() -> client.read(buffers));
        assertNotYetConnected(() -> client.write(buffers[0]));
        assertNotYetConnected(() -> client.write(buffers));
        assertNotYetConnected(client::shutdownInput);
        assertNotYetConnected(client::shutdownOutput);
    }

    private static void assertNotYetConnected(ThrowingCallable call) {
        assertThatThrownBy(call).isExactlyInstanceOf(NotYetConnectedException.class);
    }

    @Test
    default void aChannelIsBoundOnce() throws IOException {
        SocketChannel client = ends().client().bind(null);
        assertThat(((InetSocketAddress) client.getLocalAddress()).getPort()).isPositive();
        assertThatThrownBy(() -> client.bind(null)).isExactlyInstanceOf(AlreadyBoundException.class);
        ServerSocketChannel server = ends().listening();
        assertThatThrownBy(() -> server.bind(null)).isExactlyInstanceOf(AlreadyBoundException.class);
        ServerSocketChannel second = ends().server();
        assertThatThrownBy(() -> second.bind(StreamEnds.local(server)))
                .isExactlyInstanceOf(BindException.class)
                .hasMessage("Address already in use");
    }

    @Test
    default void acceptNeedsAnAddress() throws IOException {
        ServerSocketChannel server = ends().server();
        assertThat(server.getLocalAddress()).isNull();
        assertThatThrownBy(server::accept).isExactlyInstanceOf(NotYetBoundException.class);
    }

    @Test
    default void acceptWithoutWaitingAnswersNobody() throws IOException {
        ServerSocketChannel server = ends().listening();
        server.configureBlocking(false);
        assertThat(server.accept()).isNull();
    }

    @Test
    default void addressesOfOtherKindsAreRefused() throws IOException {
        SocketChannel client = ends().client();
        InetAddress six = InetAddress.ofLiteral("2001:db8::1");
        assertThat(six).isInstanceOf(Inet6Address.class);
        assertThatThrownBy(() -> client.connect(new InetSocketAddress(six, 1)))
                .isExactlyInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> client.connect(new SocketAddress() {
                    private static final long serialVersionUID = 1;
                }))
                .isExactlyInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> client.connect(InetSocketAddress.createUnresolved("example.invalid", 1)))
                .isExactlyInstanceOf(UnresolvedAddressException.class);
        assertThat(client.isOpen()).isTrue();
        ServerSocketChannel server = ends().server();
        assertThatThrownBy(() -> server.bind(InetSocketAddress.createUnresolved("example.invalid", 1)))
                .isExactlyInstanceOf(UnresolvedAddressException.class);
    }
}
