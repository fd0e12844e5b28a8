package org.machbed.client.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.IllegalSelectorException;
import java.nio.channels.Selector;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.machbed.client.channel.OnEnds.bytes;

/** close, interrupt, and several threads on one channel. */
interface LifeContract extends OnEnds {
    @Test
    default void closedChannelRefusesEveryCall() throws IOException {
        DatagramChannel channel = ends().openA().connect(ends().boundB().getLocalAddress());
        channel.close();
        channel.close();
        ByteBuffer buffer = ByteBuffer.allocate(1);
        ByteBuffer[] buffers = {buffer};
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.isConnected()).isFalse();
        assertClosed(() -> channel.read(buffer));
        assertClosed(() -> channel.read(buffers));
        assertClosed(() -> channel.write(buffer));
        assertClosed(() -> channel.write(buffers));
        assertClosed(() -> channel.receive(buffer));
        assertClosed(() -> channel.send(buffer, ends().boundB().getLocalAddress()));
        assertClosed(() -> channel.bind(null));
        assertClosed(() -> channel.connect(ends().boundB().getLocalAddress()));
        assertClosed(channel::getLocalAddress);
        assertClosed(channel::getRemoteAddress);
        assertClosed(() -> channel.configureBlocking(false));
    }

    private static void assertClosed(Callable<?> call) {
        assertThatThrownBy(call::call).isExactlyInstanceOf(ClosedChannelException.class);
    }

    @Test
    default void closeEndsAReceiveThatWaits() throws Exception {
        DatagramChannel channel = ends().boundA();
        FutureTask<?> receive = new FutureTask<>(() -> channel.receive(ByteBuffer.allocate(1)));
        awaitWaiting(Thread.ofPlatform().start(receive));
        channel.close();
        assertThat(failureOf(receive)).isExactlyInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    default void closeEndsAReadThatWaits() throws Exception {
        DatagramChannel channel = ends().openA().connect(ends().boundB().getLocalAddress());
        FutureTask<?> read = new FutureTask<>(() -> channel.read(ByteBuffer.allocate(1)));
        awaitWaiting(Thread.ofPlatform().start(read));
        channel.close();
        assertThat(failureOf(read)).isExactlyInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    default void interruptEndsAReceiveThatWaitsAndClosesTheChannel() throws Exception {
        DatagramChannel channel = ends().boundA();
        assertInterruptCloses(channel, Thread.ofPlatform(), () -> channel.receive(ByteBuffer.allocate(1)));
    }

    @Test
    default void interruptEndsAReadThatWaitsAndClosesTheChannel() throws Exception {
        DatagramChannel channel = ends().openA().connect(ends().boundB().getLocalAddress());
        ByteBuffer[] targets = {ByteBuffer.allocate(1)};
        assertInterruptCloses(channel, Thread.ofPlatform(), () -> channel.read(targets));
    }

    @Test
    default void interruptOfAVirtualThreadDoesTheSame() throws Exception {
        DatagramChannel channel = ends().boundA();
        assertInterruptCloses(channel, Thread.ofVirtual(), () -> channel.receive(ByteBuffer.allocate(1)));
    }

    private static void assertInterruptCloses(DatagramChannel channel, Thread.Builder threads, Callable<?> call)
            throws Exception {
        FutureTask<Boolean> caller = new FutureTask<>(() -> {
            assertThatThrownBy(call::call).isExactlyInstanceOf(ClosedByInterruptException.class);
            return Thread.currentThread().isInterrupted();
        });
        Thread thread = threads.start(caller);
        awaitWaiting(thread);
        thread.interrupt();
        assertThat(caller.get()).as("still interrupted").isTrue();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    default void interruptBeforeACallClosesToo() throws Exception {
        DatagramChannel receiver = ends().boundA();
        DatagramChannel sender = ends().boundA();
        assertThat(failureOf(interrupted(() -> receiver.receive(ByteBuffer.allocate(1)))))
                .isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(failureOf(interrupted(
                        () -> sender.send(bytes("x"), ends().boundB().getLocalAddress()))))
                .isExactlyInstanceOf(ClosedByInterruptException.class);
        assertThat(receiver.isOpen() || sender.isOpen()).isFalse();
    }

    @Test
    default void nonBlockingCallsDoNotMindAnInterrupt() throws Exception {
        DatagramChannel channel = ends().boundA();
        channel.configureBlocking(false);
        FutureTask<?> receive = interrupted(() -> channel.receive(ByteBuffer.allocate(1)));
        assertThat(receive.get()).isNull();
        assertThat(channel.isOpen()).isTrue();
    }

    private static FutureTask<?> interrupted(Callable<?> call) {
        FutureTask<?> task = new FutureTask<>(() -> {
            Thread.currentThread().interrupt();
            return call.call();
        });
        Thread.ofPlatform().start(task);
        return task;
    }

    @Test
    default void writerDoesNotWaitForAReader() throws Exception {
        DatagramChannel b = ends().boundB();
        DatagramChannel a = ends().openA().connect(b.getLocalAddress());
        FutureTask<Integer> read = new FutureTask<>(() -> a.read(ByteBuffer.allocate(8)));
        awaitWaiting(Thread.ofPlatform().start(read));
        a.write(bytes("ping"));
        b.send(bytes("pong!"), b.receive(ByteBuffer.allocate(8)));
        assertThat(read.get()).isEqualTo(5);
    }

    @Test
    default void eachDatagramGoesToOneOfSeveralReaders() throws Exception {
        int datagrams = 60;
        DatagramChannel a = ends().boundA();
        DatagramChannel b = ends().boundB();
        BitSet seen = new BitSet();
        Callable<Integer> reader = () -> {
            for (int taken = 0; ; taken++) {
                ByteBuffer target = ByteBuffer.allocate(4);
                b.receive(target);
                if (target.getInt(0) < 0) {
                    return taken;
                }
                synchronized (seen) {
                    assertThat(seen.get(target.getInt(0))).isFalse();
                    seen.set(target.getInt(0));
                }
            }
        };
        FutureTask<Integer> first = new FutureTask<>(reader);
        FutureTask<Integer> second = new FutureTask<>(reader);
        Thread.ofPlatform().start(first);
        Thread.ofPlatform().start(second);
        for (int i = 0; i < datagrams + 2; i++) {
            a.send(ByteBuffer.allocate(4).putInt(0, i < datagrams ? i : -1), b.getLocalAddress());
        }
        assertThat(first.get() + second.get()).isEqualTo(datagrams);
        assertThat(seen.cardinality()).isEqualTo(datagrams);
    }

    @Test
    default void selectorOfAnotherProviderIsRefused() throws IOException {
        DatagramChannel channel = ends().openA();
        try (Selector selector = Selector.open()) {
            if (!channel.provider().equals(selector.provider())) {
                channel.configureBlocking(false);
                assertThatThrownBy(() -> channel.register(selector, channel.validOps()))
                        .isInstanceOf(IllegalSelectorException.class);
            }
        }
    }

    static Throwable failureOf(FutureTask<?> task) throws InterruptedException {
        try {
            Object result = task.get();
            throw new AssertionError("the call should have failed but answered " + result);
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        }
    }

    /** Waits until a thread has entered the part of a call that waits, in the JDK's channels or in ours. */
    static void awaitWaiting(Thread thread) {
        Set<String> waits = Set.of(
                "receiveIntoNativeBuffer", "readIntoNativeBuffer", "readv", "park", "receiveHeader", "awaitReady");
        while (Arrays.stream(thread.getStackTrace()).noneMatch(frame -> waits.contains(frame.getMethodName()))) {
            assertThat(thread.isAlive() && !Thread.currentThread().isInterrupted())
                    .as("the thread came to wait")
                    .isTrue();
            Thread.onSpinWait();
        }
    }
}
