package org.machbed.client.channel;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.client.channel.Ends.localOf;
import static org.machbed.client.channel.OnEnds.bytes;
import static org.machbed.client.channel.OnEnds.textBefore;

/** bind, connect, disconnect and the two addresses. */
interface AddressingContract extends OnEnds {
    SocketAddress UNRESOLVED = InetSocketAddress.createUnresolved("nowhere.invalid", 9);
    SocketAddress IPV6 = new InetSocketAddress("2001:db8::1", 9);
    SocketAddress UNKNOWN_TYPE = new SocketAddress() {};

    @Test
    default void newChannelIsOpenUnboundUnconnectedAndBlocking() throws IOException {
        DatagramChannel channel = ends().openA();
        assertThat(channel.isOpen()).isTrue();
        assertThat(channel.isBlocking()).isTrue();
        assertThat(channel.isConnected()).isFalse();
        assertThat(channel.getLocalAddress()).isNull();
        assertThat(channel.getRemoteAddress()).isNull();
    }

    @Test
    default void bindTakesTheAddressAndAFreePort() throws IOException {
        DatagramChannel channel = ends().openA();
        assertThat(channel.bind(new InetSocketAddress(ends().addressA(), 0))).isSameAs(channel);
        assertThat(localOf(channel).getAddress()).isEqualTo(ends().addressA());
        assertThat(localOf(channel).getPort()).isPositive();
    }

    @Test
    default void bindOfNullIsAnyAddressAndAFreePort() throws IOException {
        DatagramChannel channel = ends().openA().bind(null);
        assertThat(localOf(channel).getAddress().isAnyLocalAddress()).isTrue();
        assertThat(localOf(channel).getPort()).isPositive();
    }

    @Test
    default void freePortsDiffer() throws IOException {
        assertThat(localOf(ends().boundA()).getPort())
                .isNotEqualTo(localOf(ends().boundA()).getPort());
    }

    @Test
    default void bindHappensOnce() throws IOException {
        DatagramChannel channel = ends().boundA();
        assertThatThrownBy(() -> channel.bind(null)).isInstanceOf(AlreadyBoundException.class);
    }

    @Test
    default void portInUseIsRefused() throws IOException {
        DatagramChannel first = ends().boundA();
        DatagramChannel second = ends().openA();
        SocketAddress taken = first.getLocalAddress();
        assertThatThrownBy(() -> second.bind(taken)).isInstanceOf(BindException.class);
        assertThat(second.getLocalAddress()).isNull();
        first.close();
        second.bind(taken);
        assertThat(second.getLocalAddress()).isEqualTo(taken);
    }

    @Test
    default void addressOfAnotherHostIsRefused() {
        DatagramChannel channel = ends().openA();
        assertThatThrownBy(() -> channel.bind(new InetSocketAddress("203.0.113.77", 0)))
                .isInstanceOf(BindException.class);
    }

