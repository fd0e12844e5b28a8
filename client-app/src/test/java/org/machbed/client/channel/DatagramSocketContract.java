package org.machbed.client.channel;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.IllegalBlockingModeException;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.client.channel.LifeContract.awaitWaiting;
import static org.machbed.client.channel.LifeContract.failureOf;

/** The socket that a datagram channel can be seen as. */
interface DatagramSocketContract extends OnEnds {
    private static DatagramPacket packet(String text, SocketAddress target) {
        byte[] data = text.getBytes(US_ASCII);
        return new DatagramPacket(data, data.length, target);
    }

    private static String text(DatagramPacket packet) {
        return new String(packet.getData(), packet.getOffset(), packet.getLength(), US_ASCII);
    }

    private static String received(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        socket.receive(packet);
        return text(packet);
    }

    @Test
    default void aDatagramThereAndBackOverSocketsAlone() throws IOException {
        DatagramChannel channel = ends().openB();
        DatagramSocket b = channel.socket();
        assertThat(b).isSameAs(channel.socket());
        assertThat(b.getChannel()).isSameAs(channel);
        assertThat(b.isBound()).isFalse();
        assertThat(b.getLocalPort()).isZero();
        assertThat(b.getLocalSocketAddress()).isNull();
        b.bind(new InetSocketAddress(ends().addressB(), 0));
        assertThat(b.isBound()).isTrue();
        assertThat(b.getLocalSocketAddress()).isEqualTo(channel.getLocalAddress());
        assertThat(b.getLocalAddress()).isEqualTo(ends().addressB());

        DatagramSocket a = ends().openA().socket();
        a.send(packet("question", b.getLocalSocketAddress()));
        assertThat(a.isBound()).as("sending binds").isTrue();
        DatagramPacket question = new DatagramPacket(new byte[100], 100);
        b.receive(question);
        assertThat(text(question)).isEqualTo("question");
        assertThat(question.getPort()).isEqualTo(a.getLocalPort());
        b.send(packet("answer", question.getSocketAddress()));
        assertThat(received(a)).isEqualTo("answer");
        a.close();
        assertThat(a.getChannel().isOpen()).isFalse();
    }

    @Test
    default void aReceiveOfASocketMayTimeOutAndGoesOnThen() throws IOException {
        DatagramSocket socket = ends().boundA().socket();
        DatagramSocket other = ends().boundB().socket();
        for (int i = 0; i < 3; i++) {
            socket.setSoTimeout(1);
            assertThat(socket.getSoTimeout()).isEqualTo(1);
            assertThatThrownBy(() -> received(socket))
                    .isExactlyInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Receive timed out");
            socket.setSoTimeout(i == 2 ? 0 : 30_000);
            other.send(packet("n" + i, socket.getLocalSocketAddress()));
            assertThat(received(socket)).isEqualTo("n" + i);
        }
    }

    /** A packet has room for what its maker said, however little was received into it before. */
    @Test
    default void aPacketKeepsItsRoom() throws IOException {
        DatagramSocket socket = ends().boundA().socket();
        DatagramSocket other = ends().boundB().socket();
        byte[] data = "................".getBytes(US_ASCII);
        DatagramPacket packet = new DatagramPacket(data, 2, 4);
        for (String sent : new String[] {"abcdef", "g", "", "hijkl"}) {
            other.send(packet(sent, socket.getLocalSocketAddress()));
            socket.receive(packet);
            assertThat(text(packet)).isEqualTo(sent.substring(0, Math.min(4, sent.length())));
            assertThat(packet.getSocketAddress()).isEqualTo(other.getLocalSocketAddress());
        }
        assertThat(new String(data, US_ASCII)).isEqualTo("..hijk..........");
        packet.setLength(5);
        other.send(packet("mnopqr", socket.getLocalSocketAddress()));
        socket.receive(packet);
        assertThat(text(packet)).isEqualTo("mnopq");
        packet.setData(new byte[2]);
        other.send(packet("stu", socket.getLocalSocketAddress()));
        socket.receive(packet);
        assertThat(text(packet)).isEqualTo("st");
    }

