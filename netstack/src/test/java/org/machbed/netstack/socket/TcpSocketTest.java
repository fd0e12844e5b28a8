package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.TcpPeer;
import org.machbed.netstack.fixture.TwoHosts;
import org.machbed.netstack.tcp.TcpState;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** BSD's calls on TCP sockets, between two hosts and within one. */
class TcpSocketTest {
    private final TwoHosts world = new TwoHosts(1500);

    @FunctionalInterface
    private interface Call {
        void run() throws Exception;
    }

    private static void fails(Errno errno, Call call) {
        assertThatExceptionOfType(SocketLayerException.class)
                .isThrownBy(call::run)
                .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
    }

    private static TcpSocket listening(Host host, int port) throws Exception {
        TcpSocket socket = host.stack.tcp().open();
        socket.bind(0, port);
        socket.listen(5, host.nowNs);
        return socket;
    }

    private TcpSocket[] pair() throws Exception {
        TcpSocket listening = listening(world.b, 7);
        TcpSocket client = world.a.stack.tcp().open();
        client.connect(Host.IP_B, 7, world.a.nowNs);
        world.settle();
        TcpSocket server = java.util.Objects.requireNonNull(listening.accept(world.b.nowNs));
        return new TcpSocket[] {client, server};
    }

    /** Writes down what it is told. */
    private static final class Told implements StreamListener {
        final List<String> events = new ArrayList<>();

        @Override
        public void onConnected() {
            events.add("connected");
        }

        @Override
        public void onUrgent() {
            events.add("urgent");
        }

        @Override
        public void onReadable() {
            events.add("readable");
        }

        @Override
        public void onWritable() {
            events.add("writable");
        }

        @Override
        public void onAcceptable() {
            events.add("acceptable");
        }

        @Override
        public void onError(Errno errno) {
            events.add("error " + errno);
        }

        @Override
        public void onHangUp() {
            events.add("hang-up");
        }

        List<String> take() {
            List<String> taken = new ArrayList<>(events);
            events.clear();
            return taken;
        }
    }

    @Test
    void aConversation() throws Exception {
        TcpSocket listening = listening(world.b, 7);
        Told acceptor = new Told();
        listening.listener(acceptor);
        TcpSocket client = world.a.stack.tcp().open();
        Told told = new Told();
        client.listener(told);
        client.connect(Host.IP_B, 7, world.a.nowNs);
        assertThat(client.finishConnect()).isFalse();
        assertThat(client.writable()).isFalse();
        fails(Errno.EALREADY, () -> client.connect(Host.IP_B, 7, world.a.nowNs));
        world.settle();
        assertThat(told.take()).containsExactly("connected");
        assertThat(acceptor.take()).containsExactly("acceptable");
        assertThat(client.finishConnect()).isTrue();
        assertThat(client.writable()).isTrue();
        assertThat(client.readable()).isFalse();
        fails(Errno.EISCONN, () -> client.connect(Host.IP_B, 7, world.a.nowNs));
        TcpSocket server = java.util.Objects.requireNonNull(listening.accept(world.b.nowNs));
        assertThat(listening.accept(world.b.nowNs)).isNull();
        assertThat(server.remoteAddress()).isEqualTo(client.localAddress());
        assertThat(client.remoteAddress()).isEqualTo(server.localAddress());
        Told toldServer = new Told();
        server.listener(toldServer);
        assertThat(world.a.sendText(client, 1, 100)).isEqualTo(100);
        world.settle();
        assertThat(toldServer.take()).containsExactly("readable");
        assertThat(server.readableBytes()).isEqualTo(100);
        assertThat(world.b.receiveText(server, 1, 60)).isEqualTo(60);
        assertThat(world.b.receiveText(server, 61, 60)).isEqualTo(40);
        assertThat(world.b.receiveText(server, 101, 60)).isZero();
        client.shutdownSending(world.a.nowNs);
        fails(Errno.EPIPE, () -> world.a.sendText(client, 101, 1));
        world.settle();
        assertThat(world.b.receiveText(server, 101, 60)).isEqualTo(TcpSocket.END_OF_STREAM);
        assertThat(world.b.sendText(server, 1, 10)).isEqualTo(10);
        server.close(world.b.nowNs);
        world.settle();
        assertThat(world.a.receiveText(client, 1, 60)).isEqualTo(10);
        assertThat(world.a.receiveText(client, 11, 60)).isEqualTo(TcpSocket.END_OF_STREAM);
        assertThat(client.state()).isEqualTo(TcpState.TIME_WAIT);
        world.pass(61 * Host.SECOND);
        assertThat(told.take()).contains("readable").endsWith("hang-up");
        client.close(world.a.nowNs);
        assertThat(world.a.stack.tcp().connections()).isZero();
        assertThat(world.b.stack.tcp().connections()).isZero();
        assertThat(world.b.stack.tcp().openSockets()).isEqualTo(1);
    }

