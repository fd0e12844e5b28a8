package org.machbed.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossing;
import org.machbed.netstack.StackCounter;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.server.ServerArguments.ServerKind;
import org.machbed.server.TestHost.Structure;

import static org.assertj.core.api.Assertions.assertThat;

/** Two hosts, an echo, and what every round trip crosses: exactly, because that is what the testbed compares. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RoundTripTest {
    private static final int ECHO_PORT = 7;
    private static final int ROUND_TRIPS = 20;

    /** The netisr thread wakes, finds no packet, runs the timer, finds no packet again, and sleeps. */
    private static final long SPLS_OF_A_TIMER = 4;

    /** The common pool may have one thread, and two calls wait at a time. */
    private static final ExecutorService THREADS =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());

    private Path run = Path.of("/dev/shm");

    static Stream<Structure> structures() {
        List<Structure> structures = new ArrayList<>();
        List<List<String>> drivers = List.of(
                List.of("message-ool", "message"),
                List.of("message", "message"),
                List.of("trap", "message"),
                List.of("call", "call"),
                List.of("window", "window"),
                List.of("trap", "window"));
        for (MachTransport transport : MachTransport.values()) {
            for (List<String> driver : drivers) {
                structures.add(
                        new Structure(ServerKind.UNIX, Optional.empty(), driver.get(0), driver.get(1), transport));
                for (ServerThreadKind threads : ServerThreadKind.values()) {
                    if (threads != ServerThreadKind.TRANSPORT || !driver.get(0).startsWith("message")) {
                        structures.add(new Structure(
                                ServerKind.UDP, Optional.of(threads), driver.get(0), driver.get(1), transport));
                    }
                }
            }
        }
        return structures.stream();
    }

    @BeforeEach
    void makeRun() throws Exception {
        run = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test-");
    }

    @AfterEach
    void removeRun() throws Exception {
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("structures")
    void aRoundTripCrossesWhatItsStructureSays(Structure structure) throws Exception {
        Files.createDirectories(run.resolve("wire"));
        try (TestHost a = new TestHost(run, 1, structure);
                TestHost b = new TestHost(run, 2, structure);
                TestClient client = new TestClient(a.directory, structure.transport(), structure.isUnix());
                TestClient echo = new TestClient(b.directory, structure.transport(), structure.isUnix())) {
            int clientSocket = client.bound(5000);
            int echoSocket = echo.bound(ECHO_PORT);
            // The first one resolves addresses.
            roundTrip(a, b, client, clientSocket, echo, echoSocket, (byte) 0);
            Counts before = Counts.of(a, b);
            for (int i = 1; i <= ROUND_TRIPS; i++) {
                roundTrip(a, b, client, clientSocket, echo, echoSocket, (byte) i);
            }
            Counts after = Counts.of(a, b);
            assertThat(a.failures).isEmpty();
            assertThat(b.failures).isEmpty();
            assertCounts(structure, after.since(before));
        }
    }

    @ParameterizedTest
    @MethodSource("structures")
    void aDatagramThatComesBeforeItsReceiveCostsTheSameCopies(Structure structure) throws Exception {
        Files.createDirectories(run.resolve("wire"));
        try (TestHost a = new TestHost(run, 1, structure);
                TestHost b = new TestHost(run, 2, structure);
                TestClient client = new TestClient(a.directory, structure.transport(), structure.isUnix());
                TestClient echo = new TestClient(b.directory, structure.transport(), structure.isUnix())) {
            int clientSocket = client.bound(5000);
            int echoSocket = echo.bound(ECHO_PORT);
            // The first one resolves addresses.
            roundTrip(a, b, client, clientSocket, echo, echoSocket, (byte) 0);
            Counts before = Counts.of(a, b);
            for (int i = 1; i <= ROUND_TRIPS; i++) {
                sendAndLetArrive(client, clientSocket, b, ECHO_PORT, (byte) i);
                assertThat(TestClient.succeeded(receive(echo, echoSocket))
                                .getData()
                                .toByteArray())
                        .containsExactly(i);
                sendAndLetArrive(echo, echoSocket, a, 5000, (byte) i);
                assertThat(TestClient.succeeded(receive(client, clientSocket))
                                .getData()
                                .toByteArray())
                        .containsExactly(i);
            }
            Counts counts = Counts.of(a, b).since(before);
            // A frame in the wire's ring is gone after the call: the restructured server copies it when nobody waits.
            int more = structure.ownsWire() && !structure.isUnix() ? 2 : 0;
            assertThat(counts.server(Crossing.COPIES)).isEqualTo(expectedServerCopies(structure) + more);
        }
    }

    /** The datagram is in the receiver's socket before this returns. */
    private static void sendAndLetArrive(TestClient from, int socket, TestHost to, int port, byte data)
            throws Exception {
        String arrived = "stack." + StackCounter.FRAMES_RECEIVED;
        long before = to.counter(arrived);
        TestClient.succeeded(from.send(socket, to.ipv4, port, data));
        to.awaitCounter(arrived, before + 1);
        to.awaitQuiet(0);
    }

    /** Both receives wait before the datagram for them is sent, so that the path is the same every time. */
    private static void roundTrip(
            TestHost a, TestHost b, TestClient client, int clientSocket, TestClient echo, int echoSocket, byte data)
            throws Exception {
        CompletableFuture<SocketReply> request =
                CompletableFuture.supplyAsync(() -> receive(echo, echoSocket), THREADS);
        b.awaitQuiet(1);
        CompletableFuture<SocketReply> answer =
                CompletableFuture.supplyAsync(() -> receive(client, clientSocket), THREADS);
        a.awaitQuiet(1);
        TestClient.succeeded(client.send(clientSocket, b.ipv4, ECHO_PORT, data));
        SocketReply received;
        try {
            received = TestClient.succeeded(request.get(10, TimeUnit.SECONDS));
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError("no datagram; a: " + a.counters() + "; b: " + b.counters(), e);
        }
        assertThat(received.getIpv4()).isEqualTo(a.ipv4);
        assertThat(received.getPort()).isEqualTo(5000);
        TestClient.succeeded(echo.send(
                echoSocket,
                received.getIpv4(),
                received.getPort(),
                received.getData().toByteArray()));
        SocketReply echoed = TestClient.succeeded(answer.get(20, TimeUnit.SECONDS));
        assertThat(echoed.getData().toByteArray()).containsExactly(data);
        assertThat(echoed.getValue()).isEqualTo(1);
        assertThat(echoed.getPort()).isEqualTo(ECHO_PORT);
    }

    private static SocketReply receive(TestClient client, int socket) {
        try {
            return client.receive(socket, 100);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertCounts(Structure structure, Counts counts) {
        System.out.println(structure + " " + counts.text());
        assertMessages(structure, counts);
        assertServer(structure, counts);
    }

    private static void assertMessages(Structure structure, Counts counts) {
        // sendto and recvfrom on each host, each a request and a reply.
        assertThat(counts.get(Crossing.MESSAGES)).isEqualTo(8);
        int frameMessages = structure.receive().equals("message") ? 2 : 0;
        int writeMessages = structure.transmit().startsWith("message") ? 4 : 0;
        assertThat(counts.get(Crossing.KERNEL_MESSAGES)).isEqualTo(frameMessages + writeMessages);
        assertThat(counts.get(Crossing.OUT_OF_LINE_MAPS))
                .isEqualTo(structure.transmit().equals("message-ool") ? 2 : 0);
        boolean traps =
                structure.transmit().equals("trap") || structure.transmit().equals("window");
        assertThat(counts.get(Crossing.TRAPS)).isEqualTo(traps ? 2 : 0);
        assertThat(counts.get(Crossing.FRAMES_SENT)).isEqualTo(2);
        assertThat(counts.get(Crossing.FRAMES_RECEIVED)).isEqualTo(2);
        assertThat(counts.get(Crossing.FRAMES_DROPPED)).isZero();
    }

    private static void assertServer(Structure structure, Counts counts) {
        boolean byMessage = structure.receive().equals("message");
        if (structure.isUnix()) {
            // maeda92 section 2.3: "about 50".
            assertThat(counts.all().getOrDefault(Crossing.SPLS, 0L))
                    .isEqualTo(54L * ROUND_TRIPS + SPLS_OF_A_TIMER * counts.timerRuns());
            // Transport to server thread for each call, (transport to) network input to netisr to server thread for the
            // frame.
            assertThat(counts.get(Crossing.HAND_OFFS)).isEqualTo(byMessage ? 10 : 8);
        } else {
            assertThat(counts.get(Crossing.SPLS)).isZero();
            // sendto, recvfrom, and one for the way of the packet in (maeda92 section 3).
            assertThat(counts.get(Crossing.LOCKS)).isEqualTo(6);
            boolean ownThreads = !structure.threads().equals(Optional.of(ServerThreadKind.TRANSPORT));
            assertThat(counts.get(Crossing.HAND_OFFS)).isEqualTo(ownThreads ? byMessage ? 6 : 4 : 0);
        }
        assertThat(counts.server(Crossing.COPIES)).isEqualTo(expectedServerCopies(structure));
    }

    /** Copies of a server, on both hosts. */
    private static int expectedServerCopies(Structure structure) {
        // Out of the request into the frame, and out of the frame into the reply.
        int copies = 4;
        if (structure.isUnix()) {
            // sosend copies into an mbuf first; from a wire's ring that cannot be lent, the interrupt handler does too.
            copies += 2 + (structure.ownsWire() ? 2 : 0);
        }
        return copies + (structure.transmit().equals("message-ool") ? 2 : 0);
    }

    /** Totals of both hosts, or their differences for each round trip. */
    private record Counts(Map<Crossing, Long> all, Map<Crossing, Long> servers, long timerRuns) {
        /** Counts when nothing is going on any more. */
        static Counts of(TestHost a, TestHost b) {
            a.awaitQuiet(0);
            b.awaitQuiet(0);
            return new Counts(a, b);
        }

        private Counts(TestHost a, TestHost b) {
            this(
                    new EnumMap<>(Crossing.class),
                    new EnumMap<>(Crossing.class),
                    a.counter("timerRuns") + b.counter("timerRuns"));
            for (Crossing crossing : Crossing.values()) {
                long ofServers = a.crossings.value(crossing) + b.crossings.value(crossing);
                servers.put(crossing, ofServers);
                all.put(crossing, ofServers + a.kernel.crossings.value(crossing) + b.kernel.crossings.value(crossing));
            }
        }

        Counts since(Counts before) {
            return new Counts(
                    difference(all, before.all), difference(servers, before.servers), timerRuns - before.timerRuns);
        }

        private static Map<Crossing, Long> difference(Map<Crossing, Long> after, Map<Crossing, Long> before) {
            Map<Crossing, Long> difference = new EnumMap<>(after);
            before.forEach((crossing, count) -> difference.merge(crossing, -count, Long::sum));
            return difference;
        }

        double get(Crossing crossing) {
            return (double) all.getOrDefault(crossing, 0L) / ROUND_TRIPS;
        }

        double server(Crossing crossing) {
            return (double) servers.getOrDefault(crossing, 0L) / ROUND_TRIPS;
        }

        String text() {
            StringBuilder text = new StringBuilder();
            for (Crossing crossing : Crossing.values()) {
                text.append(crossing.label()).append('=').append(get(crossing)).append(' ');
            }
            return text.toString();
        }
    }
}