    @Test
    default void aSocketConnectsReconnectsAndDisconnects() throws IOException {
        DatagramSocket first = ends().boundB().socket();
        DatagramSocket second = ends().boundB().socket();
        DatagramSocket socket = ends().boundA().socket();
        SocketAddress here = socket.getLocalSocketAddress();
        assertThat(socket.getPort()).isEqualTo(-1);
        socket.connect(first.getLocalSocketAddress());
        assertThat(socket.isConnected()).isTrue();
        assertThat(socket.getRemoteSocketAddress()).isEqualTo(first.getLocalSocketAddress());
        assertThat(socket.getInetAddress()).isEqualTo(ends().addressB());
        assertThat(socket.getPort()).isEqualTo(first.getLocalPort());

        byte[] data = "to whom it concerns".getBytes(US_ASCII);
        DatagramPacket unaddressed = new DatagramPacket(data, data.length);
        socket.send(unaddressed);
        assertThat(unaddressed.getSocketAddress()).isEqualTo(first.getLocalSocketAddress());
        assertThat(received(first)).isEqualTo("to whom it concerns");
        assertThatThrownBy(() -> socket.send(packet("x", second.getLocalSocketAddress())))
                .isExactlyInstanceOf(IllegalArgumentException.class);

        socket.connect(ends().addressB(), second.getLocalPort());
        assertThat(socket.getPort()).isEqualTo(second.getLocalPort());
        first.send(packet("unheard", here));
        second.send(packet("heard", here));
        assertThat(received(socket)).isEqualTo("heard");

        socket.disconnect();
        assertThat(socket.isConnected()).isFalse();
        assertThat(socket.getInetAddress()).isNull();
        first.send(packet("heard again", here));
        assertThat(received(socket)).isEqualTo("heard again");
        assertThatThrownBy(() -> socket.send(new DatagramPacket(data, data.length)))
                .isExactlyInstanceOf(IllegalArgumentException.class);
    }

    @Test
    default void whatASocketRefuses() throws IOException {
        DatagramSocket socket = ends().boundA().socket();
        assertSocketException(() -> socket.bind(null));
        assertSocketException(() -> socket.connect(AddressingContract.UNRESOLVED));
        assertSocketException(() -> socket.connect(AddressingContract.IPV6));
        assertSocketException(() -> socket.connect(new InetSocketAddress(ends().addressB(), 0)));
        assertIllegal(() -> socket.connect((SocketAddress) null));
        assertIllegal(() -> socket.connect((InetAddress) null, 7));
        assertIllegal(() -> socket.setSoTimeout(-1));
        assertIllegal(() -> socket.setSendBufferSize(0));
        assertIllegal(() -> socket.setReceiveBufferSize(0));
        socket.getChannel().configureBlocking(false);
        SocketAddress here = socket.getLocalSocketAddress();
        assertThatThrownBy(() -> socket.send(packet("x", here)))
                .isExactlyInstanceOf(IllegalBlockingModeException.class);
        assertThatThrownBy(() -> received(socket)).isExactlyInstanceOf(IllegalBlockingModeException.class);
    }

    private static void assertSocketException(ThrowingCallable call) {
        assertThatThrownBy(call).isExactlyInstanceOf(SocketException.class);
    }

    private static void assertIllegal(ThrowingCallable call) {
        assertThatThrownBy(call).isExactlyInstanceOf(IllegalArgumentException.class);
    }

    @Test
    default void aClosedSocketSaysSo() throws IOException {
        DatagramSocket socket = ends().boundA().socket();
        SocketAddress here = socket.getLocalSocketAddress();
        socket.connect(ends().boundB().getLocalAddress());
        socket.close();
        socket.close();
        assertThat(socket.isClosed()).isTrue();
        assertSocketException(() -> received(socket));
        assertSocketException(() -> socket.send(packet("x", here)));
        assertSocketException(() -> socket.bind(null));
        assertSocketException(socket::getSoTimeout);
        assertSocketException(() -> socket.setSoTimeout(1));
        assertSocketException(socket::getBroadcast);
        assertSocketException(() -> socket.setReuseAddress(true));
        socket.connect(here);
        socket.disconnect();
        assertThat(socket.isBound()).isTrue();
        assertThat(socket.isConnected()).isTrue();
        assertThat(socket.getLocalPort()).isEqualTo(-1);
        assertThat(socket.getLocalAddress()).isNull();
        assertThat(socket.getLocalSocketAddress()).isNull();
    }

    @Test
    default void closeEndsAReceiveOfASocket() throws Exception {
        for (int timeoutMillis : new int[] {0, 30_000}) {
            DatagramSocket socket = ends().boundA().socket();
            socket.setSoTimeout(timeoutMillis);
            FutureTask<String> receive = new FutureTask<>(() -> received(socket));
            awaitWaiting(Thread.ofPlatform().start(receive));
            socket.close();
            assertThat(failureOf(receive))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
        }
    }

    @Test
    default void optionsOfASocketAreThoseOfItsChannel() throws IOException {
        DatagramSocket socket = ends().openA().socket();
        socket.setBroadcast(true);
        socket.setReuseAddress(true);
        assertThat(socket.getBroadcast() && socket.getReuseAddress()).isTrue();
        socket.setBroadcast(false);
        assertThat(socket.getBroadcast()).isFalse();
        socket.setTrafficClass(0x10);
        assertThat(socket.getTrafficClass()).isEqualTo(0x10);
        socket.setReceiveBufferSize(65_536);
        socket.setSendBufferSize(65_536);
        assertThat(socket.getReceiveBufferSize()).isGreaterThanOrEqualTo(65_536);
        assertThat(socket.getSendBufferSize()).isGreaterThanOrEqualTo(65_536);
        assertThat(socket.supportedOptions()).isEqualTo(socket.getChannel().supportedOptions());
    }
}