    @Test
    void nobodyListens() throws Exception {
        TcpSocket client = world.a.stack.tcp().open();
        Told told = new Told();
        client.listener(told);
        client.connect(Host.IP_B, 7, world.a.nowNs);
        world.settle();
        assertThat(told.take()).containsExactly("error ECONNREFUSED");
        fails(Errno.ECONNREFUSED, client::finishConnect);
        listening(world.b, 7);
        client.connect(Host.IP_B, 7, world.a.nowNs);
        world.settle();
        assertThat(client.finishConnect()).as("the second attempt").isTrue();
    }

    @Test
    void withinOneHost() throws Exception {
        TcpSocket listening = listening(world.a, 7);
        TcpSocket client = world.a.stack.tcp().open();
        client.connect(Ipv4Address.LOOPBACK, 7, world.a.nowNs);
        assertThat(client.finishConnect()).isTrue();
        TcpSocket server = java.util.Objects.requireNonNull(listening.accept(world.a.nowNs));
        int sent = 0;
        int received = 0;
        while (received < 3_000_000) {
            sent += world.a.sendText(client, sent, Math.min(60_000, 3_000_000 - sent));
            world.a.pass(1_000_000);
            received += Math.max(0, world.a.receiveText(server, received, 65_000));
        }
        assertThat(received).isEqualTo(sent);
        assertThat(world.a.take()).isEmpty();
    }

    /** A send that is cut short is told when it can go on. */
    @Test
    void aFullBufferIsToldOfRoom() throws Exception {
        TcpSocket[] ends = pair();
        ends[0].setOption(SocketOptionName.SEND_BUFFER_BYTES, 5000, world.a.nowNs);
        Told told = new Told();
        ends[0].listener(told);
        assertThat(world.a.sendText(ends[0], 1, 6000)).isEqualTo(5000);
        assertThat(world.a.sendText(ends[0], 5001, 1)).isZero();
        assertThat(ends[0].writable()).isFalse();
        world.settle();
        world.pass(100_000_000);
        assertThat(told.take()).contains("writable");
        assertThat(ends[0].writable()).isTrue();
    }

    @Test
    void shutdownOfTheReadSideDiscards() throws Exception {
        TcpSocket[] ends = pair();
        world.a.sendText(ends[0], 1, 100);
        world.settle();
        ends[1].shutdownReceiving(world.b.nowNs);
        assertThat(world.b.receiveText(ends[1], 1, 10)).isEqualTo(TcpSocket.END_OF_STREAM);
        world.a.sendText(ends[0], 101, 100);
        world.settle();
        world.pass(100_000_000);
        assertThat(ends[0].unacknowledgedBytes()).isZero();
        assertThat(ends[1].readableBytes()).isZero();
        ends[1].close(world.b.nowNs);
        world.settle();
        assertThat(world.a.receiveText(ends[0], 1, 10)).isEqualTo(TcpSocket.END_OF_STREAM);
    }

    @Test
    void callsInTheWrongState() throws Exception {
        TcpSocket socket = world.a.stack.tcp().open();
        fails(Errno.ENOTCONN, () -> world.a.sendText(socket, 1, 1));
        fails(Errno.ENOTCONN, () -> world.a.receiveText(socket, 1, 1));
        fails(Errno.ENOTCONN, () -> socket.shutdownSending(0));
        fails(Errno.ENOTCONN, () -> socket.shutdownReceiving(0));
        fails(Errno.ENOTCONN, socket::finishConnect);
        fails(Errno.EINVAL, () -> socket.listen(1, 0));
        fails(Errno.EINVAL, () -> socket.accept(0));
        fails(Errno.EINVAL, () -> socket.bind(0, 65_536));
        fails(Errno.EINVAL, () -> socket.connect(Host.IP_B, 0, 0));
        fails(Errno.EINVAL, () -> socket.connect(0, 7, 0));
        assertThat(socket.localAddress()).isZero();
        assertThat(socket.remoteAddress()).isZero();
        socket.bind(0, 9);
        fails(Errno.EINVAL, () -> socket.bind(0, 10));
        socket.listen(1, world.a.nowNs);
        fails(Errno.EOPNOTSUPP, () -> socket.connect(Host.IP_B, 7, 0));
        socket.close(world.a.nowNs);
        socket.close(world.a.nowNs);
        fails(Errno.EBADF, () -> socket.bind(0, 9));
        fails(Errno.EBADF, socket::readable);
        fails(Errno.EBADF, () -> socket.accept(0));
        fails(Errno.EBADF, () -> world.a.sendText(socket, 1, 1));
        assertThat(world.a.stack.tcp().openSockets()).isZero();
    }

