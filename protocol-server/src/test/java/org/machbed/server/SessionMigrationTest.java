package org.machbed.server;

import com.google.protobuf.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
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
import org.machbed.ipc.mach.MachTransport;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.DatagramSession;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;
import org.machbed.server.ServerArguments.ServerKind;
import org.machbed.server.TestHost.Structure;

import static org.assertj.core.api.Assertions.assertThat;

/** Sessions that leave a Unix server for a library and come back, over real kernels and a real wire. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SessionMigrationTest {
    private static final int PORT = 7000;
    private static final int LIMIT_SECONDS = 60;

    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofVirtual().factory());
    private final List<AutoCloseable> open = new ArrayList<>();
    private Path run = Path.of("");
    private TestHost a;
    private TestHost b;
    private TestLibrary library;
    private StreamClient peer;

    @BeforeEach
    void makeHosts() throws Exception {
        run = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test-");
        Files.createDirectories(run.resolve("wire"));
        a = opened(new TestHost(run, 1, Structure.ofSessions(MachTransport.GRPC)));
        b = opened(new TestHost(
                run, 2, new Structure(ServerKind.UNIX, Optional.empty(), "trap", "message", MachTransport.GRPC)));
        library = opened(new TestLibrary(a, MachTransport.GRPC));
        peer = opened(new StreamClient(b.directory, MachTransport.GRPC));
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.add(resource);
        return resource;
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

    private static int errno(SocketReply reply) {
        return reply.getErrno();
    }

    /** A connection of the library's: its descriptor, and that of the peer. */
    private record Connection(int here, int there) {}

    private Connection connection() throws Exception {
        return connection(library, peer.listening(PORT, 4));
    }

    private Connection connection(TestLibrary from, int listening) throws Exception {
        Future<SocketReply> accepted = threads.submit(() -> peer.accept(listening));
        int here = from.connected(b.ipv4, PORT);
        return new Connection(
                here,
                TestClient.succeeded(accepted.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                        .getValue());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }

    @Test
    void whatWasReceivedGoesAlongAndWhatComesAfterItGoesToTheLibrary() throws Exception {
        Connection c = connection();
        TestClient.succeeded(peer.send(c.there(), bytes("before ")));
        awaitUnread(c.here(), 7);
        assertThat(errno(library.migrate(c.here()))).isZero();
        TestClient.succeeded(peer.send(c.there(), bytes("after")));
        awaitReadable(c.here(), 12);
        byte[] data = new byte[100];
        assertThat(library.receive(c.here(), data)).isEqualTo(12);
        assertThat(new String(data, 0, 12, java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("before after");
        assertThat(a.counter("sessionsAway")).isEqualTo(1);
        assertThat(a.counter("migrationsOut")).isEqualTo(1);
        assertThat(errno(library.giveBack(c.here(), false))).isZero();
        assertThat(a.counter("sessionsAway")).isZero();
        TestClient.succeeded(peer.send(c.there(), bytes("home")));
        SocketReply reply =
                library.call(BsdCall.RECEIVE, StreamClient.of(c.here()).setMaxBytes(10));
        assertThat(reply.getData().toStringUtf8()).isEqualTo("home");
    }

    private void awaitUnread(int socket, int bytes) throws Exception {
        SocketRequest.Builder request = StreamClient.of(socket).setOption(SocketOptionName.UNREAD_BYTES.number());
        while (TestClient.succeeded(library.call(BsdCall.GET_OPTION, request)).getValue() < bytes) {
            Thread.onSpinWait();
        }
    }

    private void awaitReadable(int socket, int bytes) throws Exception {
        while (library.readable(socket) < bytes) {
            Thread.sleep(1);
        }
    }

    @Test
    void callsOnASocketWhoseSessionIsAwaySaySo() throws Exception {
        Connection c = connection();
        Future<SocketReply> waiting = threads.submit(
                () -> library.call(BsdCall.RECEIVE, StreamClient.of(c.here()).setMaxBytes(10)));
        a.awaitCounter("waitingCalls", 1);
        TestClient.succeeded(library.migrate(c.here()));
        assertThat(errno(waiting.get(LIMIT_SECONDS, TimeUnit.SECONDS))).isEqualTo(BsdCall.ERESTART);
        for (int id : new int[] {
            BsdCall.SEND,
            BsdCall.RECEIVE,
            BsdCall.SHUTDOWN,
            BsdCall.BIND,
            BsdCall.CONNECT,
            BsdCall.LISTEN,
            BsdCall.ACCEPT
        }) {
            SocketRequest.Builder request =
                    StreamClient.of(c.here()).setMaxBytes(10).setNonBlocking(true);
            assertThat(errno(library.call(id, request))).as("call %s", id).isEqualTo(BsdCall.ERESTART);
        }
        assertThat(errno(library.call(BsdCall.AWAIT, StreamClient.of(c.here()).setLimitUs(1000))))
                .isEqualTo(BsdCall.ERESTART);
        assertThat(errno(library.own(BsdCall.HAND_OVER, StreamClient.of(c.here()))))
                .isEqualTo(BsdCall.ERESTART);
        assertThat(TestClient.succeeded(library.call(BsdCall.REMOTE_ADDRESS, StreamClient.of(c.here())))
                        .getPort())
                .isEqualTo(PORT);
        assertThat(TestClient.succeeded(library.call(BsdCall.LOCAL_ADDRESS, StreamClient.of(c.here())))
                        .getIpv4())
                .isEqualTo(a.ipv4);
        assertThat(errno(library.call(
                        BsdCall.GET_OPTION, StreamClient.of(c.here()).setOption(SocketOptionName.NO_DELAY.number()))))
                .isZero();
        assertThat(errno(library.call(BsdCall.FINISH_CONNECT, StreamClient.of(c.here()))))
                .isZero();
        assertThat(errno(library.migrate(c.here()))).isEqualTo(BsdCall.ERESTART);
        TestClient.succeeded(library.giveBack(c.here(), false));
    }

    @Test
    void whatCannotLeaveStaysAsItWas() throws Exception {
        int unconnected = library.socket(BsdCall.STREAM);
        assertThat(errno(library.migrate(unconnected))).isEqualTo(Errno.ENOTCONN.number());
        int listening = library.socket(BsdCall.STREAM);
        TestClient.succeeded(
                library.call(BsdCall.BIND, StreamClient.of(listening).setPort(PORT)));
        TestClient.succeeded(
                library.call(BsdCall.LISTEN, StreamClient.of(listening).setValue(3)));
        assertThat(errno(library.migrate(listening))).isEqualTo(Errno.EOPNOTSUPP.number());
        int inner = library.connected(a.ipv4, PORT);
        assertThat(errno(library.migrate(inner))).isEqualTo(Errno.EOPNOTSUPP.number());
        int unbound = library.socket(BsdCall.DATAGRAM);
        assertThat(errno(library.migrate(unbound))).isEqualTo(Errno.EINVAL.number());
        assertThat(errno(library.migrate(12345))).isEqualTo(Errno.EBADF.number());
        Connection c = connection();
        TestLibrary stranger = opened(new TestLibrary(a, MachTransport.GRPC));
        assertThat(errno(stranger.ask(c.here()).getKey())).isEqualTo(Errno.EACCES.number());
        assertThat(errno(library.own(BsdCall.MIGRATE, StreamClient.of(c.here()))))
                .isEqualTo(Errno.EINVAL.number());
        assertThat(errno(library.own(BsdCall.RECALL, StreamClient.of(c.here()))))
                .isEqualTo(Errno.EINVAL.number());
        assertThat(errno(library.giveBack(c.here(), new byte[10], false))).isEqualTo(Errno.EINVAL.number());
        TestClient.succeeded(library.migrate(c.here()));
        assertThat(errno(stranger.own(BsdCall.RECALL, StreamClient.of(c.here()))))
                .isEqualTo(Errno.EACCES.number());
        assertThat(errno(stranger.giveBack(c.here(), new byte[10], false))).isEqualTo(Errno.EACCES.number());
        assertThat(errno(library.giveBack(c.here(), new byte[10], false))).isEqualTo(Errno.EINVAL.number());
        TestClient.succeeded(library.giveBack(c.here(), false));
        TestClient.succeeded(peer.send(c.there(), bytes("x")));
        SocketReply reply =
                library.call(BsdCall.RECEIVE, StreamClient.of(c.here()).setMaxBytes(10));
        assertThat(reply.getData().toStringUtf8()).isEqualTo("x");
        assertThat(a.counter("migrationsRefused")).isGreaterThan(3);
    }

    @Test
    void thereAndBackUnderTrafficManyTimesWithEveryByteInItsPlace() throws Exception {
        Connection c = connection();
        int bytes = 24 << 20;
        Future<String> sentThere = threads.submit(() -> peer.sendAll(c.there(), bytes, 1));
        Future<String> received = threads.submit(() -> peer.receiveAll(c.there()));
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
        java.security.MessageDigest in = java.security.MessageDigest.getInstance("SHA-256");
        java.security.MessageDigest out = java.security.MessageDigest.getInstance("SHA-256");
        byte[] room = new byte[32 * 1024];
        byte[] data = new byte[16 * 1024];
        long receivedBytes = 0;
        boolean ended = false;
        int moves = 0;
        for (int step = 0; step < 6_000 || !ended; step++) {
            if (random.nextInt(2) == 0 && moves < 2_000) {
                SocketReply moved =
                        library.has(c.here()) ? library.giveBack(c.here(), false) : library.migrate(c.here());
                assertThat(errno(moved)).as("move %s", moves).isZero();
                moves++;
            }
            random.nextBytes(data);
            int length = step >= 6_000 ? 0 : random.nextInt(data.length);
            int sent = length == 0 ? 0 : sendSome(c.here(), data, length);
            out.update(data, 0, sent);
            int got = ended ? 0 : receiveSome(c.here(), room, 1 + random.nextInt(room.length));
            if (got < 0) {
                ended = true;
            } else {
                in.update(room, 0, got);
                receivedBytes += got;
            }
        }
        if (library.has(c.here())) {
            TestClient.succeeded(library.giveBack(c.here(), true));
        } else {
            TestClient.succeeded(library.call(BsdCall.CLOSE, StreamClient.of(c.here())));
        }
        assertThat(receivedBytes).isEqualTo(bytes);
        assertThat(java.util.HexFormat.of().formatHex(in.digest()))
                .isEqualTo(sentThere.get(LIMIT_SECONDS, TimeUnit.SECONDS));
        assertThat(received.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                .isEqualTo(java.util.HexFormat.of().formatHex(out.digest()));
        assertThat(moves).isEqualTo(2_000);
        assertThat(a.counter("migrationsOut")).isEqualTo(1_000);
        assertThat(a.counter("migrationsIn")).isEqualTo(1_000);
        assertThat(a.counter("migrationsUndone")).isZero();
        assertThat(a.counter("sessionsLost")).isZero();
    }

    private int sendSome(int socket, byte[] data, int length) throws Exception {
        if (library.has(socket)) {
            return library.send(socket, data, 0, length);
        }
        SocketReply reply = library.call(
                BsdCall.SEND,
                StreamClient.of(socket)
                        .setData(ByteString.copyFrom(data, 0, length))
                        .setNonBlocking(true));
        return errno(reply) == Errno.EWOULDBLOCK.number()
                ? 0
                : TestClient.succeeded(reply).getValue();
    }

    /** -1 at the end of the stream. */
    private int receiveSome(int socket, byte[] room, int most) throws Exception {
        if (library.has(socket)) {
            byte[] data = new byte[most];
            int received = library.receive(socket, data);
            System.arraycopy(data, 0, room, 0, Math.max(received, 0));
            return received == TcpSocket.END_OF_STREAM ? -1 : received;
        }
        SocketReply reply = library.call(
                BsdCall.RECEIVE, StreamClient.of(socket).setMaxBytes(most).setNonBlocking(true));
        if (errno(reply) == Errno.EWOULDBLOCK.number()) {
            return 0;
        }
        TestClient.succeeded(reply).getData().copyTo(room, 0);
        return reply.getValue() == 0 ? -1 : reply.getValue();
    }

    @Test
    void aLongStateGoesInMemoryOfItsOwn() throws Exception {
        Connection c = connection();
        TestClient.succeeded(library.call(
                BsdCall.SET_OPTION,
                StreamClient.of(c.here())
                        .setOption(SocketOptionName.RECEIVE_BUFFER_BYTES.number())
                        .setValue(1 << 20)));
        byte[] data = new byte[600_000];
        RandomGeneratorFactory.of("L64X128MixRandom").create(3).nextBytes(data);
        for (int sent = 0; sent < data.length; ) {
            int length = Math.min(60_000, data.length - sent);
            SocketRequest.Builder request = StreamClient.of(c.there()).setData(ByteString.copyFrom(data, sent, length));
            sent += TestClient.succeeded(peer.call(BsdCall.SEND, request)).getValue();
            awaitUnread(c.here(), sent);
        }
        TestClient.succeeded(library.migrate(c.here()));
        assertThat(library.readable(c.here())).isEqualTo(data.length);
        TestClient.succeeded(library.giveBack(c.here(), false));
        TestClient.succeeded(library.migrate(c.here()));
        byte[] received = new byte[data.length];
        assertThat(library.receive(c.here(), received)).isEqualTo(data.length);
        assertThat(received).isEqualTo(data);
    }

    @Test
    void datagramsThatWaitGoAlongInTheirOrderWithTheirSenders() throws Exception {
        int here = library.socket(BsdCall.DATAGRAM);
        TestClient.succeeded(library.call(BsdCall.BIND, StreamClient.of(here).setPort(PORT)));
        TestClient sender = opened(new TestClient(b.directory, MachTransport.GRPC, true));
        int from = sender.bound(8000);
        for (int i = 0; i < 20; i++) {
            TestClient.succeeded(sender.send(from, a.ipv4, PORT, (byte) i, (byte) 77));
        }
        a.awaitCounter("stack.UDP_DATAGRAMS_RECEIVED", 20);
        Map.Entry<SocketReply, byte[]> left = library.ask(here);
        assertThat(errno(left.getKey())).isZero();
        assertThat(left.getKey().getType()).isEqualTo(BsdCall.DATAGRAM);
        DatagramSession session = DatagramSession.parseFrom(left.getValue());
        assertThat(session.getDatagramsList())
                .extracting(d -> (int) d.getData().byteAt(0))
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
        assertThat(session.getDatagrams(0).getPort()).isEqualTo(8000);
        assertThat(session.getDatagrams(0).getIpv4()).isEqualTo(b.ipv4);
        assertThat(errno(
                        library.call(BsdCall.RECEIVE_FROM, StreamClient.of(here).setMaxBytes(9))))
                .isEqualTo(BsdCall.ERESTART);
        TestClient.succeeded(library.own(BsdCall.RECALL, StreamClient.of(here)));
        TestClient.succeeded(sender.send(from, a.ipv4, PORT, (byte) 20));
        a.awaitCounter("earlyFramesKept", 1);
        DatagramSession rest = session.toBuilder().removeDatagrams(0).build();
        TestClient.succeeded(library.giveBack(here, rest.toByteArray(), false));
        for (int i = 1; i <= 20; i++) {
            SocketReply reply =
                    library.call(BsdCall.RECEIVE_FROM, StreamClient.of(here).setMaxBytes(9));
            assertThat(reply.getData().byteAt(0)).isEqualTo((byte) i);
        }
        assertThat(a.counter("mbufsInUse")).isZero();
    }

    @Test
    void stationsAreTold() throws Exception {
        connection();
        SocketReply reply =
                library.call(BsdCall.RESOLVE, SocketRequest.newBuilder().setIpv4(b.ipv4));
        assertThat(TestLibrary.station(TestClient.succeeded(reply))).isEqualTo(0x020000000002L);
        assertThat(errno(
                        library.call(BsdCall.RESOLVE, SocketRequest.newBuilder().setIpv4(0x08080808))))
                .isEqualTo(Errno.EHOSTUNREACH.number());
        assertThat(errno(
                        library.call(BsdCall.RESOLVE, SocketRequest.newBuilder().setIpv4(a.ipv4))))
                .isEqualTo(Errno.EHOSTUNREACH.number());
        assertThat(errno(library.call(
                        BsdCall.RESOLVE,
                        SocketRequest.newBuilder().setIpv4(b.ipv4 + 7).setNonBlocking(true))))
                .isEqualTo(Errno.EWOULDBLOCK.number());
        assertThat(errno(
                        library.call(BsdCall.RESOLVE, SocketRequest.newBuilder().setIpv4(b.ipv4 + 7))))
                .isEqualTo(Errno.EHOSTUNREACH.number());
    }

    /** Who asks for many that do not answer keeps no other one from asking. */
    @Test
    void aClientWaitsForAFewNeighboursAtATime() throws Exception {
        TestLibrary greedy = opened(new TestLibrary(a, MachTransport.GRPC));
        var errors = new ConcurrentLinkedQueue<Integer>();
        List<Future<?>> calls = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int ipv4 = b.ipv4 + 7;
            calls.add(threads.submit(() -> errors.add(
                    errno(greedy.own(BsdCall.RESOLVE, SocketRequest.newBuilder().setIpv4(ipv4))))));
        }
        SocketReply reply = TestClient.succeeded(
                library.own(BsdCall.RESOLVE, SocketRequest.newBuilder().setIpv4(b.ipv4)));
        assertThat(TestLibrary.station(reply)).isEqualTo(0x020000000002L);
        for (Future<?> call : calls) {
            call.get();
        }
        assertThat(errors).containsOnly(Errno.ENOBUFS.number(), Errno.EHOSTUNREACH.number());
        assertThat(errors.stream().filter(errno -> errno == Errno.EHOSTUNREACH.number()))
                .hasSizeGreaterThanOrEqualTo(4);
    }

    /** One that is offered again and again takes the place of no others. */
    @Test
    void aDescriptorHasOneTokenAtATime() throws Exception {
        Connection c = connection();
        SocketReply first = TestClient.succeeded(library.own(BsdCall.HAND_OVER, StreamClient.of(c.here())));
        SocketReply last = first;
        for (int i = 0; i < 300; i++) {
            last = TestClient.succeeded(library.own(BsdCall.HAND_OVER, StreamClient.of(c.here())));
        }
        TestLibrary child = opened(new TestLibrary(a, MachTransport.GRPC));
        assertThat(errno(child.own(BsdCall.TAKE_OVER, SocketRequest.newBuilder().setData(first.getData()))))
                .isEqualTo(Errno.EINVAL.number());
        TestClient.succeeded(
                child.own(BsdCall.TAKE_OVER, SocketRequest.newBuilder().setData(last.getData())));
    }

    @Test
    void aDescriptorHandedOverNamesTheSameSocketUntilBothAreClosed() throws Exception {
        Connection c = connection();
        TestLibrary child = opened(new TestLibrary(a, MachTransport.GRPC));
        SocketReply token = TestClient.succeeded(library.own(BsdCall.HAND_OVER, StreamClient.of(c.here())));
        assertThat(token.getData().size()).isEqualTo(BsdCall.TOKEN_BYTES);
        assertThat(errno(child.own(BsdCall.HAND_OVER, StreamClient.of(c.here()))))
                .isEqualTo(Errno.EACCES.number());
        SocketReply taken = TestClient.succeeded(
                child.own(BsdCall.TAKE_OVER, SocketRequest.newBuilder().setData(token.getData())));
        int shared = taken.getValue();
        assertThat(taken.getType()).isEqualTo(BsdCall.STREAM);
        assertThat(errno(child.own(BsdCall.TAKE_OVER, SocketRequest.newBuilder().setData(token.getData()))))
                .isEqualTo(Errno.EINVAL.number());
        assertThat(errno(child.migrate(shared))).isEqualTo(Errno.EOPNOTSUPP.number());
        TestClient.succeeded(peer.send(c.there(), bytes("ab")));
        assertThat(library.call(BsdCall.RECEIVE, StreamClient.of(c.here()).setMaxBytes(1))
                        .getData()
                        .toStringUtf8())
                .isEqualTo("a");
        assertThat(child.call(BsdCall.RECEIVE, StreamClient.of(shared).setMaxBytes(1))
                        .getData()
                        .toStringUtf8())
                .isEqualTo("b");
        Future<SocketReply> waiting = threads.submit(
                () -> library.call(BsdCall.RECEIVE, StreamClient.of(c.here()).setMaxBytes(1)));
        a.awaitCounter("waitingCalls", 1);
        TestClient.succeeded(library.call(BsdCall.CLOSE, StreamClient.of(c.here())));
        assertThat(errno(waiting.get(LIMIT_SECONDS, TimeUnit.SECONDS))).isEqualTo(Errno.EBADF.number());
        TestClient.succeeded(child.migrate(shared));
        TestClient.succeeded(peer.send(c.there(), bytes("c")));
        while (child.readable(shared) == 0) {
            Thread.sleep(1);
        }
        // What came was not read, so closing is a reset.
        TestClient.succeeded(child.giveBack(shared, true));
        assertThat(errno(peer.receive(c.there(), 1))).isEqualTo(Errno.ECONNRESET.number());
    }

    @Test
    void theDeathOfAHolderLeavesTheSocketToTheOther() throws Exception {
        Connection c = connection();
        TestLibrary child = opened(new TestLibrary(a, MachTransport.GRPC));
        SocketReply token = TestClient.succeeded(library.own(BsdCall.HAND_OVER, StreamClient.of(c.here())));
        SocketRequest.Builder request = SocketRequest.newBuilder().setData(token.getData());
        TestClient.succeeded(child.own(BsdCall.TAKE_OVER, request));
        child.die();
        a.awaitCounter("openSockets", 1);
        TestClient.succeeded(library.migrate(c.here()));
        TestClient.succeeded(library.giveBack(c.here(), false));
    }

    @Test
    void whatADeadLibraryHadSentArrivesAndThenTheEnd() throws Exception {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);
        int listening = peer.listening(PORT, 4);
        for (int life = 0; life < 12; life++) {
            TestLibrary dying = opened(new TestLibrary(a, MachTransport.GRPC));
            dying.announce();
            Connection c = connection(dying, listening);
            Future<String> received = threads.submit(() -> peer.receiveAll(c.there()));
            java.security.MessageDigest out = java.security.MessageDigest.getInstance("SHA-256");
            TestClient.succeeded(dying.migrate(c.here()));
            byte[] data = new byte[20_000];
            int sends = 1 + random.nextInt(60);
            for (int i = 0; i < sends; i++) {
                random.nextBytes(data);
                int sent = dying.send(c.here(), data, 0, 1 + random.nextInt(data.length));
                out.update(data, 0, sent);
                if (random.nextInt(20) == 0) {
                    TestClient.succeeded(dying.giveBack(c.here(), false));
                    TestClient.succeeded(dying.migrate(c.here()));
                }
            }
            dying.die();
            assertThat(received.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("life %s after %s sends", life, sends)
                    .isEqualTo(java.util.HexFormat.of().formatHex(out.digest()));
            a.awaitCounter("openSockets", 0);
            TestClient.succeeded(peer.close(c.there()));
        }
        assertThat(a.counter("sessionsRecovered")).isEqualTo(12);
        assertThat(a.counter("sessionsLost")).isZero();
    }

    @Test
    void aDeadLibraryThatHadNotReadResetsItsPeer() throws Exception {
        library.announce();
        Connection c = connection();
        TestClient.succeeded(library.migrate(c.here()));
        TestClient.succeeded(peer.send(c.there(), bytes("unread")));
        awaitReadable(c.here(), 6);
        library.die();
        assertThat(errno(peer.receive(c.there(), 10))).isEqualTo(Errno.ECONNRESET.number());
    }

    @Test
    void whoDiesBeforeItHasRecordedAnythingLosesNothing() throws Exception {
        Connection c = connection();
        TestClient.succeeded(
                library.call(BsdCall.SEND, StreamClient.of(c.here()).setData(ByteString.copyFromUtf8("sent before"))));
        assertThat(errno(library.ask(c.here()).getKey())).isZero();
        library.die();
        assertThat(peer.receive(c.there(), 100).getData().toStringUtf8()).isEqualTo("sent before");
        assertThat(TestClient.succeeded(peer.receive(c.there(), 100)).getValue())
                .isZero();
    }

    /** However much text goes along, it is kept until somebody else has it. */
    @Test
    void aLongStateIsKeptUntilItsClientHasARecordOrGivesItBack() throws Exception {
        library.announce();
        Connection c = connection();
        SocketRequest.Builder option = StreamClient.of(c.here()).setOption(SocketOptionName.SEND_BUFFER_BYTES.number());
        TestClient.succeeded(library.call(BsdCall.SET_OPTION, option.setValue(1 << 20)));
        byte[] data = new byte[60_000];
        java.security.MessageDigest out = java.security.MessageDigest.getInstance("SHA-256");
        int sent = 0;
        // The peer does not read: more than its window stays here.
        for (int taken = 1; taken > 0; sent += taken) {
            RandomGeneratorFactory.of("L64X128MixRandom").create(sent).nextBytes(data);
            SocketReply reply = library.call(
                    BsdCall.SEND,
                    StreamClient.of(c.here()).setData(ByteString.copyFrom(data)).setNonBlocking(true));
            taken = reply.getErrno() == 0 ? reply.getValue() : 0;
            out.update(data, 0, taken);
        }
        Map.Entry<SocketReply, byte[]> left = library.ask(c.here());
        assertThat(errno(left.getKey())).isZero();
        int bytes = left.getValue().length;
        assertThat(bytes).isGreaterThan(192 * 1024);
        assertThat(a.counter("departedStateBytes")).isEqualTo(bytes);
        TestClient.succeeded(library.own(BsdCall.RECALL, StreamClient.of(c.here())));
        TestClient.succeeded(library.giveBack(c.here(), left.getValue(), false));
        assertThat(a.counter("departedStateBytes")).isZero();
        assertThat(errno(library.ask(c.here()).getKey())).isZero();
        library.die();
        assertThat(peer.receiveAll(c.there()))
                .isEqualTo(java.util.HexFormat.of().formatHex(out.digest()));
        assertThat(a.counter("departedStateBytes")).isZero();
        assertThat(a.counter("departedStatesNotKept")).isZero();
        assertThat(a.counter("sessionsRecovered")).isEqualTo(1);
        assertThat(a.counter("sessionsLost")).isZero();
    }

    @Test
    void aStoppedLibraryLosesItsSessionsAndHearsSoWhenItGoesOn() throws Exception {
        library.announce();
        Connection c = connection();
        TestClient.succeeded(library.migrate(c.here()));
        library.pause(true);
        TestClient.succeeded(peer.send(c.there(), bytes("hello")));
        a.awaitCounter("windowsStalled", 1);
        a.awaitCounter("sessionsRecovered", 1);
        SocketReply reply =
                library.call(BsdCall.RECEIVE, StreamClient.of(c.here()).setMaxBytes(10));
        assertThat(TestClient.succeeded(reply).getData().toStringUtf8()).isEqualTo("hello");
        library.pause(false);
        assertThat(library.isTaken(c.here())).isTrue();
        assertThat(errno(library.own(BsdCall.RECALL, StreamClient.of(c.here()))))
                .isEqualTo(BsdCall.ERESTART);
        assertThat(errno(library.giveBack(c.here(), new byte[300], false))).isEqualTo(BsdCall.ERESTART);
        TestClient.succeeded(peer.send(c.there(), bytes("again")));
        reply = library.call(BsdCall.RECEIVE, StreamClient.of(c.here()).setMaxBytes(10));
        assertThat(TestClient.succeeded(reply).getData().toStringUtf8()).isEqualTo("again");
    }

    @Test
    void damagedStatesEndTheConnectionAndNothingElse() throws Exception {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
        int listening = peer.listening(PORT, 4);
        int lost = 0;
        for (int i = 0; i < 150; i++) {
            Connection c = connection(library, listening);
            byte[] state = library.ask(c.here()).getValue();
            TestClient.succeeded(library.own(BsdCall.RECALL, StreamClient.of(c.here())));
            byte[] damaged = random.nextInt(4) == 0
                    ? java.util.Arrays.copyOf(state, 1 + random.nextInt(state.length * 2))
                    : state.clone();
            for (int n = random.nextInt(8); n >= 0; n--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            int errno = errno(library.giveBack(c.here(), damaged, false));
            assertThat(errno).isIn(0, Errno.EINVAL.number());
            if (errno != 0) {
                lost++;
                assertThat(errno(library.call(
                                BsdCall.SEND, StreamClient.of(c.here()).setData(ByteString.copyFromUtf8("x")))))
                        .isEqualTo(Errno.ECONNABORTED.number());
            }
            TestClient.succeeded(library.call(BsdCall.CLOSE, StreamClient.of(c.here())));
            TestClient.succeeded(peer.close(c.there()));
        }
        assertThat(a.counter("sessionsLost")).isEqualTo(lost).isPositive();
        assertThat(a.failures).isEmpty();
        assertThat(a.counter("sessionsAway")).isZero();
        Connection c = connection(library, listening);
        TestClient.succeeded(library.migrate(c.here()));
        TestClient.succeeded(library.giveBack(c.here(), true));
    }

    @Test
    void damagedDatagramSessionsLoseTheirSocketAndNothingElse() throws Exception {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(6);
        for (int i = 0; i < 150; i++) {
            int here = library.socket(BsdCall.DATAGRAM);
            TestClient.succeeded(
                    library.call(BsdCall.BIND, StreamClient.of(here).setPort(PORT)));
            byte[] state = library.ask(here).getValue();
            TestClient.succeeded(library.own(BsdCall.RECALL, StreamClient.of(here)));
            byte[] damaged = java.util.Arrays.copyOf(state, 1 + random.nextInt(state.length * 3));
            for (int n = random.nextInt(8); n >= 0; n--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(random.nextBoolean() ? 256 : 4);
            }
            assertThat(errno(library.giveBack(here, damaged, false))).isIn(0, Errno.EINVAL.number());
            TestClient.succeeded(library.call(BsdCall.CLOSE, StreamClient.of(here)));
        }
        assertThat(a.counter("sessionsLost")).isPositive();
        assertThat(a.counter("sessionsAway")).isZero();
        assertThat(a.counter("mbufsInUse")).isZero();
        assertThat(a.failures).isEmpty();
    }

    @Test
    void memoryThatIsCutShortLosesTheSessionAndNothingElse() throws Exception {
        library.announce();
        Connection c = connection();
        TestClient.succeeded(library.migrate(c.here()));
        try (java.nio.channels.FileChannel file =
                java.nio.channels.FileChannel.open(library.memory.path(), java.nio.file.StandardOpenOption.WRITE)) {
            file.truncate(0);
        }
        library.pause(true);
        library.task.close();
        a.awaitCounter("sessionsLost", 1);
        a.awaitCounter("openSockets", 0);
        assertThat(a.failures).isEmpty();
        assertThat(errno(peer.send(c.there(), bytes("x")))).isZero();
        assertThat(errno(peer.receive(c.there(), 10))).isEqualTo(Errno.ECONNRESET.number());
        open.remove(library);
    }

    /** What it was when it left is not what it is: octets that were acknowledged since would be asked for again. */
    @Test
    void aRecordThatMakesNoSenseIsNotMadeUpForByWhatTheSessionWasWhenItLeft() throws Exception {
        library.announce();
        Connection c = connection();
        TestClient.succeeded(library.migrate(c.here()));
        library.send(c.here(), bytes("recorded"), 0, 8);
        assertThat(peer.receive(c.there(), 100).getData().toStringUtf8()).isEqualTo("recorded");
        assertThat(a.counter("departedStateBytes")).isPositive();
        library.spoilRecord(c.here());
        library.die();
        a.awaitCounter("sessionsLost", 1);
        assertThat(a.counter("sessionsRecovered")).isZero();
        assertThat(a.failures).isEmpty();
    }

    /** It says RECALL and nothing more, but lives. */
    @Test
    void aSessionThatWasRecalledAndIsNotGivenBackComesBackFromItsRecord() throws Exception {
        library.announce();
        Connection c = connection();
        TestClient.succeeded(library.migrate(c.here()));
        TestClient.succeeded(library.own(BsdCall.RECALL, StreamClient.of(c.here())));
        assertThat(a.counter("sessionsRecalled")).isEqualTo(1);
        TestClient.succeeded(peer.send(c.there(), bytes("meanwhile")));
        a.awaitCounter("earlyFramesKept", 1);
        assertThat(a.counter("earlyFrameBytes")).isPositive();
        a.awaitCounter("sessionsOverdue", 1);
        assertThat(a.counter("earlyFrameBytes")).isZero();
        assertThat(a.counter("sessionsRecalled")).isZero();
        assertThat(a.counter("sessionsRecovered")).isEqualTo(1);
        assertThat(library.isTaken(c.here())).isTrue();
        SocketReply reply =
                library.call(BsdCall.RECEIVE, StreamClient.of(c.here()).setMaxBytes(100));
        assertThat(TestClient.succeeded(reply).getData().toStringUtf8()).isEqualTo("meanwhile");
        assertThat(errno(library.giveBack(c.here(), new byte[300], false))).isEqualTo(BsdCall.ERESTART);
    }

    /** The answer of MIGRATE got lost. */
    @Test
    void aSessionThatItsClientCannotGiveBackComesBackAsItLeft() throws Exception {
        library.announce();
        Connection c = connection();
        TestClient.succeeded(peer.send(c.there(), bytes("before")));
        awaitUnread(c.here(), 6);
        SocketRequest.Builder request = StreamClient.of(c.here()).setRecorded(true);
        assertThat(errno(library.own(BsdCall.RETURN, request))).isEqualTo(Errno.EINVAL.number());
        assertThat(errno(library.ask(c.here()).getKey())).isZero();
        TestLibrary stranger = opened(new TestLibrary(a, MachTransport.GRPC));
        assertThat(errno(stranger.own(BsdCall.RETURN, request))).isEqualTo(Errno.EACCES.number());
        assertThat(errno(library.own(BsdCall.RETURN, request))).isZero();
        assertThat(errno(library.own(BsdCall.RETURN, request))).isEqualTo(BsdCall.ERESTART);
        SocketReply reply =
                library.call(BsdCall.RECEIVE, StreamClient.of(c.here()).setMaxBytes(100));
        assertThat(TestClient.succeeded(reply).getData().toStringUtf8()).isEqualTo("before");
        assertThat(a.counter("sessionsAway")).isZero();
        assertThat(a.counter("departedStateBytes")).isZero();
    }

    @Test
    void aServerThatNoSessionLeavesRefuses() throws Exception {
        int socket = peer.socket();
        for (int id = BsdCall.MIGRATE; id <= BsdCall.SESSION_MEMORY; id++) {
            assertThat(errno(peer.call(id, StreamClient.of(socket))))
                    .as("call %s", id)
                    .isEqualTo(Errno.EOPNOTSUPP.number());
        }
        assertThat(b.counter("sessionsAway")).isEqualTo(-1);
    }
}
