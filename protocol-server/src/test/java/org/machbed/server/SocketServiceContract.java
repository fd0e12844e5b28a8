package org.machbed.server;

import com.google.protobuf.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSockets;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;
import org.machbed.server.ServerArguments.ServerKind;
import org.machbed.server.TestHost.Structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What both servers promise their clients, good and bad ones, over real kernels and a real wire. Subclasses name the server. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class SocketServiceContract {
    private final ServerKind kind;
    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final List<AutoCloseable> open = new ArrayList<>();
    private Path run = Path.of("");

    SocketServiceContract(ServerKind kind) {
        this.kind = kind;
    }

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

    TestHost host(int number) throws Exception {
        TestHost host =
                new TestHost(run, number, new Structure(kind, Optional.empty(), "trap", "message", MachTransport.GRPC));
        open.add(host);
        return host;
    }

    TestClient client(TestHost host) throws Exception {
        TestClient client = new TestClient(host.directory, MachTransport.GRPC, kind == ServerKind.UNIX);
        open.add(client);
        return client;
    }

    private static int errno(SocketReply reply) {
        return reply.getErrno();
    }

    @Test
    void datagramsOfEverySizeArriveWholeAlsoInFragments() throws Exception {
        TestHost a = host(1);
        TestHost b = host(2);
        TestClient sender = client(a);
        TestClient receiver = client(b);
        int from = sender.bound(4000);
        int to = receiver.bound(4001);
        for (int size : new int[] {0, 1, 111, 112, 113, 1472, 1473, 2048, 2049, 9000, 65_507}) {
            byte[] data = new byte[size];
            new Random(size).nextBytes(data);
            assertThat(TestClient.succeeded(sender.send(from, b.ipv4, 4001, data))
                            .getValue())
                    .isEqualTo(size);
            SocketReply received = TestClient.succeeded(receiver.receive(to, 70_000));
            assertThat(received.getData().toByteArray()).isEqualTo(data);
            assertThat(received.getValue()).isEqualTo(size);
            assertThat(received.getIpv4()).isEqualTo(a.ipv4);
            assertThat(received.getPort()).isEqualTo(4000);
        }
        assertThat(errno(sender.send(from, b.ipv4, 4001, new byte[65_508]))).isEqualTo(Errno.EMSGSIZE.number());
    }

    @Test
    void aReceiveWithLittleRoomCutsTheDatagramAndTellsItsLength() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        int socket = client.bound(4000);
        TestClient.succeeded(client.send(socket, a.ipv4, 4000, new byte[] {1, 2, 3, 4, 5}));
        SocketReply received = TestClient.succeeded(client.receive(socket, 2));
        assertThat(received.getData().toByteArray()).containsExactly(1, 2);
        assertThat(received.getValue()).isEqualTo(5);
        assertThat(errno(client.receiveNow(socket))).isEqualTo(Errno.EWOULDBLOCK.number());
    }

    @Test
    void datagramsWaitInOrderAndWhatDoesNotFitIsDropped() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        int socket = client.bound(4000);
        TestClient.succeeded(client.call(
                BsdCall.SET_OPTION,
                SocketRequest.newBuilder()
                        .setSocket(socket)
                        .setOption(SocketOptionName.RECEIVE_BUFFER_BYTES.number())
                        .setValue(4200)));
        assertThat(TestClient.succeeded(client.call(
                                BsdCall.GET_OPTION,
                                SocketRequest.newBuilder()
                                        .setSocket(socket)
                                        .setOption(SocketOptionName.RECEIVE_BUFFER_BYTES.number())))
                        .getValue())
                .isEqualTo(4200);
        for (int i = 0; i < 5; i++) {
            byte[] data = new byte[1400];
            data[0] = (byte) i;
            TestClient.succeeded(client.send(socket, a.ipv4, 4000, data));
        }
        for (int i = 0; i < 3; i++) {
            assertThat(TestClient.succeeded(client.receiveNow(socket)).getData().byteAt(0))
                    .isEqualTo((byte) i);
        }
        assertThat(errno(client.receiveNow(socket))).isEqualTo(Errno.EWOULDBLOCK.number());
    }

    @Test
    void aConnectedSocketLearnsThatNobodyListensAndOnlyOnce() throws Exception {
        host(1);
        TestHost b = host(2);
        TestHost a = (TestHost) open.getFirst();
        TestClient client = client(a);
        int socket = client.bound(4000);
        TestClient.succeeded(client.call(
                BsdCall.CONNECT,
                SocketRequest.newBuilder().setSocket(socket).setIpv4(b.ipv4).setPort(9)));
        Future<SocketReply> waiting = threads.submit(() -> client.receive(socket, 10));
        a.awaitCounter("waitingCalls", 1);
        TestClient.succeeded(client.send(socket, 0, 0, (byte) 1));
        assertThat(errno(waiting.get(20, TimeUnit.SECONDS))).isEqualTo(Errno.ECONNREFUSED.number());
        assertThat(errno(client.receiveNow(socket))).isEqualTo(Errno.EWOULDBLOCK.number());
    }

    @Test
    void connectDisconnectAndTheLocalAddressMeanWhatBsdSays() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        int socket = client.socket();
        assertThat(errno(client.send(socket, 0, 0, (byte) 1))).isEqualTo(Errno.EDESTADDRREQ.number());
        SocketRequest.Builder which = SocketRequest.newBuilder().setSocket(socket);
        assertThat(client.call(BsdCall.LOCAL_ADDRESS, which).getPort()).isZero();
        TestClient.succeeded(
                client.call(BsdCall.CONNECT, which.clone().setIpv4(a.ipv4).setPort(4001)));
        SocketReply address = TestClient.succeeded(client.call(BsdCall.LOCAL_ADDRESS, which));
        assertThat(address.getIpv4()).isEqualTo(a.ipv4);
        assertThat(address.getPort()).isPositive();
        TestClient.succeeded(client.call(BsdCall.CONNECT, which));
        assertThat(errno(client.send(socket, 0, 0, (byte) 1))).isEqualTo(Errno.EDESTADDRREQ.number());
        int second = client.socket();
        assertThat(errno(client.call(
                        BsdCall.BIND,
                        SocketRequest.newBuilder().setSocket(second).setPort(address.getPort()))))
                .isEqualTo(Errno.EADDRINUSE.number());
    }

    @Test
    void closingASocketEndsTheReceivesThatWaitOnIt() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        int socket = client.bound(4000);
        Future<SocketReply> first = threads.submit(() -> client.receive(socket, 10));
        Future<SocketReply> second = threads.submit(() -> client.receive(socket, 10));
        a.awaitCounter("waitingCalls", 2);
        TestClient.succeeded(client.close(socket));
        assertThat(errno(first.get(20, TimeUnit.SECONDS))).isEqualTo(Errno.EBADF.number());
        assertThat(errno(second.get(20, TimeUnit.SECONDS))).isEqualTo(Errno.EBADF.number());
        assertThat(errno(client.close(socket))).isEqualTo(Errno.EBADF.number());
        assertThat(errno(client.receive(socket, 10))).isEqualTo(Errno.EBADF.number());
        a.awaitCounter("openSockets", 0);
    }

    private static SocketRequest.Builder await(int socket, int condition, long limitUs) {
        return SocketRequest.newBuilder().setSocket(socket).setValue(condition).setLimitUs(limitUs);
    }

    /** What the wait takes for its limit takes nothing from the socket. */
    @Test
    void aWaitWithALimitIsForADatagram() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        int socket = client.bound(4000);
        SocketReply late = client.call(BsdCall.AWAIT, await(socket, BsdCall.READABLE, 1));
        assertThat(TestClient.succeeded(late).getValue()).isZero();
        for (int condition : new int[] {BsdCall.WRITABLE, BsdCall.DRAINED}) {
            assertThat(TestClient.succeeded(client.call(BsdCall.AWAIT, await(socket, condition, 1)))
                            .getValue())
                    .isEqualTo(1);
        }

        SocketRequest.Builder patient = await(socket, BsdCall.READABLE, 30_000_000);
        Future<SocketReply> first = threads.submit(() -> client.call(BsdCall.AWAIT, patient.clone()));
        Future<SocketReply> second = threads.submit(() -> client.call(BsdCall.AWAIT, patient.clone()));
        a.awaitCounter("waitingCalls", 2);
        TestClient.succeeded(client.send(socket, a.ipv4, 4000, (byte) 7));
        assertThat(TestClient.succeeded(first.get(20, TimeUnit.SECONDS)).getValue())
                .isEqualTo(1);
        assertThat(TestClient.succeeded(second.get(20, TimeUnit.SECONDS)).getValue())
                .isEqualTo(1);
        assertThat(TestClient.succeeded(client.call(BsdCall.AWAIT, patient.clone()))
                        .getValue())
                .isEqualTo(1);
        assertThat(TestClient.succeeded(client.receiveNow(socket)).getData().byteAt(0))
                .isEqualTo((byte) 7);
        a.awaitCounter("waitingCalls", 0);
    }

    @Test
    void aWaitWithALimitEndsWithAnErrorACloseAndAnInterrupt() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        int socket = client.bound(4000);
        TestClient.succeeded(client.call(
                BsdCall.CONNECT,
                SocketRequest.newBuilder().setSocket(socket).setIpv4(a.ipv4).setPort(9)));
        SocketRequest.Builder wait = await(socket, BsdCall.READABLE, 30_000_000).setCall(5);

        Future<SocketReply> refused = threads.submit(() -> client.call(BsdCall.AWAIT, wait.clone()));
        a.awaitCounter("waitingCalls", 1);
        client.send(socket, 0, 0, (byte) 7);
        assertThat(TestClient.succeeded(refused.get(20, TimeUnit.SECONDS)).getValue())
                .isEqualTo(1);
        assertThat(errno(client.receiveNow(socket))).isEqualTo(Errno.ECONNREFUSED.number());

        Future<SocketReply> interrupted = threads.submit(() -> client.call(BsdCall.AWAIT, wait.clone()));
        a.awaitCounter("waitingCalls", 1);
        SocketRequest.Builder which =
                SocketRequest.newBuilder().setSocket(socket).setCall(5);
        assertThat(TestClient.succeeded(client.call(BsdCall.INTERRUPT, which.clone()))
                        .getValue())
                .isEqualTo(1);
        assertThat(errno(interrupted.get(20, TimeUnit.SECONDS))).isEqualTo(Errno.EINTR.number());
        assertThat(TestClient.succeeded(client.call(BsdCall.INTERRUPT, which.clone()))
                        .getValue())
                .isZero();

        Future<SocketReply> closed = threads.submit(() -> client.call(BsdCall.AWAIT, wait.clone()));
        a.awaitCounter("waitingCalls", 1);
        TestClient.succeeded(client.close(socket));
        assertThat(errno(closed.get(20, TimeUnit.SECONDS))).isEqualTo(Errno.EBADF.number());
        assertThat(errno(client.call(BsdCall.AWAIT, await(socket, BsdCall.WRITABLE, 1))))
                .isEqualTo(Errno.EBADF.number());
        a.awaitCounter("waitingCalls", 0);
    }

    /** However many receives wait, the server takes the close that ends them. */
    @Test
    void waitingCallsAreBoundedAndNeverKeepOutAClose() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        int socket = client.bound(4000);
        List<Future<SocketReply>> waiting = new ArrayList<>();
        // More than either server has room for.
        int calls = kind == ServerKind.UNIX ? 1_300 : 80;
        for (int i = 0; i < calls; i++) {
            waiting.add(threads.submit(() -> client.receive(socket, 10)));
        }
        int refused = 0;
        while (refused + a.counter("waitingCalls") < waiting.size()) {
            refused = 0;
            for (Future<SocketReply> each : waiting) {
                if (each.isDone()) {
                    assertThat(errno(each.get())).isEqualTo(Errno.ENOBUFS.number());
                    refused++;
                }
            }
        }
        assertThat(refused).isPositive();
        TestClient.succeeded(client.close(socket));
        for (Future<SocketReply> each : waiting) {
            assertThat(errno(each.get(20, TimeUnit.SECONDS))).isIn(Errno.EBADF.number(), Errno.ENOBUFS.number());
        }
        a.awaitCounter("waitingCalls", 0);
    }

    @Test
    void theDeathOfAClientClosesItsSocketsAndNobodyElses() throws Exception {
        TestHost a = host(1);
        TestClient survivor = client(a);
        int kept = survivor.bound(4000);
        TestClient victim = new TestClient(a.directory, MachTransport.GRPC, kind == ServerKind.UNIX);
        victim.bound(4001);
        int waitingOn = victim.bound(4002);
        Future<SocketReply> orphan = threads.submit(() -> victim.receive(waitingOn, 10));
        a.awaitCounter("waitingCalls", 1);
        a.awaitCounter("openSockets", 3);
        victim.close();
        a.awaitCounter("openSockets", 1);
        a.awaitCounter("waitingCalls", 0);
        assertThatThrownBy(() -> orphan.get(20, TimeUnit.SECONDS)).hasRootCauseInstanceOf(MachException.class);
        assertThat(a.counter("deadClients")).isEqualTo(1);
        TestClient.succeeded(survivor.send(kept, a.ipv4, 4000, (byte) 7));
        assertThat(TestClient.succeeded(survivor.receive(kept, 10)).getData().byteAt(0))
                .isEqualTo((byte) 7);
        // The ports are free again.
        survivor.bound(4001);
        assertThat(a.failures).isEmpty();
    }

    @Test
    void aClientThatOpensAndClosesForEverLeavesNothingBehind() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        for (int i = 0; i < 300; i++) {
            TestClient.succeeded(client.close(client.bound(4000)));
        }
        int socket = client.bound(4000);
        TestClient.succeeded(client.send(socket, a.ipv4, 4000, (byte) 7));
        TestClient.succeeded(client.receive(socket, 10));
        assertThat(a.counter("openSockets")).isEqualTo(1);
        assertThat(a.counter("deadClients")).isZero();
    }

    @Test
    void socketsAreBounded() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        SocketReply reply = client.call(BsdCall.SOCKET, ByteString.EMPTY);
        int count = 0;
        while (errno(reply) == 0) {
            count++;
            reply = client.call(BsdCall.SOCKET, ByteString.EMPTY);
        }
        assertThat(count).isBetween(16, UdpSockets.CAPACITY);
        assertThat(errno(reply)).isIn(Errno.EMFILE.number(), Errno.ENOBUFS.number(), Errno.ENOMEM.number());
        assertThat(a.failures).isEmpty();
    }

    @Test
    void malformedRequestsAreRefusedAndCounted() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        int socket = client.bound(4000);
        SocketRequest.Builder which = SocketRequest.newBuilder().setSocket(socket);
        int invalid = Errno.EINVAL.number();
        assertThat(errno(client.call(BsdCall.SEND_TO, ByteString.copyFromUtf8("\u00ff\u00ff not a request"))))
                .isEqualTo(invalid);
        assertThat(errno(client.call(4711, which))).isEqualTo(invalid);
        assertThat(errno(client.call(BsdCall.BIND, which.clone().setPort(65_536))))
                .isEqualTo(invalid);
        assertThat(errno(client.call(BsdCall.BIND, which.clone().setPort(-1)))).isEqualTo(invalid);
        assertThat(errno(client.call(BsdCall.RECEIVE_FROM, which.clone().setMaxBytes(-1))))
                .isEqualTo(invalid);
        assertThat(errno(client.call(BsdCall.AWAIT, await(socket, BsdCall.READABLE, 0))))
                .isEqualTo(invalid);
        assertThat(errno(client.call(BsdCall.AWAIT, await(socket, 9, 1)))).isEqualTo(invalid);
        assertThat(a.counter("malformedRequests")).isEqualTo(7);
        assertThat(errno(client.call(BsdCall.GET_OPTION, which.clone().setOption(99))))
                .isEqualTo(Errno.ENOPROTOOPT.number());
        assertThat(errno(client.call(BsdCall.CLOSE, SocketRequest.newBuilder().setSocket(socket ^ 1024))))
                .isEqualTo(Errno.EBADF.number());
        // Nowhere to reply to: refused without an answer.
        client.task.send(MachMessage.of(client.server, BsdCall.SOCKET, ByteString.EMPTY), TestClient.LIMIT);
        a.awaitCounter("malformedRequests", 8);
        assertThat(a.counter("openSockets")).isEqualTo(1);
        assertThat(a.failures).isEmpty();
    }

    @Test
    void rightsThatNobodyAskedForAreGivenUp() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        int socket = client.bound(4000);
        for (int i = 0; i < 50; i++) {
            PortName kept = client.task.allocatePort(1);
            PortName moved = client.task.allocatePort(1);
            MachMessage question = MachMessage.of(
                            client.server,
                            BsdCall.LOCAL_ADDRESS,
                            SocketRequest.newBuilder().setSocket(socket).build().toByteString())
                    .withRight(kept, Disposition.MAKE_SEND)
                    .withRight(client.server, Disposition.COPY_SEND)
                    .withRight(moved, Disposition.MOVE_RECEIVE);
            assertThat(SocketReply.parseFrom(
                                    client.task.rpc(question, TestClient.LIMIT).body())
                            .getErrno())
                    .isZero();
        }
        // A right to the server's own port is no reason to watch it, or to lose it.
        MachMessage own = MachMessage.of(client.server, BsdCall.SOCKET, ByteString.EMPTY)
                .withRight(client.server, Disposition.COPY_SEND);
        int opened = SocketReply.parseFrom(
                        client.task.rpc(own, TestClient.LIMIT).body())
                .getValue();
        TestClient.succeeded(client.close(opened));
        TestClient.succeeded(client.send(socket, a.ipv4, 4000, (byte) 7));
        TestClient.succeeded(client.receive(socket, 10));
        assertThat(a.failures).isEmpty();
    }

    /** Seeded nonsense: every message is answered, and the server serves on. */
    @Test
    void aServerSurvivesWhateverItIsSent() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(92);
        int socket = client.bound(4000);
        for (int i = 0; i < 3_000; i++) {
            int id = random.nextInt(2995, 3020);
            SocketRequest.Builder request = SocketRequest.newBuilder()
                    .setSocket(random.nextInt(4) == 0 ? random.nextInt() : socket)
                    .setIpv4(random.nextBoolean() ? a.ipv4 : random.nextInt())
                    .setPort(random.nextInt(-2, 70_000))
                    .setMaxBytes(random.nextInt(-1, 1000))
                    .setNonBlocking(true)
                    .setLimitUs(1)
                    .setOption(random.nextInt(-1, 8))
                    .setValue(random.nextInt(-1, 100_000))
                    .setData(ByteString.copyFrom(new byte[random.nextInt(0, 3000)]));
            byte[] body = request.build().toByteArray();
            for (int flips = random.nextInt(4) == 0 ? random.nextInt(1, 4) : 0; flips > 0; flips--) {
                body[random.nextInt(Math.min(body.length, 40))] ^= (byte) (1 << random.nextInt(8));
            }
            boolean mayWait = id == BsdCall.RECEIVE_FROM || id == BsdCall.CLOSE;
            if (!mayWait) {
                client.call(id, ByteString.copyFrom(body));
            }
        }
        int fresh = client.bound(4999);
        TestClient.succeeded(client.send(fresh, a.ipv4, 4999, (byte) 7));
        TestClient.succeeded(client.receive(fresh, 10));
        assertThat(a.failures).isEmpty();
    }

    /** Many clients at once, each sending to itself over its own sockets; nothing is lost, mixed up or left behind. */
    @Test
    void manyClientsAtOnceGetTheirOwnDatagrams() throws Exception {
        TestHost a = host(1);
        TestHost b = host(2);
        List<Future<Integer>> running = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            TestClient client = client(i % 2 == 0 ? a : b);
            TestClient peer = client(i % 2 == 0 ? b : a);
            int peerIpv4 = i % 2 == 0 ? b.ipv4 : a.ipv4;
            int port = 6000 + i;
            running.add(threads.submit(() -> roundTrips(client, peer, peerIpv4, port)));
        }
        for (Future<Integer> each : running) {
            assertThat(each.get(50, TimeUnit.SECONDS)).isEqualTo(100);
        }
        a.awaitCounter("openSockets", 0);
        b.awaitCounter("openSockets", 0);
        assertThat(a.counter("waitingCalls")).isZero();
        if (kind == ServerKind.UNIX) {
            a.awaitCounter("mbufsInUse", 0);
            b.awaitCounter("mbufsInUse", 0);
        }
        assertThat(a.failures).isEmpty();
        assertThat(b.failures).isEmpty();
    }

    private static int roundTrips(TestClient client, TestClient peer, int peerIpv4, int port) throws Exception {
        int socket = client.bound(port);
        int peerSocket = peer.bound(port);
        int done = 0;
        for (int i = 0; i < 100; i++) {
            byte[] data = new byte[1 + (i * 37) % 3000];
            new Random((long) port * 1000 + i).nextBytes(data);
            TestClient.succeeded(client.send(socket, peerIpv4, port, data));
            SocketReply there = TestClient.succeeded(peer.receive(peerSocket, 4000));
            TestClient.succeeded(peer.send(
                    peerSocket,
                    there.getIpv4(),
                    there.getPort(),
                    there.getData().toByteArray()));
            SocketReply back = TestClient.succeeded(client.receive(socket, 4000));
            done += back.getData().equals(ByteString.copyFrom(data)) ? 1 : 0;
        }
        TestClient.succeeded(client.close(socket));
        TestClient.succeeded(peer.close(peerSocket));
        return done;
    }

    @Test
    void aServerWhoseKernelDiesSaysSo() throws Exception {
        TestHost a = host(1);
        TestClient client = client(a);
        client.bound(4000);
        a.kernel.close();
        while (a.failures.isEmpty()) {
            Thread.onSpinWait();
        }
        open.remove(a);
        open.remove(client);
        client.close();
        a.closeServer();
    }
}