    @Test
    default void addressesThatAChannelCannotUseAreRefused() throws IOException {
        DatagramChannel channel = ends().openA();
        assertThatThrownBy(() -> channel.bind(UNRESOLVED)).isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> channel.bind(IPV6)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> channel.bind(UNKNOWN_TYPE)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> channel.connect(UNRESOLVED)).isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> channel.connect(IPV6)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> channel.connect(UNKNOWN_TYPE)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> channel.send(bytes("x"), UNRESOLVED)).isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> channel.send(bytes("x"), IPV6)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> channel.send(bytes("x"), UNKNOWN_TYPE))
                .isInstanceOf(UnsupportedAddressTypeException.class);
        assertThat(channel.getLocalAddress()).isNull();
    }

    @Test
    @SuppressWarnings("NullAway") // null is what is tested
    default void nullAddressesAreRefused() {
        DatagramChannel channel = ends().openA();
        assertThatThrownBy(() -> channel.connect(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> channel.send(bytes("x"), null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    default void port0IsNoDestination() throws IOException {
        DatagramChannel channel = ends().openA();
        SocketAddress port0 = new InetSocketAddress(ends().addressB(), 0);
        assertThatThrownBy(() -> channel.connect(port0)).isExactlyInstanceOf(SocketException.class);
        assertThatThrownBy(() -> channel.send(bytes("x"), port0)).isExactlyInstanceOf(SocketException.class);
        assertThat(channel.isConnected()).isFalse();
    }

    @Test
    default void connectFixesThePeerAndBinds() throws IOException {
        DatagramChannel peer = ends().boundB();
        DatagramChannel channel = ends().openA();
        assertThat(channel.connect(peer.getLocalAddress())).isSameAs(channel);
        assertThat(channel.isConnected()).isTrue();
        assertThat(channel.getRemoteAddress()).isEqualTo(peer.getLocalAddress());
        assertThat(localOf(channel).getAddress()).isEqualTo(ends().addressA());
        assertThat(localOf(channel).getPort()).isPositive();
    }

    @Test
    default void connectedChannelDoesNotConnectAgain() throws IOException {
        DatagramChannel channel = ends().openA().connect(ends().boundB().getLocalAddress());
        SocketAddress other = ends().boundB().getLocalAddress();
        assertThatThrownBy(() -> channel.connect(other)).isInstanceOf(AlreadyConnectedException.class);
        assertThatThrownBy(() -> channel.send(bytes("x"), other)).isInstanceOf(AlreadyConnectedException.class);
        assertThatThrownBy(() -> channel.bind(null)).isInstanceOf(AlreadyBoundException.class);
    }

    @Test
    default void connectDiscardsWhatWasQueued() throws IOException {
        DatagramChannel channel = ends().boundA();
        DatagramChannel stranger = ends().boundB();
        DatagramChannel peer = ends().boundB();
        stranger.send(bytes("old"), channel.getLocalAddress());
        // The second datagram tells that the first has arrived.
        stranger.send(bytes("seen"), channel.getLocalAddress());
        channel.receive(ByteBuffer.allocate(8));
        channel.connect(peer.getLocalAddress());
        peer.send(bytes("new"), channel.getLocalAddress());
        ByteBuffer target = ByteBuffer.allocate(8);
        channel.read(target);
        assertThat(textBefore(target)).isEqualTo("new");
    }

    @Test
    default void connectedChannelHearsItsPeerOnly() throws IOException {
        DatagramChannel peer = ends().boundB();
        DatagramChannel stranger = ends().boundB();
        DatagramChannel channel = ends().openA().connect(peer.getLocalAddress());
        stranger.send(bytes("stranger"), channel.getLocalAddress());
        peer.send(bytes("peer"), channel.getLocalAddress());
        ByteBuffer target = ByteBuffer.allocate(16);
        assertThat(channel.receive(target)).isEqualTo(peer.getLocalAddress());
        assertThat(textBefore(target)).isEqualTo("peer");
    }

    @Test
    default void disconnectKeepsTheLocalAddressAndHearsEverybody() throws IOException {
        DatagramChannel stranger = ends().boundB();
        DatagramChannel channel = ends().boundA();
        SocketAddress local = channel.getLocalAddress();
        channel.connect(ends().boundB().getLocalAddress());
        assertThat(channel.disconnect()).isSameAs(channel);
        assertThat(channel.isConnected()).isFalse();
        assertThat(channel.getRemoteAddress()).isNull();
        assertThat(channel.getLocalAddress()).isEqualTo(local);
        stranger.send(bytes("x"), local);
        assertThat(channel.receive(ByteBuffer.allocate(8))).isEqualTo(stranger.getLocalAddress());
    }

    @Test
    default void disconnectRestoresTheWildcard() throws IOException {
        DatagramChannel channel = ends().openA().bind(null);
        SocketAddress local = channel.getLocalAddress();
        channel.connect(ends().boundB().getLocalAddress());
        channel.disconnect();
        assertThat(channel.getLocalAddress()).isEqualTo(local);
    }

    @Test
    default void disconnectOfAnUnconnectedOrClosedChannelDoesNothing() throws IOException {
        DatagramChannel channel = ends().openA();
        assertThat(channel.disconnect()).isSameAs(channel);
        channel.close();
        assertThat(channel.disconnect()).isSameAs(channel);
    }

    @Test
    default void channelConnectsAgainAfterDisconnect() throws IOException {
        DatagramChannel channel = ends().openA().connect(ends().boundB().getLocalAddress());
        DatagramChannel second = ends().boundB();
        channel.disconnect().connect(second.getLocalAddress());
        channel.write(bytes("x"));
        assertThat(second.receive(ByteBuffer.allocate(8))).isEqualTo(channel.getLocalAddress());
    }
}
