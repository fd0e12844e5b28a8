package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.client.channel.Ends.localOf;
import static org.machbed.client.channel.OnEnds.bytes;
import static org.machbed.client.channel.OnEnds.textBefore;

/** send and receive. */
interface TransferContract extends OnEnds {
    int MAX_DATAGRAM_BYTES = 65_507;

    @Test
    default void datagramArrivesWithItsSource() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB();
        ByteBuffer source = bytes("hello");
        assertThat(a.send(source, b.getLocalAddress())).isEqualTo(5);
        assertThat(source.hasRemaining()).isFalse();
        ByteBuffer target = ByteBuffer.allocate(16);
        assertThat(b.receive(target)).isEqualTo(a.getLocalAddress());
        assertThat(textBefore(target)).isEqualTo("hello");
        assertThat(target.limit()).isEqualTo(16);
    }

    @Test
    default void sendAndReceiveBindAnUnboundChannel() throws IOException {
        DatagramChannel sender = ends().openA();
        DatagramChannel b = ends().boundB();
        sender.send(bytes("x"), b.getLocalAddress());
        assertThat(localOf(sender).getPort()).isPositive();
        InetSocketAddress source = (InetSocketAddress) b.receive(ByteBuffer.allocate(1));
        assertThat(source)
                .isEqualTo(
                        new InetSocketAddress(ends().addressA(), localOf(sender).getPort()));

        DatagramChannel receiver = ends().openA();
        receiver.configureBlocking(false);
        assertThat(receiver.receive(ByteBuffer.allocate(1))).isNull();
        assertThat(localOf(receiver).getPort()).isPositive();
    }

    @Test
    default void bytesLieBetweenPositionAndLimit() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB();
        for (boolean direct : new boolean[] {false, true}) {
            ByteBuffer source = direct ? ByteBuffer.allocateDirect(8) : ByteBuffer.allocate(8);
            source.put(0, bytes("abcdefgh"), 0, 8).position(2).limit(5);
            assertThat(a.send(source, b.getLocalAddress())).isEqualTo(3);
            assertThat(source.position()).isEqualTo(5);
            assertThat(source.limit()).isEqualTo(5);

            ByteBuffer target = direct ? ByteBuffer.allocateDirect(8) : ByteBuffer.allocate(8);
            target.put(0, bytes("........"), 0, 8).position(1).limit(7);
            assertThat(b.receive(target)).isNotNull();
            assertThat(target.position()).isEqualTo(4);
            assertThat(target.limit()).isEqualTo(7);
            assertThat(textBefore(target.limit(8).position(8))).isEqualTo(".cde....");
        }
    }

    @Test
    default void slicesAndReadOnlySourcesServe() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB();
        ByteBuffer target = ByteBuffer.allocate(12).slice(3, 6);
        a.send(bytes("abcdef").slice(2, 3).asReadOnlyBuffer(), b.getLocalAddress());
        b.receive(target);
        assertThat(textBefore(target)).isEqualTo("cde");
    }

    @Test
    default void bytesWithoutRoomAreLost() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB();
        a.send(bytes("abcdef"), b.getLocalAddress());
        a.send(bytes("next"), b.getLocalAddress());
        ByteBuffer target = ByteBuffer.allocate(8).limit(4);
        assertThat(b.receive(target)).isEqualTo(a.getLocalAddress());
        assertThat(textBefore(target)).isEqualTo("abcd");
        target.clear();
        b.receive(target);
        assertThat(textBefore(target)).isEqualTo("next");
    }

    @Test
    default void receiveIntoAFullBufferConsumesTheDatagram() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB();
        a.send(bytes("lost"), b.getLocalAddress());
        a.send(bytes("kept"), b.getLocalAddress());
        assertThat(b.receive(ByteBuffer.allocate(0))).isEqualTo(a.getLocalAddress());
        ByteBuffer target = ByteBuffer.allocate(8);
        b.receive(target);
        assertThat(textBefore(target)).isEqualTo("kept");
    }

    @Test
    default void emptyDatagramIsADatagram() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB();
        assertThat(a.send(ByteBuffer.allocate(0), b.getLocalAddress())).isZero();
        ByteBuffer target = ByteBuffer.allocate(8);
        assertThat(b.receive(target)).isEqualTo(a.getLocalAddress());
        assertThat(target.position()).isZero();
    }

    @Test
    default void longestDatagramArrivesWhole() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB();
        ByteBuffer source = ByteBuffer.allocateDirect(MAX_DATAGRAM_BYTES);
        for (int i = 0; i < MAX_DATAGRAM_BYTES; i++) {
            source.put(i, (byte) ((i * 31) >>> 3));
        }
        assertThat(a.send(source, b.getLocalAddress())).isEqualTo(MAX_DATAGRAM_BYTES);
        ByteBuffer target = ByteBuffer.allocate(MAX_DATAGRAM_BYTES + 1);
        b.receive(target);
        assertThat(target.flip()).isEqualTo(source.flip());
    }

    @Test
    default void longerDatagramIsRefused() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB();
        ByteBuffer source = ByteBuffer.allocate(MAX_DATAGRAM_BYTES + 1);
        assertThatThrownBy(() -> a.send(source, b.getLocalAddress())).isExactlyInstanceOf(SocketException.class);
        assertThat(source.position()).isZero();
        a.connect(b.getLocalAddress());
        assertThatThrownBy(() -> a.write(source)).isInstanceOf(IOException.class);
        assertThat(source.position()).isZero();
    }

    @Test
    default void readOnlyTargetIsRefused() throws IOException {
        DatagramChannel channel = ends().boundA();
        assertThatThrownBy(() -> channel.receive(ByteBuffer.allocate(4).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @SuppressWarnings("NullAway") // null is what is tested
    default void nullBuffersAreRefused() throws IOException {
        DatagramChannel channel = ends().boundA();
        assertThatThrownBy(() -> channel.receive(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> channel.send(null, channel.getLocalAddress()))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> channel.read((ByteBuffer) null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> channel.write((ByteBuffer) null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    default void nonBlockingReceiveOfNothingAnswersAtOnce() throws IOException {
        DatagramChannel channel = ends().boundA();
        channel.configureBlocking(false);
        ByteBuffer target = ByteBuffer.allocate(8).position(2);
        assertThat(channel.receive(target)).isNull();
        assertThat(target.position()).isEqualTo(2);
        assertThat(target.limit()).isEqualTo(8);
    }

    @Test
    default void nonBlockingReceiveTakesWhatIsQueued() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB();
        a.send(bytes("first"), b.getLocalAddress());
        a.send(bytes("second"), b.getLocalAddress());
        b.configureBlocking(false);
        for (String expected : new String[] {"first", "second"}) {
            ByteBuffer target = ByteBuffer.allocate(8);
            while (b.receive(target) == null) {
                Thread.onSpinWait();
            }
            assertThat(textBefore(target)).isEqualTo(expected);
        }
    }

    @Test
    default void unconnectedSenderHearsNothingOfAClosedPort() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel closed = ends().boundB();
        InetSocketAddress nobody = localOf(closed);
        closed.close();
        for (int i = 0; i < 3; i++) {
            assertThat(a.send(bytes("x"), nobody)).isEqualTo(1);
        }
        a.configureBlocking(false);
        assertThat(a.receive(ByteBuffer.allocate(1))).isNull();
    }
}