    /** RFC 9293 section 3.9.1.1 (MUST-46). */
    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.255", "255.255.255.255", "224.0.0.1"})
    void noConnectionToMany(String address) throws Exception {
        TcpSocket socket = world.a.stack.tcp().open();
        fails(Errno.ENETUNREACH, () -> socket.connect(Ipv4Address.parse(address), 7, 0));
        assertThat(world.a.take()).isEmpty();
    }

    @Test
    void unreadBytesCanBeAskedAndNotSet() throws Exception {
        TcpSocket[] ends = pair();
        assertThat(ends[1].option(SocketOptionName.UNREAD_BYTES)).isZero();
        world.a.sendText(ends[0], 1, 10);
        world.settle();
        assertThat(ends[1].option(SocketOptionName.UNREAD_BYTES)).isEqualTo(10);
        fails(Errno.ENOPROTOOPT, () -> ends[1].setOption(SocketOptionName.UNREAD_BYTES, 1, world.b.nowNs));
    }

    @ParameterizedTest
    @EnumSource(value = SocketOptionName.class, mode = EnumSource.Mode.EXCLUDE, names = "UNREAD_BYTES")
    void options(SocketOptionName name) throws Exception {
        TcpSocket[] ends = pair();
        TcpSocket fresh = world.a.stack.tcp().open();
        for (TcpSocket socket : new TcpSocket[] {fresh, ends[0]}) {
            if (name == SocketOptionName.BROADCAST) {
                fails(Errno.ENOPROTOOPT, () -> socket.option(name));
                fails(Errno.ENOPROTOOPT, () -> socket.setOption(name, 1, world.a.nowNs));
                continue;
            }
            boolean size = name == SocketOptionName.RECEIVE_BUFFER_BYTES || name == SocketOptionName.SEND_BUFFER_BYTES;
            int value = size ? 10_000 : 1;
            socket.setOption(name, value, world.a.nowNs);
            assertThat(socket.option(name)).isEqualTo(value);
            fails(Errno.EINVAL, () -> socket.setOption(name, -2, world.a.nowNs));
        }
    }

    /** RFC 9293 section 3.8.5 (MUST-32): urgent data are told when they come and when there are more. */
    @Test
    void urgentDataAreTold() throws Exception {
        TcpSocket[] ends = pair();
        Told told = new Told();
        ends[1].listener(told);
        MemorySegment text = MemorySegment.ofArray(TcpPeer.text(1, 4));
        ends[0].sendUrgent(text, 0, 2, world.a.nowNs);
        world.settle();
        assertThat(told.take()).containsExactly("urgent", "readable");
        ends[0].sendUrgent(text, 2, 2, world.a.nowNs);
        world.settle();
        assertThat(told.take()).containsExactly("urgent", "readable");
        assertThat(ends[1].urgentBytes()).isEqualTo(4);
        assertThat(world.b.receiveText(ends[1], 1, 10)).isEqualTo(4);
        world.a.sendText(ends[0], 5, 3);
        world.settle();
        assertThat(told.take()).containsExactly("readable");
    }

    /** RFC 9293 section 3.9.1.9 (MUST-48, SHLD-21, SHLD-22). */
    @Test
    void theTypeOfServiceIsSent() throws Exception {
        TcpSocket[] ends = pair();
        ends[0].setOption(SocketOptionName.TYPE_OF_SERVICE, 0x10, world.a.nowNs);
        world.a.sendText(ends[0], 1, 5);
        assertThat(world.a.takeFrames().getFirst()[15]).isEqualTo((byte) 0x10);
        ends[0].setOption(SocketOptionName.LINGER_SECONDS, 0, world.a.nowNs);
        ends[0].close(world.a.nowNs);
        assertThat(world.a.takeFrames().getFirst()[15]).as("of a reset").isEqualTo((byte) 0x10);
    }
}
