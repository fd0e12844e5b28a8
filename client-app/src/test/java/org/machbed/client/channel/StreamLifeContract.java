package org.machbed.client.channel;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.machbed.client.channel.StreamEnds.Pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.client.channel.OnEnds.bytes;
import static org.machbed.client.channel.OnStreamEnds.awaitWaiting;
import static org.machbed.client.channel.OnStreamEnds.failureOf;
import static org.machbed.client.channel.OnStreamEnds.readText;

/** close, interrupt, and several threads on one stream channel. */
interface StreamLifeContract extends OnStreamEnds {
    @Test
    default void aClosedChannelRefusesEveryCall() throws IOException {
        SocketChannel channel = ends().pair().client();
        channel.close();
        channel.close();
        ByteBuffer[] buffers = {ByteBuffer.allocate(1)};
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.isConnected()).isFalse();
        assertThat(channel.isConnectionPending()).isFalse();
        assertClosed(() -> channel.read(buffers[0]));
        assertClosed(() -> channel.read(buffers));
        assertClosed(() -> channel.write(buffers[0]));
        assertClosed(() -> channel.write(buffers));
        assertClosed(() -> channel.bind(null));
        assertClosed(() -> channel.connect(ends().nobody()));
        assertClosed(channel::finishConnect);
        assertClosed(channel::shutdownInput);
        assertClosed(channel::shutdownOutput);
        assertClosed(channel::getLocalAddress);
        assertClosed(channel::getRemoteAddress);
        assertClosed(() -> channel.configureBlocking(false));
        assertClosed(() -> channel.getOption(StandardSocketOptions.TCP_NODELAY));
        ServerSocketChannel server = ends().server();
        server.close();
        assertClosed(server::accept);
        assertClosed(() -> server.bind(null));
        assertClosed(server::getLocalAddress);
    }

    private static void assertClosed(Callable<?> call) {
        assertThatThrownBy(call::call).isExactlyInstanceOf(ClosedChannelException.class);
    }

    @Test
    default void closeEndsAReadThatWaits() throws Exception {
        SocketChannel channel = ends().pair().client();
        assertCloseEnds(channel::close, () -> channel.read(ByteBuffer.allocate(1)));
    }

    @Test
    default void closeEndsAWriteThatWaits() throws Exception {
        SocketChannel channel = ends().pair().client();
        ByteBuffer endless = ByteBuffer.allocateDirect(1 << 20);
        assertCloseEnds(channel::close, () -> {
            while (true) {
                channel.write(endless.clear());
            }
        });
    }

    @Test
    default void closeEndsAnAcceptThatWaits() throws Exception {
        ServerSocketChannel server = ends().listening();
        assertCloseEnds(server::close, server::accept);
    }

    @Test
    default void shutdownOfInputEndsAReadThatWaits() throws Exception {
        SocketChannel channel = ends().pair().client();
        FutureTask<Integer> read = new FutureTask<>(() -> channel.read(ByteBuffer.allocate(1)));
        awaitWaiting(Thread.ofPlatform().start(read));
        channel.shutdownInput();
        assertThat(read.get()).isEqualTo(-1);
    }

    /** What runs in the test's own thread. */
    @FunctionalInterface
    interface Closing {
        void run() throws IOException;
    }

    private static void assertCloseEnds(Closing close, Callable<?> call) throws Exception {
        FutureTask<?> task = new FutureTask<>(call);
        awaitWaiting(Thread.ofPlatform().start(task));
        close.run();
        // A write that had written something may say so, and the next one finds the channel closed.
        assertThat(failureOf(task)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    default void interruptEndsWhatWaitsAndClosesTheChannel() throws Exception {
        Pair pair = ends().pair();
        assertInterruptCloses(Thread.ofPlatform(), () -> pair.client().read(ByteBuffer.allocate(1)));
        assertThat(pair.client().isOpen()).isFalse();
        assertThat(pair.server().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        ServerSocketChannel server = ends().listening();
        assertInterruptCloses(Thread.ofPlatform(), server::accept);
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    default void interruptOfAVirtualThreadDoesTheSame() throws Exception {
        SocketChannel channel = ends().pair().client();
        assertInterruptCloses(Thread.ofVirtual(), () -> channel.read(ByteBuffer.allocate(1)));
        assertThat(channel.isOpen()).isFalse();
    }

    private static void assertInterruptCloses(Thread.Builder threads, Callable<?> call) throws Exception {
        FutureTask<Boolean> caller = new FutureTask<>(() -> {
            assertThatThrownBy(call::call).isExactlyInstanceOf(ClosedByInterruptException.class);
            return Thread.currentThread().isInterrupted();
        });
        Thread thread = threads.start(caller);
        awaitWaiting(thread);
        thread.interrupt();
        assertThat(caller.get()).as("still interrupted").isTrue();
    }

    @Test
    default void anInterruptBeforeACallClosesToo() throws Exception {
        SocketChannel channel = ends().pair().client();
        FutureTask<Integer> write = new FutureTask<>(() -> {
            Thread.currentThread().interrupt();
            return channel.write(bytes("x"));
        });
        Thread.ofPlatform().start(write);
        assertThat(failureOf(write)).isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    default void aWriterDoesNotWaitForAReader() throws Exception {
        Pair pair = ends().pair();
        FutureTask<String> read = new FutureTask<>(() -> readText(pair.client(), 5));
        awaitWaiting(Thread.ofPlatform().start(read));
        pair.client().write(bytes("ping"));
        assertThat(readText(pair.server(), 4)).isEqualTo("ping");
        pair.server().write(bytes("pong!"));
        assertThat(read.get()).isEqualTo("pong!");
    }

    @Test
    default void manyConnectionsOfOneListener() throws IOException {
        ServerSocketChannel listener = ends().listening();
        for (int i = 0; i < 50; i++) {
            try (SocketChannel client = ends().client()) {
                client.connect(StreamEnds.local(listener));
                try (SocketChannel server = listener.accept()) {
                    client.write(bytes("n" + i));
                    client.shutdownOutput();
                    assertThat(readText(server, 10)).isEqualTo("n" + i);
                }
            }
        }
    }
}
