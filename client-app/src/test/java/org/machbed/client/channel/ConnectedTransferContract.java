package org.machbed.client.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NotYetConnectedException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.client.channel.OnEnds.bytes;
import static org.machbed.client.channel.OnEnds.textBefore;

/** read and write, of one buffer and of several. */
interface ConnectedTransferContract extends OnEnds {
    /** Two channels, each the other's peer. */
    private DatagramChannel[] pair() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB().connect(a.getLocalAddress());
        return new DatagramChannel[] {a.connect(b.getLocalAddress()), b};
    }

    @Test
    default void writtenDatagramIsRead() throws IOException {
        DatagramChannel[] pair = pair();
        ByteBuffer source = bytes(".hello.").position(1).limit(6);
        assertThat(pair[0].write(source)).isEqualTo(5);
        assertThat(source.position()).isEqualTo(6);
        ByteBuffer target = ByteBuffer.allocateDirect(8);
        assertThat(pair[1].read(target)).isEqualTo(5);
        assertThat(textBefore(target)).isEqualTo("hello");
    }

    @Test
    default void connectedChannelAlsoSendsToItsPeer() throws IOException {
        DatagramChannel[] pair = pair();
        assertThat(pair[0].send(bytes("x"), pair[1].getLocalAddress())).isEqualTo(1);
        assertThat(pair[1].receive(ByteBuffer.allocate(1))).isEqualTo(pair[0].getLocalAddress());
    }

    @Test
    default void unconnectedChannelNeitherReadsNorWrites() throws IOException {
        DatagramChannel channel = ends().boundA();
        ByteBuffer buffer = ByteBuffer.allocate(1);
        ByteBuffer[] buffers = {buffer};
        assertThatThrownBy(() -> channel.read(buffer)).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> channel.write(buffer)).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> channel.read(buffers)).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> channel.write(buffers)).isInstanceOf(NotYetConnectedException.class);
    }

    @Test
    default void nonBlockingReadOfNothingIs0() throws IOException {
        DatagramChannel channel = pair()[0];
        channel.configureBlocking(false);
        assertThat(channel.read(ByteBuffer.allocate(1))).isZero();
        assertThat(channel.read(new ByteBuffer[] {ByteBuffer.allocate(1), ByteBuffer.allocate(1)}))
                .isZero();
    }

    @Test
    default void readTruncates() throws IOException {
        DatagramChannel[] pair = pair();
        pair[0].write(bytes("abcdef"));
        pair[0].write(bytes("next"));
        ByteBuffer target = ByteBuffer.allocate(4);
        assertThat(pair[1].read(target)).isEqualTo(4);
        assertThat(textBefore(target)).isEqualTo("abcd");
        assertThat(pair[1].read(target.clear())).isEqualTo(4);
        assertThat(textBefore(target)).isEqualTo("next");
    }

    @Test
    default void readIntoAFullBufferConsumesNothing() throws IOException {
        DatagramChannel[] pair = pair();
        pair[0].write(bytes("kept"));
        assertThat(pair[1].read(ByteBuffer.allocate(0))).isZero();
        assertThat(pair[1].read(new ByteBuffer[0])).isZero();
        ByteBuffer target = ByteBuffer.allocate(8);
        pair[1].read(target);
        assertThat(textBefore(target)).isEqualTo("kept");
    }

    @Test
    default void writeOfAnEmptyBufferSendsNothing() throws IOException {
        DatagramChannel[] pair = pair();
        assertThat(pair[0].write(ByteBuffer.allocate(0))).isZero();
        assertThat(pair[0].write(new ByteBuffer[] {ByteBuffer.allocate(0)})).isZero();
        assertThat(pair[0].send(ByteBuffer.allocate(0), pair[1].getLocalAddress()))
                .isZero();
        pair[0].write(bytes("first"));
        ByteBuffer target = ByteBuffer.allocate(8);
        assertThat(pair[1].read(target)).isEqualTo(5);
    }

    /** A quirk of the JDK: recv's 0 passes for the end of a stream. */
    @Test
    default void emptyDatagramReadsAsEndOfStream() throws IOException {
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB().connect(a.getLocalAddress());
        a.send(ByteBuffer.allocate(0), b.getLocalAddress());
        a.send(ByteBuffer.allocate(0), b.getLocalAddress());
        a.send(bytes("x"), b.getLocalAddress());
        assertThat(b.read(ByteBuffer.allocate(8))).isEqualTo(-1);
        assertThat(b.read(new ByteBuffer[] {ByteBuffer.allocate(8)})).isEqualTo(-1);
        assertThat(b.read(ByteBuffer.allocate(8))).isEqualTo(1);
    }

    @Test
    default void gatheringWriteIsOneDatagram() throws IOException {
        DatagramChannel[] pair = pair();
        ByteBuffer direct = ByteBuffer.allocateDirect(3).put(bytes("def")).flip();
        ByteBuffer[] sources = {
            bytes("unused"), bytes("abc"), bytes(""), direct, bytes("gh").asReadOnlyBuffer(), bytes("-")
        };
        assertThat(pair[0].write(sources, 1, 4)).isEqualTo(8);
        assertThat(sources[0].position()).isZero();
        assertThat(sources[1].hasRemaining() || sources[3].hasRemaining() || sources[4].hasRemaining())
                .isFalse();
        assertThat(sources[5].position()).isZero();
        ByteBuffer target = ByteBuffer.allocate(16);
        assertThat(pair[1].read(target)).isEqualTo(8);
        assertThat(textBefore(target)).isEqualTo("abcdefgh");
    }

    @Test
    default void scatteringReadFillsBuffersInTurn() throws IOException {
        DatagramChannel[] pair = pair();
        pair[0].write(bytes("abcdef"));
        ByteBuffer[] targets = {
            ByteBuffer.allocate(4),
            ByteBuffer.allocate(4).position(2),
            ByteBuffer.allocate(0),
            ByteBuffer.allocateDirect(8),
            ByteBuffer.allocate(4)
        };
        assertThat(pair[1].read(targets, 1, 3)).isEqualTo(6);
        assertThat(targets[0].position()).isZero();
        assertThat(textBefore(targets[1]).substring(2)).isEqualTo("ab");
        assertThat(textBefore(targets[3])).isEqualTo("cdef");
        assertThat(targets[4].position()).isZero();
    }

    @Test
    default void scatteringReadTruncates() throws IOException {
        DatagramChannel[] pair = pair();
        pair[0].write(bytes("abcdef"));
        ByteBuffer[] targets = {ByteBuffer.allocate(2), ByteBuffer.allocate(2)};
        assertThat(pair[1].read(targets)).isEqualTo(4);
        assertThat(textBefore(targets[0]) + textBefore(targets[1])).isEqualTo("abcd");
    }

    @Test
    default void readOnlyTargetsAreRefused() throws IOException {
        DatagramChannel[] pair = pair();
        ByteBuffer readOnly = ByteBuffer.allocate(4).asReadOnlyBuffer();
        ByteBuffer[] targets = {ByteBuffer.allocate(1), readOnly};
        pair[0].write(bytes("kept"));
        assertThatThrownBy(() -> pair[1].read(readOnly)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pair[1].read(targets)).isInstanceOf(IllegalArgumentException.class);
        assertThat(pair[1].read(ByteBuffer.allocate(8))).isEqualTo(4);
    }

    @Test
    default void rangesOfBuffersAreChecked() throws IOException {
        DatagramChannel channel = pair()[0];
        ByteBuffer[] buffers = {ByteBuffer.allocate(1)};
        assertThatThrownBy(() -> channel.read(buffers, 0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> channel.read(buffers, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> channel.write(buffers, 1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> channel.write(buffers, 0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    default void closedPortOfThePeerIsTold() throws IOException {
        DatagramChannel closed = ends().boundB();
        InetSocketAddress nobody = Ends.localOf(closed);
        DatagramChannel channel = ends().boundA().connect(nobody);
        closed.close();
        channel.write(bytes("x"));
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1))).isInstanceOf(PortUnreachableException.class);
        assertThat(channel.isOpen()).isTrue();
        channel.write(bytes("x"));
        assertThatThrownBy(() -> channel.receive(ByteBuffer.allocate(1))).isInstanceOf(PortUnreachableException.class);
    }
}
