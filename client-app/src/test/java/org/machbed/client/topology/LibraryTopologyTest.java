package org.machbed.client.topology;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.Child;
import org.machbed.client.channel.SharedSockets.Share;
import org.machbed.client.session.SessionSocketLayer;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.netstack.Ipv4Address;

import static org.assertj.core.api.Assertions.assertThat;

/** Sessions between real kernels, Unix servers and libraries: where they are, that no byte is lost on the way, and what is shared. */
class LibraryTopologyTest {
    private static final int A = 0;
    private static final int B = 1;
    private static final int ADDRESS_B = Ipv4Address.parse("192.0.2.2");
    private static final int SESSIONS = 200;
    private static final int THREADS = 4;

    /** More than goes into one message in line. */
    private static final int LARGE_BYTES = 400_000;

    private static final int STOPS = 5;
    private static final int CONNECTS = 50;
    private static final int STOPPED_CONNECTIONS = 8;
    private static final long RECOVERY_LIMIT_NS = 60_000_000_000L;

    @TempDir
    private Path directory;

    private TwoHosts hosts;

    @BeforeEach
    void start() throws Exception {
        hosts = new TwoHosts(directory).withSessions(MachTransport.GRPC);
    }

    @AfterEach
    void stop() throws Exception {
        hosts.close();
    }

    private static <T> FutureTask<T> start(Callable<T> body) {
        FutureTask<T> task = new FutureTask<>(body);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private static byte[] bytes(int seed, int count) {
        byte[] bytes = new byte[count];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] receiveAll(SocketChannel channel, int bytes) throws Exception {
        ByteBuffer received = ByteBuffer.allocate(bytes);
        while (received.hasRemaining() && channel.read(received) >= 0) {}
        assertThat(received.remaining()).isZero();
        return received.array();
    }

    /** Both send before either has migrated for sure, and go on while it does. */
    @Test
    void noByteIsLostWhileSessionsComeAndGo() throws Exception {
        InetSocketAddress address = new InetSocketAddress("192.0.2.2", 7_000);
        try (ServerSocketChannel listener = hosts.provider(B).openServerSocketChannel()) {
            listener.bind(address, 128);
            List<FutureTask<Integer>> tasks = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int first = thread * SESSIONS;
                tasks.add(start(() -> {
                    for (int i = 0; i < SESSIONS; i++) {
                        try (SocketChannel accepted = listener.accept()) {
                            byte[] head = receiveAll(accepted, Integer.BYTES);
                            int seed = ByteBuffer.wrap(head).getInt();
                            accepted.write(ByteBuffer.wrap(bytes(seed, 20_000)));
                            assertThat(receiveAll(accepted, 10_000)).isEqualTo(bytes(~seed, 10_000));
                            assertThat(accepted.read(ByteBuffer.allocate(1))).isEqualTo(-1);
                        }
                    }
                    return first;
                }));
                tasks.add(start(() -> {
                    for (int i = 0; i < SESSIONS; i++) {
                        int seed = first + i;
                        try (SocketChannel channel = hosts.provider(A).openSocketChannel()) {
                            channel.connect(address);
                            channel.write(ByteBuffer.allocate(Integer.BYTES).putInt(0, seed));
                            channel.write(ByteBuffer.wrap(bytes(~seed, 10_000)));
                            channel.shutdownOutput();
                            assertThat(receiveAll(channel, 20_000)).isEqualTo(bytes(seed, 20_000));
                            assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
                        }
                    }
                    return first;
                }));
            }
            for (FutureTask<Integer> task : tasks) {
                task.get();
            }
        }
        assertThat(hosts.counter(A, "MIGRATIONS_IN")).isEqualTo(THREADS * SESSIONS);
        assertThat(hosts.counter(A, "MIGRATIONS_BACK") + hosts.counter(A, "SESSIONS_OVER"))
                .isEqualTo(THREADS * SESSIONS);
        assertThat(hosts.counter(A, "SESSIONS")).isZero();
        assertThat(hosts.counter(A, "MIGRATIONS_FAILED") + hosts.counter(B, "MIGRATIONS_FAILED"))
                .isZero();
    }

