package org.machbed.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.server.ServerArguments.ServerKind;
import org.machbed.server.TestHost.Structure;

import static org.assertj.core.api.Assertions.assertThat;

/** Streams between two Unix servers, over every driver and both transports. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StreamTransferTest {
    private static final int PORT = 7000;
    private static final int BYTES = 2 << 20;
    private static final int ROUND_TRIPS = 20;
    private static final int LIMIT_SECONDS = 60;

    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private Path run = Path.of("/dev/shm");

    static Stream<Structure> structures() {
        List<Structure> structures = new ArrayList<>();
        for (MachTransport transport : MachTransport.values()) {
            for (String driver :
                    List.of("message-ool/message", "message/message", "trap/message", "call/call", "window/window")) {
                String[] ways = driver.split("/", -1);
                structures.add(new Structure(ServerKind.UNIX, Optional.empty(), ways[0], ways[1], transport));
            }
        }
        return structures.stream();
    }

    @BeforeEach
    void makeRun() throws Exception {
        run = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test-");
        Files.createDirectories(run.resolve("wire"));
    }

    @AfterEach
    void removeRun() throws Exception {
        threads.shutdownNow();
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("structures")
    void bothDirectionsArriveWholeAndEachEndsForItself(Structure structure) throws Exception {
        try (TestHost a = new TestHost(run, 1, structure);
                TestHost b = new TestHost(run, 2, structure);
                StreamClient client = new StreamClient(a.directory, structure.transport());
                StreamClient server = new StreamClient(b.directory, structure.transport())) {
            int listening = server.listening(PORT, 4);
            Future<SocketReply> accepting = threads.submit(() -> server.accept(listening));
            int there = client.connected(b.ipv4, PORT);
            int here = TestClient.succeeded(get(accepting)).getValue();
            Future<String> sent = threads.submit(() -> client.sendAll(there, BYTES, 1));
            Future<String> received = threads.submit(() -> server.receiveAll(here));
            Future<String> back = threads.submit(() -> client.receiveAll(there));
            assertThat(get(received)).isEqualTo(get(sent));
            // Half-closed: the other direction still goes.
            assertThat(server.receive(here, 10).getValue()).isZero();
            assertThat(back).isNotDone();
            String answered = server.sendAll(here, BYTES, 2);
            assertThat(get(back)).isEqualTo(answered);
            assertThat(client.send(there, (byte) 1).getErrno()).isEqualTo(Errno.EPIPE.number());
            TestClient.succeeded(client.close(there));
            TestClient.succeeded(server.close(here));
            TestClient.succeeded(server.close(listening));
            a.awaitCounter("openSockets", 0);
            b.awaitCounter("openSockets", 0);
            a.awaitCounter("mbufsInUse", 0);
            b.awaitCounter("mbufsInUse", 0);
            assertThat(a.failures).isEmpty();
            assertThat(b.failures).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("structures")
    void aRoundTripOfAByteCrossesWhatItsStructureSays(Structure structure) throws Exception {
        try (TestHost a = new TestHost(run, 1, structure);
                TestHost b = new TestHost(run, 2, structure);
                StreamClient client = new StreamClient(a.directory, structure.transport());
                StreamClient server = new StreamClient(b.directory, structure.transport())) {
            int listening = server.listening(PORT, 4);
            int there = client.connected(b.ipv4, PORT);
            int here = TestClient.succeeded(server.accept(listening)).getValue();
            TestClient.succeeded(client.option(there, SocketOptionName.NO_DELAY, 1));
            TestClient.succeeded(server.option(here, SocketOptionName.NO_DELAY, 1));
            roundTrip(a, b, client, there, server, here, (byte) 0);
            awaitNoSegments(a, b);
            long messages = messages(a, b);
            long kernelMessages = total(a, b, Crossing.KERNEL_MESSAGES);
            long traps = total(a, b, Crossing.TRAPS);
            long maps = total(a, b, Crossing.OUT_OF_LINE_MAPS);
            long copies = copies(a, b);
            long sent = total(a, b, Crossing.FRAMES_SENT);
            long received = total(a, b, Crossing.FRAMES_RECEIVED);
            for (int i = 1; i <= ROUND_TRIPS; i++) {
                roundTrip(a, b, client, there, server, here, (byte) i);
            }
            awaitNoSegments(a, b);
            sent = total(a, b, Crossing.FRAMES_SENT) - sent;
            received = total(a, b, Crossing.FRAMES_RECEIVED) - received;
            assertThat(received).isEqualTo(sent);
            // send and receive on each host, each a request and a reply.
            assertThat(messages(a, b) - messages).isEqualTo(8L * ROUND_TRIPS);
            boolean writes = structure.transmit().startsWith("message");
            boolean delivers = structure.receive().equals("message");
            assertThat(total(a, b, Crossing.KERNEL_MESSAGES) - kernelMessages)
                    .isEqualTo((writes ? 2 * sent : 0) + (delivers ? received : 0));
            boolean outOfLine = structure.transmit().equals("message-ool");
            assertThat(total(a, b, Crossing.OUT_OF_LINE_MAPS) - maps).isEqualTo(outOfLine ? sent : 0);
            assertThat(total(a, b, Crossing.TRAPS) - traps).isEqualTo(writes || structure.ownsWire() ? 0 : sent);
            // Into an mbuf, into the ring; out of the ring, out of an mbuf. A frame that cannot be lent is copied once
            // more.
            assertThat(copies(a, b) - copies)
                    .isEqualTo(8L * ROUND_TRIPS + (structure.ownsWire() ? received : 0) + (outOfLine ? sent : 0));
        }
    }

    /** Both receives wait before the byte for them is sent, so that the path is the same every time. */
    private void roundTrip(
            TestHost a, TestHost b, StreamClient client, int there, StreamClient server, int here, byte data)
            throws Exception {
        Future<SocketReply> request = threads.submit(() -> server.receive(here, 100));
        b.awaitCounter("waitingCalls", 1);
        Future<SocketReply> answer = threads.submit(() -> client.receive(there, 100));
        a.awaitCounter("waitingCalls", 1);
        assertThat(TestClient.succeeded(client.send(there, data)).getValue()).isEqualTo(1);
        assertThat(TestClient.succeeded(get(request)).getData().toByteArray()).containsExactly(data);
        TestClient.succeeded(server.send(here, data));
        assertThat(TestClient.succeeded(get(answer)).getData().toByteArray()).containsExactly(data);
    }

    /** Waits until every segment that was sent is received, and the servers have nothing to do. */
    private static void awaitNoSegments(TestHost a, TestHost b) {
        while (segments(a, StackCounter.TCP_SEGMENTS_SENT) != segments(b, StackCounter.TCP_SEGMENTS_RECEIVED)
                || segments(b, StackCounter.TCP_SEGMENTS_SENT) != segments(a, StackCounter.TCP_SEGMENTS_RECEIVED)) {
            Thread.onSpinWait();
        }
        a.awaitQuiet(0);
        b.awaitQuiet(0);
    }

    private static long segments(TestHost host, StackCounter counter) {
        return host.counter("stack." + counter);
    }

    private static long messages(TestHost a, TestHost b) {
        return total(a, b, Crossing.MESSAGES);
    }

    private static long copies(TestHost a, TestHost b) {
        return a.crossings.value(Crossing.COPIES) + b.crossings.value(Crossing.COPIES);
    }

    private static long total(TestHost a, TestHost b, Crossing crossing) {
        return a.crossings.value(crossing)
                + b.crossings.value(crossing)
                + a.kernel.crossings.value(crossing)
                + b.kernel.crossings.value(crossing);
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }
}
