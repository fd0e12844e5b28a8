package org.machbed.server;

import com.google.protobuf.ByteString;
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
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.Readiness;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;
import org.machbed.server.ServerArguments.ServerKind;
import org.machbed.server.TestHost.Structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the Unix server promises the clients of its streams, good and bad ones, over real kernels and a real wire. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnixStreamTest {
    private static final int PORT = 7000;
    private static final int LIMIT_SECONDS = 40;

    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofVirtual().factory());
    private final List<AutoCloseable> open = new ArrayList<>();
    private Path run = Path.of("");

    @BeforeEach
    void makeRun() throws Exception {
        run = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test-");
        Files.createDirectories(run.resolve("wire"));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        threads.shutdownNow();
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private TestHost host(int number) throws Exception {
        TestHost host = new TestHost(
                run, number, new Structure(ServerKind.UNIX, Optional.empty(), "trap", "message", MachTransport.GRPC));
        open.add(host);
        return host;
    }

    private StreamClient client(TestHost host) throws Exception {
        StreamClient client = new StreamClient(host.directory, MachTransport.GRPC);
        open.add(client);
        return client;
    }

    private static int errno(SocketReply reply) {
        return reply.getErrno();
    }

    private static SocketReply get(Future<SocketReply> reply) throws Exception {
        return reply.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void nobodyListensAndTheSocketCanTryAgain() throws Exception {
        TestHost a = host(1);
        TestHost b = host(2);
        StreamClient client = client(a);
        int socket = client.socket();
        assertThat(errno(client.connect(socket, b.ipv4, PORT))).isEqualTo(Errno.ECONNREFUSED.number());
        client(b).listening(PORT, 1);
        TestClient.succeeded(client.connect(socket, b.ipv4, PORT));
        assertThat(errno(client.connect(socket, b.ipv4, PORT))).isEqualTo(Errno.EISCONN.number());
        SocketReply peer = TestClient.succeeded(client.call(BsdCall.REMOTE_ADDRESS, StreamClient.of(socket)));
        assertThat(peer.getIpv4()).isEqualTo(b.ipv4);
        assertThat(peer.getPort()).isEqualTo(PORT);
    }

    @Test
    void callsThatMayNotWaitSayWhatTheyWouldWaitFor() throws Exception {
        TestHost a = host(1);
        TestHost b = host(2);
        StreamClient client = client(a);
        StreamClient server = client(b);
        int listening = server.listening(PORT, 1);
        assertThat(errno(server.acceptNow(listening))).isEqualTo(Errno.EWOULDBLOCK.number());
        int there = client.socket();
        assertThat(errno(client.call(BsdCall.FINISH_CONNECT, StreamClient.of(there))))
                .isEqualTo(Errno.ENOTCONN.number());
        SocketReply begun = client.call(
                BsdCall.CONNECT,
                StreamClient.of(there).setIpv4(b.ipv4).setPort(PORT).setNonBlocking(true));
        assertThat(errno(begun)).isEqualTo(Errno.EINPROGRESS.number());
        TestClient.succeeded(client.call(BsdCall.FINISH_CONNECT, StreamClient.of(there)));
        int here = TestClient.succeeded(server.accept(listening)).getValue();
        assertThat(errno(server.receiveNow(here, 10))).isEqualTo(Errno.EWOULDBLOCK.number());
        // No room on the way: the peer does not read.
        ByteString chunk = ByteString.copyFrom(new byte[BsdCall.MAX_STREAM_BYTES]);
        SocketRequest.Builder send = StreamClient.of(there).setData(chunk).setNonBlocking(true);
        long taken = 0;
        SocketReply reply = client.call(BsdCall.SEND, send);
        while (errno(reply) == 0) {
            taken += reply.getValue();
            reply = client.call(BsdCall.SEND, send);
        }
        assertThat(errno(reply)).isEqualTo(Errno.EWOULDBLOCK.number());
        assertThat(taken).isPositive();
        Future<SocketReply> waiting = threads.submit(
                () -> client.call(BsdCall.SEND, StreamClient.of(there).setData(chunk)));
        Future<String> draining = threads.submit(() -> server.receiveAll(here));
        assertThat(TestClient.succeeded(get(waiting)).getValue()).isPositive();
        TestClient.succeeded(client.shutdown(there, BsdCall.SHUTDOWN_SENDING));
        assertThat(draining.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isNotEmpty();
    }

    @Test
    void aResetEndsWhatWaitsAndIsToldOnce() throws Exception {
        TestHost a = host(1);
        TestHost b = host(2);
        StreamClient client = client(a);
        StreamClient server = client(b);
        int listening = server.listening(PORT, 1);
        int there = client.connected(b.ipv4, PORT);
        int here = TestClient.succeeded(server.accept(listening)).getValue();
        Future<SocketReply> waiting = threads.submit(() -> server.receive(here, 10));
        b.awaitCounter("waitingCalls", 1);
        TestClient.succeeded(client.option(there, SocketOptionName.LINGER_SECONDS, 0));
        TestClient.succeeded(client.close(there));
        assertThat(errno(get(waiting))).isEqualTo(Errno.ECONNRESET.number());
        assertThat(errno(server.send(here, (byte) 1))).isEqualTo(Errno.EPIPE.number());
    }

    @Test
    void closingASocketEndsTheCallsThatWaitOnIt() throws Exception {
        TestHost a = host(1);
        StreamClient client = client(a);
        int listening = client.listening(PORT, 1);
        int there = client.connected(a.ipv4, PORT);
        Future<SocketReply> accept = threads.submit(() -> client.accept(listening));
        assertThat(errno(get(accept))).isZero();
        Future<SocketReply> secondAccept = threads.submit(() -> client.accept(listening));
        Future<SocketReply> receive = threads.submit(() -> client.receive(there, 10));
        a.awaitCounter("waitingCalls", 2);
        TestClient.succeeded(client.close(listening));
        TestClient.succeeded(client.close(there));
        assertThat(errno(get(secondAccept))).isEqualTo(Errno.EBADF.number());
        assertThat(errno(get(receive))).isEqualTo(Errno.EBADF.number());
        a.awaitCounter("waitingCalls", 0);
        a.awaitCounter("openSockets", 1);
    }

    @Test
    void shuttingReceivingEndsAReceiveThatWaits() throws Exception {
        TestHost a = host(1);
        StreamClient client = client(a);
        client.listening(PORT, 1);
        int there = client.connected(a.ipv4, PORT);
        Future<SocketReply> receive = threads.submit(() -> client.receive(there, 10));
        a.awaitCounter("waitingCalls", 1);
        TestClient.succeeded(client.shutdown(there, BsdCall.SHUTDOWN_RECEIVING));
        assertThat(TestClient.succeeded(get(receive)).getValue()).isZero();
        assertThat(errno(client.shutdown(there, 3))).isEqualTo(Errno.EINVAL.number());
    }

    @Test
    void waitsWithALimitEndAtTheConditionOrTheLimit() throws Exception {
        TestHost a = host(1);
        StreamClient client = client(a);
        int listening = client.listening(PORT, 1);
        SocketRequest.Builder soon = SocketRequest.newBuilder().setLimitUs(1);
        SocketRequest.Builder late = SocketRequest.newBuilder().setLimitUs(60_000_000);
        assertThat(await(client, soon, listening, BsdCall.READABLE)).isZero();
        assertThat(await(client, soon, listening, BsdCall.WRITABLE)).isZero();
        Future<Integer> acceptable = threads.submit(() -> await(client, late, listening, BsdCall.READABLE));
        a.awaitCounter("waitingCalls", 1);
        int there = client.connected(a.ipv4, PORT);
        assertThat(acceptable.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
        int here = TestClient.succeeded(client.accept(listening)).getValue();
        assertThat(await(client, soon, here, BsdCall.READABLE)).isZero();
        assertThat(await(client, soon, there, BsdCall.WRITABLE)).isEqualTo(1);
        assertThat(await(client, soon, there, BsdCall.DRAINED)).isEqualTo(1);
        Future<Integer> readable = threads.submit(() -> await(client, late, here, BsdCall.READABLE));
        a.awaitCounter("waitingCalls", 1);
        TestClient.succeeded(client.send(there, (byte) 1));
        assertThat(readable.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
        SocketRequest.Builder fill = StreamClient.of(there)
                .setData(ByteString.copyFrom(new byte[BsdCall.MAX_STREAM_BYTES]))
                .setNonBlocking(true);
        while (errno(client.call(BsdCall.SEND, fill)) == 0 || await(client, soon, there, BsdCall.WRITABLE) == 1) {
            // Until both rings are full.
        }
        Future<Integer> writable = threads.submit(() -> await(client, late, there, BsdCall.WRITABLE));
        TestClient.succeeded(client.shutdown(here, BsdCall.SHUTDOWN_RECEIVING));
        assertThat(writable.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
        TestClient.succeeded(client.shutdown(there, BsdCall.SHUTDOWN_SENDING));
        assertThat(await(client, late, there, BsdCall.DRAINED)).isEqualTo(1);
        int invalid = Errno.EINVAL.number();
        assertThat(errno(client.call(
                        BsdCall.AWAIT, StreamClient.of(here).setValue(3).setLimitUs(1))))
                .isEqualTo(invalid);
        assertThat(errno(client.call(BsdCall.AWAIT, StreamClient.of(here)))).isEqualTo(invalid);
    }

    private static int await(StreamClient client, SocketRequest.Builder limit, int socket, int condition)
            throws Exception {
        SocketRequest.Builder request = limit.clone().setSocket(socket).setValue(condition);
        return TestClient.succeeded(client.call(BsdCall.AWAIT, request)).getValue();
    }

    @Test
    void anInterruptEndsTheCallOfItsNameOnly() throws Exception {
        TestHost a = host(1);
        StreamClient client = client(a);
        int listening = client.listening(PORT, 1);
        Future<SocketReply> first = threads.submit(
                () -> client.call(BsdCall.ACCEPT, StreamClient.of(listening).setCall(5)));
        Future<SocketReply> second = threads.submit(
                () -> client.call(BsdCall.ACCEPT, StreamClient.of(listening).setCall(6)));
        a.awaitCounter("waitingCalls", 2);
        SocketRequest.Builder interrupt = StreamClient.of(listening).setCall(5);
        assertThat(client.call(BsdCall.INTERRUPT, StreamClient.of(listening).setCall(7))
                        .getValue())
                .isZero();
        assertThat(client.call(BsdCall.INTERRUPT, interrupt).getValue()).isEqualTo(1);
        assertThat(errno(get(first))).isEqualTo(Errno.EINTR.number());
        assertThat(client.call(BsdCall.INTERRUPT, interrupt).getValue()).isZero();
        a.awaitCounter("waitingCalls", 1);
        client.connected(a.ipv4, PORT);
        assertThat(errno(get(second))).isZero();
    }

    @Test
    void theDeathOfAClientClosesItsConnectionsAndNobodyElses() throws Exception {
        TestHost a = host(1);
        TestHost b = host(2);
        StreamClient survivor = client(b);
        int listening = survivor.listening(PORT, 4);
        StreamClient victim = new StreamClient(a.directory, MachTransport.GRPC);
        int own = victim.listening(PORT, 1);
        int dying = victim.connected(b.ipv4, PORT);
        int orphan = TestClient.succeeded(survivor.accept(listening)).getValue();
        int toVictim = survivor.connected(a.ipv4, PORT);
        TestClient.succeeded(victim.accept(own));
        Future<SocketReply> waiting = threads.submit(() -> victim.receive(dying, 10));
        Future<SocketReply> accepting = threads.submit(() -> victim.accept(own));
        a.awaitCounter("waitingCalls", 2);
        a.awaitCounter("openSockets", 3);
        victim.close();
        a.awaitCounter("openSockets", 0);
        a.awaitCounter("waitingCalls", 0);
        assertThatThrownBy(() -> get(waiting)).hasRootCauseInstanceOf(MachException.class);
        assertThatThrownBy(() -> get(accepting)).hasRootCauseInstanceOf(MachException.class);
        assertThat(a.counter("deadClients")).isEqualTo(1);
        // The peers read the end of what the dead had sent.
        assertThat(TestClient.succeeded(survivor.receive(orphan, 10)).getValue())
                .isZero();
        assertThat(TestClient.succeeded(survivor.receive(toVictim, 10)).getValue())
                .isZero();
        assertThat(b.counter("openSockets")).isEqualTo(3);
    }

    @Test
    void theDeathOfAClientClosesItsSetsOfSockets() throws Exception {
        TestHost a = host(1);
        StreamClient survivor = client(a);
        int others = survivor.readinessSet();
        StreamClient victim = new StreamClient(a.directory, MachTransport.GRPC);
        int set = victim.readinessSet();
        TestClient.succeeded(victim.call(
                BsdCall.WATCH,
                StreamClient.of(set)
                        .setWatched(victim.listening(PORT, 1))
                        .setName(1)
                        .setValue(Readiness.READABLE)));
        Future<SocketReply> selecting = threads.submit(
                () -> victim.call(BsdCall.SELECT, StreamClient.of(set).setMaxBytes(8)));
        a.awaitCounter("waitingCalls", 1);
        assertThat(a.counter("openSets")).isEqualTo(2);
        victim.close();
        a.awaitCounter("openSets", 1);
        a.awaitCounter("waitingCalls", 0);
        assertThatThrownBy(() -> get(selecting)).hasRootCauseInstanceOf(MachException.class);
        assertThat(errno(survivor.call(BsdCall.WAKE_UP, StreamClient.of(set)))).isEqualTo(Errno.EBADF.number());
        TestClient.succeeded(survivor.call(BsdCall.WAKE_UP, StreamClient.of(others)));
        TestClient.succeeded(survivor.close(others));
        a.awaitCounter("openSets", 0);
    }

    @Test
    void callsOfTheOtherKindAndHostileOnesAreRefused() throws Exception {
        TestHost a = host(1);
        StreamClient client = client(a);
        int stream = client.socket();
        int datagrams = client.client.bound(4000);
        int unsupported = Errno.EOPNOTSUPP.number();
        int invalid = Errno.EINVAL.number();
        assertThat(errno(client.client.send(stream, a.ipv4, 4000, (byte) 1))).isEqualTo(unsupported);
        assertThat(errno(client.client.receiveNow(stream))).isEqualTo(unsupported);
        for (int id : List.of(
                BsdCall.LISTEN,
                BsdCall.ACCEPT,
                BsdCall.FINISH_CONNECT,
                BsdCall.SEND,
                BsdCall.RECEIVE,
                BsdCall.SHUTDOWN,
                BsdCall.REMOTE_ADDRESS)) {
            SocketRequest.Builder request = SocketRequest.newBuilder().setLimitUs(1);
            assertThat(errno(client.call(id, request.setSocket(datagrams))))
                    .as("call " + id)
                    .isEqualTo(unsupported);
            assertThat(errno(client.call(id, request.setSocket(stream ^ 4096)))).isEqualTo(Errno.EBADF.number());
        }
        SocketRequest.Builder wait = StreamClient.of(stream ^ 4096).setLimitUs(1);
        assertThat(errno(client.call(BsdCall.AWAIT, wait))).isEqualTo(Errno.EBADF.number());
        assertThat(errno(client.call(BsdCall.SOCKET, SocketRequest.newBuilder().setType(2))))
                .isEqualTo(invalid);
        assertThat(errno(client.accept(stream))).isEqualTo(invalid);
        assertThat(errno(client.call(BsdCall.LISTEN, StreamClient.of(stream).setValue(1))))
                .isEqualTo(invalid);
        assertThat(errno(client.call(BsdCall.RECEIVE, StreamClient.of(stream).setMaxBytes(-1))))
                .isEqualTo(invalid);
        assertThat(errno(client.receive(stream, 1))).isEqualTo(Errno.ENOTCONN.number());
        assertThat(errno(client.send(stream, (byte) 1))).isEqualTo(Errno.ENOTCONN.number());
        assertThat(errno(client.shutdown(stream, BsdCall.SHUTDOWN_BOTH))).isEqualTo(Errno.ENOTCONN.number());
        assertThat(errno(client.send(stream, new byte[BsdCall.MAX_STREAM_BYTES + 1])))
                .isEqualTo(Errno.EMSGSIZE.number());
        assertThat(errno(client.connect(stream, a.ipv4, 0))).isEqualTo(invalid);
        assertThat(errno(client.connect(stream, 0, 0))).isEqualTo(invalid);
        int there = client.listening(PORT, 1);
        int connected = client.connected(a.ipv4, PORT);
        assertThat(errno(client.receive(there, 1))).isEqualTo(Errno.ENOTCONN.number());
        assertThat(TestClient.succeeded(client.receive(connected, 0)).getValue())
                .isZero();
        assertThat(TestClient.succeeded(client.send(connected)).getValue()).isZero();
        assertThat(a.failures).isEmpty();
    }

    /** Seeded nonsense on listening, connecting and connected sockets: every message is answered, and the server serves on. */
    @Test
    void aServerSurvivesWhateverItIsSent() throws Exception {
        TestHost a = host(1);
        StreamClient client = client(a);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(95);
        List<Integer> sockets = new ArrayList<>(List.of(client.listening(PORT, 2), client.socket()));
        sockets.add(client.connected(a.ipv4, PORT));
        sockets.add(client.client.bound(4000));
        for (int i = 0; i < 4_000; i++) {
            int id = random.nextInt(2995, 3020);
            int socket = sockets.get(random.nextInt(sockets.size()));
            SocketRequest.Builder request = SocketRequest.newBuilder()
                    .setSocket(random.nextInt(8) == 0 ? random.nextInt() : socket)
                    .setIpv4(random.nextBoolean() ? a.ipv4 : random.nextInt())
                    .setPort(random.nextInt(4) == 0 ? random.nextInt(-2, 70_000) : PORT)
                    .setMaxBytes(random.nextInt(-1, 100_000))
                    .setNonBlocking(true)
                    .setOption(random.nextInt(-1, 12))
                    .setValue(random.nextInt(-2, 5))
                    .setType(random.nextInt(-1, 3))
                    .setCall(random.nextInt(-1, 3))
                    .setUrgent(random.nextBoolean())
                    .setLimitUs(random.nextInt(-1, 1000))
                    .setData(ByteString.copyFrom(new byte[random.nextInt(0, 70_000)]));
            SocketReply reply = client.call(id, request);
            boolean made = id == BsdCall.SOCKET || id == BsdCall.ACCEPT;
            if (errno(reply) == 0 && made) {
                sockets.add(reply.getValue());
            }
        }
        for (int socket : sockets) {
            client.close(socket);
        }
        a.awaitCounter("openSockets", 0);
        a.awaitCounter("mbufsInUse", 0);
        client.listening(PORT + 1, 1);
        client.connected(a.ipv4, PORT + 1);
        assertThat(a.failures).isEmpty();
    }

    /** Each with a reader that waits; then all get a byte. */
    @Test
    void aThousandConnectionsMayWaitAtOnce() throws Exception {
        int connections = 1_000;
        TestHost a = host(1);
        TestHost b = host(2);
        StreamClient client = client(a);
        StreamClient server = client(b);
        int listening = server.listening(PORT, connections);
        List<Integer> there = new ArrayList<>();
        List<Future<SocketReply>> reading = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            there.add(client.connected(b.ipv4, PORT));
            int here = TestClient.succeeded(server.accept(listening)).getValue();
            reading.add(threads.submit(() -> server.receive(here, 10)));
        }
        b.awaitCounter("waitingCalls", connections);
        for (int i = 0; i < connections; i++) {
            TestClient.succeeded(client.send(there.get(i), (byte) i));
        }
        for (int i = 0; i < connections; i++) {
            assertThat(TestClient.succeeded(get(reading.get(i))).getData().toByteArray())
                    .containsExactly((byte) i);
        }
        assertThat(a.failures).isEmpty();
        assertThat(b.failures).isEmpty();
    }
}