    /** What a close leaves unsent goes back with the session, out of line where it is long. */
    @Test
    void whatWasSentBeforeACloseArrives() throws Exception {
        InetSocketAddress address = new InetSocketAddress("192.0.2.2", 7_001);
        try (ServerSocketChannel listener = hosts.provider(B).openServerSocketChannel()) {
            listener.bind(address);
            SocketChannel channel = hosts.provider(A).openSocketChannel();
            channel.connect(address);
            try (SocketChannel accepted = listener.accept()) {
                int sent = 0;
                channel.configureBlocking(false);
                byte[] data = bytes(1, 8 * LARGE_BYTES);
                // The receiver reads nothing yet: more than its window stays here.
                while (sent < 3 * LARGE_BYTES) {
                    sent += channel.write(ByteBuffer.wrap(data, sent, 3 * LARGE_BYTES - sent));
                    if (hosts.counter(A, "TCP_BUFFER_BYTES") >= 1 << 20) {
                        break;
                    }
                }
                channel.close();
                assertThat(receiveAll(accepted, sent)).isEqualTo(java.util.Arrays.copyOf(data, sent));
                assertThat(accepted.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
        }
    }

    @Test
    void aDatagramSocketMovesWithWhatItHasNotReceived() throws Exception {
        try (DatagramChannel receiver = hosts.provider(B).openDatagramChannel();
                DatagramChannel sender = hosts.provider(A).openDatagramChannel()) {
            receiver.bind(new InetSocketAddress("192.0.2.2", 7_002));
            assertThat(hosts.counter(B, "SESSIONS")).isEqualTo(1);
            InetSocketAddress to = new InetSocketAddress("192.0.2.2", 7_002);
            for (byte i = 0; i < 3; i++) {
                sender.send(ByteBuffer.allocate(1).put(0, i), to);
            }
            assertThat(hosts.counter(A, "SESSIONS")).isEqualTo(1);
            ByteBuffer one = ByteBuffer.allocate(1);
            receiver.receive(one);
            assertThat(one.get(0)).isZero();
            // Its addresses are changed in the server.
            receiver.connect(
                    sender.getLocalAddress() instanceof InetSocketAddress own
                            ? new InetSocketAddress("192.0.2.1", own.getPort())
                            : to);
            assertThat(hosts.counter(B, "SESSIONS")).isEqualTo(1);
            assertThat(hosts.counter(B, "MIGRATIONS_IN")).isEqualTo(2);
            sender.send(ByteBuffer.allocate(1).put(0, (byte) 9), to);
            byte last;
            do {
                one.clear();
                receiver.read(one);
                last = one.get(0);
            } while (last != 9);
        }
    }

    /**
     * However many have come, or are under way inside the host, while the socket's session goes to the server and comes back with another
     * peer.
     */
    @Test
    void aDatagramChannelReceivesNothingOfOthersOnceItIsConnected() throws Exception {
        InetSocketAddress to = new InetSocketAddress("192.0.2.2", 7_006);
        AtomicBoolean over = new AtomicBoolean();
        try (DatagramChannel receiver = hosts.provider(B).openDatagramChannel();
                DatagramChannel friend = hosts.provider(A).openDatagramChannel();
                DatagramChannel stranger = hosts.provider(A).openDatagramChannel()) {
            receiver.bind(to);
            friend.bind(new InetSocketAddress("192.0.2.1", 7_007));
            stranger.bind(new InetSocketAddress("192.0.2.1", 7_008));
            FutureTask<Boolean> sending = start(() -> {
                while (!over.get()) {
                    // Any may be lost, and none is sent again.
                    stranger.send(ByteBuffer.wrap(new byte[] {1}), to);
                    friend.send(ByteBuffer.wrap(new byte[] {2}), to);
                }
                return true;
            });
            ByteBuffer one = ByteBuffer.allocate(1);
            long strangers = 0;
            for (int turn = 0; turn < CONNECTS; turn++) {
                do {
                    receiver.receive(one.clear());
                    strangers += one.get(0) == 1 ? 1 : 0;
                } while (one.get(0) != 1);
                receiver.connect(new InetSocketAddress("192.0.2.1", 7_007));
                for (int i = 0; i < 3; i++) {
                    assertThat(receiver.read(one.clear())).isEqualTo(1);
                    assertThat(one.get(0)).isEqualTo((byte) 2);
                }
                receiver.disconnect();
            }
            over.set(true);
            assertThat(sending.get()).isTrue();
            assertThat(strangers).isGreaterThanOrEqualTo(CONNECTS);
        }
        assertThat(hosts.counter(B, "MIGRATIONS_IN")).isEqualTo(2 * CONNECTS + 1);
    }

    /** What its sends have taken is the server's to bring, and it ends with a FIN. */
    @Test
    void whatAKilledApplicationHasSentArrivesAndNothingElse() throws Exception {
        Path count = directory.resolve("count");
        try (ServerSocketChannel listener = hosts.provider(B).openServerSocketChannel()) {
            listener.bind(new InetSocketAddress("192.0.2.2", 7_004));
            Child sender = hosts.process(A, KilledSender.class, "7004", count.toString());
            try (SocketChannel accepted = listener.accept()) {
                ByteBuffer buffer = ByteBuffer.allocate(8_192);
                long received = 0;
                for (int read = accepted.read(buffer); read >= 0; read = accepted.read(buffer.clear())) {
                    for (int i = 0; i < read; i++) {
                        assertThat(buffer.get(i)).isEqualTo(KilledSender.byteAt(received + i));
                    }
                    boolean kill = received < LARGE_BYTES && received + read >= LARGE_BYTES;
                    received += read;
                    if (kill) {
                        sender.kill();
                    }
                }
                long taken = ByteBuffer.wrap(Files.readAllBytes(count))
                        .order(ByteOrder.nativeOrder())
                        .getLong();
                // The call under way may have been taken, in part or whole.
                assertThat(received).isBetween(taken, taken + KilledSender.CHUNK_BYTES);
                assertThat(received).isGreaterThan(LARGE_BYTES);
            }
        }
    }

    /** Wherever it is stopped: each of its calls has happened once, in the library or in the server. */
    @Test
    void whatAStoppedApplicationSendsAndReceivesDoesSoOnce() throws Exception {
        SplittableRandom random = new SplittableRandom(7);
        try (ServerSocketChannel listener = hosts.provider(B).openServerSocketChannel()) {
            listener.bind(new InetSocketAddress("192.0.2.2", 7_005), STOPPED_CONNECTIONS);
            Child application = hosts.process(A, StoppedApplication.class, "7005", String.valueOf(STOPPED_CONNECTIONS));
            long recovered = 0;
            for (int stop = 1; stop <= STOPS; stop++) {
                application.say("begin");
                Map<Integer, FutureTask<List<Long>>> peers = new HashMap<>();
                for (int i = 0; i < STOPPED_CONNECTIONS; i++) {
                    SocketChannel accepted = listener.accept();
                    peers.put(portOf(accepted.getRemoteAddress()), start(() -> exchange(accepted)));
                }
                assertThat(application.line())
                        .isEqualTo("begun, moved: " + stop * STOPPED_CONNECTIONS + ", refused: 0");
                // Somewhere in mid-stream: where exactly is nobody's plan.
                Thread.sleep(random.nextInt(50));
                application.pause(true);
                recovered = awaitCounter("sessionsRecovered", recovered + STOPPED_CONNECTIONS);
                application.pause(false);
                String[] counts = application.ask("end").split(" ", -1);
                Map<Integer, List<Long>> told = new HashMap<>();
                for (int i = 0; i < 3 * STOPPED_CONNECTIONS; i += 3) {
                    told.put(
                            Integer.valueOf(counts[i]),
                            List.of(Long.parseLong(counts[i + 1]), Long.parseLong(counts[i + 2])));
                }
                // By port: the last segment of a handshake may be late, so that another connection is accepted before.
                Map<Integer, List<Long>> seen = new HashMap<>();
                for (Map.Entry<Integer, FutureTask<List<Long>>> peer : peers.entrySet()) {
                    seen.put(peer.getKey(), peer.getValue().get());
                }
                assertThat(told).isEqualTo(seen);
                assertThat(counts[3 * STOPPED_CONNECTIONS]).isEqualTo(String.valueOf(stop * STOPPED_CONNECTIONS));
            }
            assertThat(recovered).isEqualTo((long) STOPS * STOPPED_CONNECTIONS);
        }
    }

    private static int portOf(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    /** Waits for a counter of host a's server; where it does not come, what all count says how far it went. */
    private long awaitCounter(String name, long least) throws Exception {
        Pattern pattern = Pattern.compile("\"" + name + "\":(\\d+)");
        long startNs = System.nanoTime();
        while (true) {
            String counters = hosts.process(TwoHosts.SERVER_A).ask("counters");
            Matcher matcher = pattern.matcher(counters);
            assertThat(matcher.find()).as(counters).isTrue();
            long value = Long.parseLong(matcher.group(1));
            if (value >= least) {
                return value;
            }
            assertThat(System.nanoTime() - startNs)
                    .as(() -> name + " is " + value + " and not " + least + "; server: " + counters + "; kernel: "
                            + kernelCounters())
                    .isLessThan(RECOVERY_LIMIT_NS);
        }
    }

    private String kernelCounters() {
        try {
            return hosts.process(TwoHosts.KERNEL_A).ask("counters");
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Sends the pattern until the peer's has ended, which it checks; answers how much came and how much was sent. */
    private static List<Long> exchange(SocketChannel channel) throws Exception {
        try (channel) {
            AtomicBoolean ended = new AtomicBoolean();
            FutureTask<Long> sending = start(() -> {
                ByteBuffer chunk = ByteBuffer.allocate(2_000);
                long sent = 0;
                while (!ended.get()) {
                    for (int i = 0; i < chunk.capacity(); i++) {
                        chunk.put(i, KilledSender.byteAt(sent + i));
                    }
                    sent += channel.write(chunk.clear());
                }
                channel.shutdownOutput();
                return sent;
            });
            ByteBuffer buffer = ByteBuffer.allocate(8_192);
            long received = 0;
            for (int read = channel.read(buffer); read >= 0; read = channel.read(buffer.clear())) {
                for (int i = 0; i < read; i++) {
                    if (buffer.get(i) != KilledSender.byteAt(received + i)) {
                        throw new AssertionError("another byte at " + (received + i) + " than was sent");
                    }
                }
                received += read;
            }
            ended.set(true);
            return List.of(received, sending.get());
        }
    }

    /** In order, and where the kernel has gone, so that every call fails. */
    @Test
    void aLayerThatIsClosedLeavesNothingMapped() throws Exception {
        SessionSocketLayer layer = hosts.layer(B);
        int listener = layer.streamSocket();
        layer.bind(listener, 0, 7_009);
        layer.listen(listener, 8);
        long before = mappedMemories();
        for (boolean killed : List.of(false, true)) {
            SessionSocketLayer client = hosts.sessions(A, MachTransport.GRPC);
            assertThat(mappedMemories()).isEqualTo(before + 1);
            for (int i = 0; i < 2; i++) {
                assertThat(client.connectStream(client.streamSocket(), ADDRESS_B, 7_009, true))
                        .isTrue();
            }
            if (killed) {
                hosts.kill(TwoHosts.KERNEL_A);
            }
            client.close();
            assertThat(mappedMemories()).isEqualTo(before);
        }
    }

    /** The memories of the records that this process has mapped. */
    private long mappedMemories() throws Exception {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains(directory + "/") && line.contains("sessions"))
                    .count();
        }
    }

    @Test
    void twoProcessesShareAConnectionThatOneHandsOver() throws Exception {
        SessionSocketLayer layer = hosts.layer(B);
        int listener = layer.streamSocket();
        layer.bind(listener, 0, 7_003);
        layer.listen(listener, 1);
        SessionSocketLayer client = hosts.layer(A);
        int socket = client.streamSocket();
        assertThat(client.connectStream(socket, ADDRESS_B, 7_003, true)).isTrue();
        int accepted = layer.accept(listener, true);
        ByteBuffer data = ByteBuffer.wrap(bytes(3, 100));
        assertThat(client.sendStream(socket, data, true)).isEqualTo(100);
        try (SessionSocketLayer other = hosts.sessions(B, MachTransport.GRPC)) {
            Share share = other.takeOver(layer.handOver(accepted));
            assertThat(share.isStream()).isTrue();
            assertThat(hosts.counter(B, "SESSIONS")).isZero();
            ByteBuffer received = ByteBuffer.allocate(100);
            while (received.hasRemaining()) {
                ByteBuffer next = received.slice();
                SessionSocketLayer reader = received.position() < 50 ? layer : other;
                int descriptor = received.position() < 50 ? accepted : share.socket();
                next.limit(Math.min(next.capacity(), 50));
                received.position(received.position() + reader.receiveStream(descriptor, next, true));
            }
            assertThat(received.array()).isEqualTo(bytes(3, 100));
            layer.close(accepted);
            assertThat(other.sendStream(share.socket(), ByteBuffer.wrap(bytes(4, 10)), true))
                    .isEqualTo(10);
            ByteBuffer reply = ByteBuffer.allocate(10);
            while (reply.hasRemaining()) {
                ByteBuffer next = reply.slice();
                reply.position(reply.position() + client.receiveStream(socket, next, true));
            }
            assertThat(reply.array()).isEqualTo(bytes(4, 10));
        }
    }
}
