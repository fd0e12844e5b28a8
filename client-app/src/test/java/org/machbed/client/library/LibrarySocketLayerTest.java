package org.machbed.client.library;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.process.Crossing;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.StreamSocketLayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Who waits, who is woken, what a call crosses and what an end delivers. */
@Timeout(60)
class LibrarySocketLayerTest {
    private static final int B = Ipv4Address.parse(LibraryHosts.ADDRESS_B);
    private static final int PORT = 5001;
    private static final long LONG_NS = 30_000_000_000L;

    @TempDir
    private Path directory;

    private LibraryHosts hosts;
    private LibrarySocketLayer a;
    private LibrarySocketLayer b;

    @BeforeEach
    void open() throws Exception {
        hosts = new LibraryHosts(directory);
        a = hosts.layer(0);
        b = hosts.layer(1);
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    /** A call on a thread of its own that has come to wait. */
    private static final class Waiting<T> {
        private final Thread thread;
        private final FutureTask<T> task;

        Waiting(LibrarySocketLayer layer, Callable<T> call) {
            long before = waiting(layer);
            task = new FutureTask<>(call);
            thread = Thread.ofPlatform().daemon().start(task);
            awaitWaiting(layer, before + 1);
        }

        T result() throws Exception {
            return task.get();
        }

        void fails(Errno errno) {
            assertThatThrownBy(task::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            SocketLayerException.class,
                            e -> assertThat(e.errno()).isEqualTo(errno));
        }
    }

    private static Map<String, Long> counters(LibrarySocketLayer layer) {
        Map<String, Long> counters = new LinkedHashMap<>();
        layer.tellCounters(counters::put);
        return counters;
    }

    private static long waiting(LibrarySocketLayer layer) {
        return counters(layer).getOrDefault("THREADS_WAITING", 0L);
    }

    private static void awaitWaiting(LibrarySocketLayer layer, long count) {
        while (waiting(layer) != count) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static int bound(LibrarySocketLayer layer, int port) throws SocketLayerException {
        int socket = layer.socket();
        layer.bind(socket, 0, port);
        return socket;
    }

    private static ByteBuffer bytes(int length) {
        return ByteBuffer.allocateDirect(length);
    }

    @Test
    void aRoundTripIsOneCopyAndOneFrameEachWayAndNothingElse() throws Exception {
        int rounds = 50;
        int server = bound(b, PORT);
        int client = bound(a, 0);
        Thread echo = Thread.ofPlatform().daemon().start(() -> {
            ByteBuffer buffer = bytes(100);
            try {
                while (true) {
                    long header = b.receive(server, buffer.clear(), true);
                    buffer.limit(DatagramHeader.lengthBytes(header));
                    b.send(server, buffer, DatagramHeader.ipv4(header), DatagramHeader.port(header));
                }
            } catch (SocketLayerException e) {
                assertThat(e.errno()).isEqualTo(Errno.EBADF);
            }
        });
        ByteBuffer buffer = bytes(100);
        pingPong(client, buffer, 2);
        Map<Crossing, Long> before = hosts.crossings(0).snapshot();
        pingPong(client, buffer, rounds);
        Map<Crossing, Long> after = hosts.crossings(0).snapshot();

        Map<Crossing, Long> expected = new LinkedHashMap<>();
        expected.put(Crossing.TRAPS, 0L);
        expected.put(Crossing.MESSAGES, 0L);
        expected.put(Crossing.COPIES, 2L * rounds);
        expected.put(Crossing.COPIED_BYTES, 20L * rounds);
        expected.put(Crossing.FRAMES_SENT, (long) rounds);
        expected.put(Crossing.FRAMES_RECEIVED, (long) rounds);
        expected.forEach(
                (crossing, count) -> assertThat(after.getOrDefault(crossing, 0L) - before.getOrDefault(crossing, 0L))
                        .describedAs(crossing.label())
                        .isEqualTo(count));
        b.close(server);
        echo.join();
    }

    private void pingPong(int client, ByteBuffer buffer, int rounds) throws SocketLayerException {
        for (int i = 0; i < rounds; i++) {
            buffer.clear().limit(10);
            buffer.putInt(0, i);
            assertThat(a.send(client, buffer, B, PORT)).isEqualTo(10);
            buffer.clear();
            assertThat(DatagramHeader.lengthBytes(a.receive(client, buffer, true)))
                    .isEqualTo(10);
            assertThat(buffer.getInt(0)).isEqualTo(i);
        }
    }

    @Test
    void aCloseEndsTheWaitsOfLeaderAndFollowers() throws Exception {
        List<Integer> sockets = new ArrayList<>();
        List<Waiting<Long>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int socket = bound(a, 0);
            sockets.add(socket);
            calls.add(new Waiting<>(a, () -> a.receive(socket, bytes(1), true)));
        }
        // Not in the order in which they came.
        for (int i : new int[] {2, 0, 3, 1}) {
            a.close(sockets.get(i));
            calls.get(i).fails(Errno.EBADF);
        }
        awaitWaiting(a, 0);
    }

    @Test
    void aFollowerGetsWhatTheLeaderTakesIn() throws Exception {
        int first = bound(b, PORT);
        int second = bound(b, PORT + 1);
        var leading = new Waiting<>(b, () -> b.receive(first, bytes(8), true));
        var following = new Waiting<>(b, () -> b.receive(second, bytes(8), true));
        int client = bound(a, 0);
        a.send(client, bytes(3), B, PORT + 1);
        assertThat(DatagramHeader.lengthBytes(following.result())).isEqualTo(3);
        a.send(client, bytes(4), B, PORT);
        assertThat(DatagramHeader.lengthBytes(leading.result())).isEqualTo(4);
    }

    @Test
    void anInterruptEndsTheWaitOfAFollower() throws Exception {
        int first = bound(a, 0);
        int second = bound(a, 0);
        var leading = new Waiting<>(a, () -> a.receive(first, bytes(1), true));
        var following = new Waiting<>(a, () -> a.receive(second, bytes(1), true));
        following.thread.interrupt();
        following.fails(Errno.EINTR);
        a.close(first);
        leading.fails(Errno.EBADF);
    }

    @Test
    void limitsEndWaitsAndLeaveTheLinkToOthers() throws Exception {
        int server = bound(b, PORT);
        int silent = bound(b, 0);
        var limited = new Waiting<>(b, () -> b.await(silent, Condition.READABLE, 200_000_000));
        var following = new Waiting<>(b, () -> b.receive(server, bytes(8), true));
        assertThat(limited.result()).isFalse();
        int client = bound(a, 0);
        a.send(client, bytes(5), B, PORT);
        assertThat(DatagramHeader.lengthBytes(following.result())).isEqualTo(5);
        assertThat(b.await(server, Condition.WRITABLE, LONG_NS)).isTrue();
        assertThat(b.await(silent, Condition.READABLE, 1)).isFalse();
    }

    /** The background thread sees to ARP and to connections while the application does not call. */
    @Test
    void theStackRunsWhileNobodyCalls() throws Exception {
        int listener = b.streamSocket();
        b.bind(listener, 0, PORT);
        b.listen(listener, 10);
        awaitBackgroundAtLink(b);
        int client = a.streamSocket();
        assertThat(a.connectStream(client, B, PORT, true)).isTrue();
        int accepted = b.accept(listener, true);
        assertThat(a.sendStream(client, bytes(1000), true)).isEqualTo(1000);
        a.shutdownSending(client);
        assertThat(a.await(client, Condition.DRAINED, LONG_NS)).isTrue();
        assertThat(b.receiveStream(accepted, bytes(2000), false)).isEqualTo(1000);
    }

    private static void awaitBackgroundAtLink(LibrarySocketLayer layer) {
        var turns = new AtomicLong();
        while (turns.get() == 0) {
            layer.tellCounters((name, value) -> {
                if (name.equals("BACKGROUND_TURNS_AT_LINK")) {
                    turns.set(value);
                }
            });
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void whatWasSentBeforeTheEndArrives() throws Exception {
        int listener = b.streamSocket();
        b.bind(listener, 0, PORT);
        b.listen(listener, 10);
        var sentAll = new CountDownLatch(1);
        CompletableFuture<Integer> received = CompletableFuture.supplyAsync(() -> {
            try {
                int socket = b.accept(listener, true);
                int total = 0;
                ByteBuffer buffer = bytes(1000);
                sentAll.await();
                for (int count = 0; count != StreamSocketLayer.END_OF_STREAM; total += count) {
                    buffer.clear();
                    count = b.receiveStream(socket, buffer, true);
                }
                return total + 1;
            } catch (SocketLayerException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        int client = a.streamSocket();
        a.connectStream(client, B, PORT, true);
        int sent = 0;
        for (int taken = -1; taken != 0; sent += taken) {
            taken = a.sendStream(client, bytes(60_000), false);
        }
        sentAll.countDown();
        a.close();
        assertThat(received.get()).isEqualTo(sent);
        assertThatThrownBy(() -> a.socket())
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
    }

    @Test
    void oneSocketOrSetTooManyIsRefused() throws Exception {
        List<Integer> sets = new ArrayList<>();
        for (int i = 0; i < LibrarySockets.SETS; i++) {
            sets.add(a.readinessSet());
        }
        assertThatThrownBy(() -> a.readinessSet())
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EMFILE));
        a.closeSet(sets.getFirst());
        assertThat(a.readinessSet()).isPositive();
        for (int i = 0; i < LibrarySockets.CAPACITY; i++) {
            a.streamSocket();
        }
        assertThatThrownBy(() -> a.streamSocket())
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EMFILE));
    }
}
