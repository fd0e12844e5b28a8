package org.machbed.client.channel;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.FutureTask;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.machbed.client.channel.StreamEnds.Pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.client.channel.OnEnds.bytes;
import static org.machbed.client.channel.OnEnds.textBefore;
import static org.machbed.client.channel.OnStreamEnds.readText;

/** read and write, half-close, resets and options. */
interface StreamTransferContract extends OnStreamEnds {
    @Test
    default void whatIsWrittenIsRead() throws IOException {
        Pair pair = ends().pair();
        ByteBuffer source = bytes("hello");
        assertThat(pair.client().write(source)).isEqualTo(5);
        assertThat(source.hasRemaining()).isFalse();
        assertThat(readText(pair.server(), 5)).isEqualTo("hello");
        assertThat(pair.server()
                        .write(ByteBuffer.allocateDirect(3).put(bytes("abc")).flip()))
                .isEqualTo(3);
        ByteBuffer target = ByteBuffer.allocate(2);
        assertThat(pair.client().read(target)).isEqualTo(2);
        assertThat(pair.client().read(target)).as("no room").isZero();
        assertThat(textBefore(target)).isEqualTo("ab");
        assertThat(readText(pair.client(), 1)).isEqualTo("c");
        assertThat(pair.client().write(ByteBuffer.allocate(0))).isZero();
        assertThatThrownBy(() -> pair.client().read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("Read-only buffer");
    }

    @Test
    default void severalBuffersAreOneStream() throws IOException {
        Pair pair = ends().pair();
        ByteBuffer[] sources = {bytes("ab"), bytes(""), bytes("cde"), bytes("not sent")};
        assertThat(pair.client().write(sources, 0, 3)).isEqualTo(5);
        assertThat(sources[2].hasRemaining()).isFalse();
        assertThat(sources[3].position()).isZero();
        ByteBuffer[] targets = {ByteBuffer.allocate(1), ByteBuffer.allocate(0), ByteBuffer.allocate(9)};
        long read = 0;
        while (read < 5) {
            read += pair.server().read(targets);
        }
        assertThat(textBefore(targets[0]) + textBefore(targets[2])).isEqualTo("abcde");
        assertThat(pair.server().read(new ByteBuffer[] {ByteBuffer.allocate(0)}))
                .isZero();
    }

    @Test
    default void aWriteThatWaitsWritesAllOfIt() throws Exception {
        Pair pair = ends().pair();
        byte[] data = new byte[5_000_000];
        new Random(1).nextBytes(data);
        FutureTask<Integer> write = new FutureTask<>(() -> pair.client().write(ByteBuffer.wrap(data)));
        Thread.ofPlatform().start(write);
        ByteBuffer received = ByteBuffer.allocate(data.length);
        while (received.hasRemaining()) {
            assertThat(pair.server().read(received)).isPositive();
        }
        assertThat(write.get()).isEqualTo(data.length);
        assertThat(received.array()).isEqualTo(data);
    }

    @Test
    default void aGatheringWriteThatWaitsWritesAllOfIt() throws Exception {
        Pair pair = ends().pair();
        byte[] data = new byte[700_000];
        new Random(2).nextBytes(data);
        ByteBuffer[] sources = {
            ByteBuffer.wrap(data, 0, 10), ByteBuffer.wrap(data, 10, 600_000), ByteBuffer.wrap(data, 600_010, 99_990)
        };
        FutureTask<Long> write = new FutureTask<>(() -> pair.client().write(sources));
        Thread.ofPlatform().start(write);
        ByteBuffer received = ByteBuffer.allocate(data.length);
        while (received.hasRemaining()) {
            assertThat(pair.server().read(received)).isPositive();
        }
        assertThat(write.get()).isEqualTo(data.length);
        assertThat(received.array()).isEqualTo(data);
    }

    @Test
    default void withoutWaitingAWriteTakesWhatThereIsRoomFor() throws IOException {
        Pair pair = ends().pair();
        pair.client().configureBlocking(false);
        pair.server().configureBlocking(false);
        assertThat(pair.server().read(ByteBuffer.allocate(1))).isZero();
        ByteBuffer piece = ByteBuffer.allocate(100_000);
        long sent = 0;
        int taken;
        do {
            taken = pair.client().write(piece.clear());
            sent += taken;
        } while (taken > 0);
        assertThat(piece.position()).isZero();
        long received = 0;
        while (received < sent) {
            received += pair.server().read(piece.clear());
        }
        assertThat(received).isEqualTo(sent);
    }

    @Test
    default void theEndOfTheStreamIsReadAgainAndAgain() throws IOException {
        Pair pair = ends().pair();
        pair.client().write(bytes("last"));
        pair.client().close();
        assertThat(readText(pair.server(), 10)).isEqualTo("last");
        ByteBuffer[] targets = {ByteBuffer.allocate(1)};
        assertThat(pair.server().read(targets[0])).isEqualTo(-1);
        assertThat(pair.server().read(targets)).isEqualTo(-1);
        assertThat(pair.server().isConnected()).isTrue();
    }

    @Test
    default void halfCloseEndsOneDirection() throws IOException {
        Pair pair = ends().pair();
        assertThat(pair.client().shutdownOutput()).isSameAs(pair.client());
        pair.client().shutdownOutput();
        assertThat(pair.server().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThatThrownBy(() -> pair.client().write(bytes("x"))).isExactlyInstanceOf(AsynchronousCloseException.class);
        pair.server().write(bytes("still"));
        assertThat(readText(pair.client(), 5)).isEqualTo("still");
        pair.client().shutdownInput();
        assertThat(pair.client().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThat(pair.client().isOpen()).isTrue();
    }

    @Test
    default void aResetIsToldByEveryRead() throws IOException {
        Pair pair = ends().pair();
        reset(pair.server());
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> pair.client().read(ByteBuffer.allocate(1)))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Connection reset");
        }
        assertThatThrownBy(() -> pair.client().write(bytes("x")))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Broken pipe");
        assertThat(pair.client().isOpen()).isTrue();
        pair.client().shutdownInput();
        pair.client().shutdownOutput();
    }

    @Test
    default void aWriteHearsOfAResetOnce() throws IOException {
        Pair pair = ends().pair();
        reset(pair.server());
        pair.client().configureBlocking(false);
        ByteBuffer one = ByteBuffer.allocate(1);
        assertThatThrownBy(() -> {
                    while (true) {
                        pair.client().write(one.clear());
                    }
                })
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Connection reset by peer");
        assertThatThrownBy(() -> pair.client().write(one.clear()))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Broken pipe");
    }

    private static void reset(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.close();
    }

    @Test
    default void optionsAreKept() throws IOException {
        SocketChannel channel = ends().client();
        keeps(channel, StandardSocketOptions.TCP_NODELAY, true);
        keeps(channel, StandardSocketOptions.SO_KEEPALIVE, true);
        keeps(channel, ExtendedSocketOptions.TCP_KEEPIDLE, 60);
        keeps(channel, StandardSocketOptions.SO_REUSEADDR, true);
        keeps(channel, StandardSocketOptions.IP_TOS, 0x10);
        assertThat(channel.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
        keeps(channel, StandardSocketOptions.SO_LINGER, 5);
        channel.setOption(StandardSocketOptions.SO_LINGER, -7);
        assertThat(channel.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, 65_536).setOption(StandardSocketOptions.SO_RCVBUF, 65_536);
        assertThat(channel.getOption(StandardSocketOptions.SO_SNDBUF)).isGreaterThanOrEqualTo(65_536);
        assertThat(channel.supportedOptions())
                .contains(
                        StandardSocketOptions.TCP_NODELAY,
                        StandardSocketOptions.SO_LINGER,
                        StandardSocketOptions.SO_KEEPALIVE,
                        StandardSocketOptions.SO_SNDBUF,
                        StandardSocketOptions.SO_RCVBUF,
                        StandardSocketOptions.SO_REUSEADDR,
                        StandardSocketOptions.IP_TOS)
                .doesNotContain(StandardSocketOptions.SO_BROADCAST);
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.SO_BROADCAST, true))
                .isExactlyInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.SO_SNDBUF, -1))
                .isExactlyInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.IP_TOS, 256))
                .isExactlyInstanceOf(IllegalArgumentException.class);
        ServerSocketChannel server = ends().server();
        server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        assertThat(server.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
        assertThatThrownBy(() -> server.getOption(StandardSocketOptions.TCP_NODELAY))
                .isExactlyInstanceOf(UnsupportedOperationException.class);
    }

    private static <T> void keeps(SocketChannel channel, SocketOption<T> name, T value) throws IOException {
        assertThat(channel.setOption(name, value)).isSameAs(channel);
        assertThat(channel.getOption(name)).as(name.name()).isEqualTo(value);
    }
}
