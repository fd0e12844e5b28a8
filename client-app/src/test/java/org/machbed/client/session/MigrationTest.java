package org.machbed.client.session;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.binding.SessionMovedException;
import org.machbed.client.binding.SessionMoves;
import org.machbed.client.library.LibrarySocketLayer;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;
import org.machbed.link.segment.SegmentLink;
import org.machbed.link.session.SessionMemory;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.proto.bsd.DatagramSession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What becomes of sessions that cannot move. The test is the server, and a library of its own the peer. */
@Timeout(60)
class MigrationTest {
    private static final int MTU_BYTES = 1500;
    private static final int HERE = Ipv4Address.parse("192.0.2.1");
    private static final int PEER = Ipv4Address.parse("192.0.2.2");
    private static final int PORT = 7;
    private static final int RING_BYTES = 1 << 20;
    private static final int SLOTS = 4;
    private static final int DESCRIPTOR = 0x1001;

    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final Server server = new Server();
    private LibrarySocketLayer peer;

    // Of the library, which each test opens once what was elsewhere has left the wire.
    @SuppressWarnings("NullAway.Init")
    private LibrarySocketLayer library;

    @SuppressWarnings("NullAway.Init")
    private LinkEnd link;

    @SuppressWarnings("NullAway.Init")
    private SessionRecording recording;

    @SuppressWarnings("NullAway.Init")
    private Migration migration;

    /** Nothing waits: what the record tells is of no matter here. */
    private static final class NotHeld implements HeldFrames {
        @Override
        public void holdBack() {}

        @Override
        public void letGo() {}
    }

    /** Does what the test says, and remembers what it was told. */
    private static final class Server implements SessionMoves {
        final List<String> told = new ArrayList<>();
        final Queue<Exception> recalls = new ArrayDeque<>();

        @Nullable
        Session session;

        @Nullable
        SocketLayerException refusal;

        byte[] returned = {};
        Runnable onMigrate = () -> {};
        Runnable onRecall = () -> {};
        Runnable onReturn = () -> {};
        boolean isThere;

        Session session() {
            return Objects.requireNonNull(session);
        }

        @Override
        public Session migrate(int socket, PortName window, int record) throws SocketLayerException {
            told.add("migrate");
            onMigrate.run();
            SocketLayerException no = refusal;
            Session yes = session;
            if (no != null || yes == null) {
                throw no == null ? new SocketLayerException(Errno.ENOTCONN, "there is none") : no;
            }
            return yes;
        }

        @Override
        public long recall(int socket) throws SocketLayerException {
            told.add("recall");
            onRecall.run();
            Exception failure = recalls.poll();
            if (failure instanceof SocketLayerException thrown) {
                throw thrown;
            }
            if (failure instanceof SessionMovedException thrown) {
                throw thrown;
            }
            return 0;
        }

        @Override
        public void giveBack(int socket, byte[] state, boolean close) {
            told.add("return");
            onReturn.run();
            returned = state;
        }

        @Override
        public void takeBack(int socket) throws SocketLayerException {
            told.add("take back");
            if (isThere) {
                throw new SocketLayerException(Errno.EINVAL, "it is there");
            }
        }
    }

    @BeforeEach
    void open() throws Exception {
        peer = opened(LibrarySocketLayer.open(
                join(PEER), configuration(PEER, TcpConfiguration.DEFAULT), Duration.ofMillis(1), Crossings.unshared()));
    }

    private LinkEnd join(int ipv4) throws Exception {
        return SegmentLink.join(directory.resolve("wire"), mac(ipv4), MTU_BYTES);
    }

    private static MacAddress mac(int ipv4) {
        return new MacAddress(0x0200_0000_0000L | (ipv4 & 0xFF));
    }

    private static StackConfiguration configuration(int ipv4, TcpConfiguration tcp) {
        return new StackConfiguration(mac(ipv4), ipv4, 24, 0, MTU_BYTES, ipv4, true, tcp);
    }

    /** The library that sessions are to come to. */
    private void openLibrary() throws Exception {
        link = join(HERE);
        SessionMemory memory = opened(SessionMemory.create(directory.resolve("records"), SLOTS, RING_BYTES));
        recording = new SessionRecording(memory, new NotHeld());
        TcpConfiguration tcp = TcpConfiguration.DEFAULT.toBuilder()
                .ringMemory(recording.rings())
                .memoryBytes(RING_BYTES)
                .build();
        library = opened(LibrarySocketLayer.openSessions(
                link, configuration(HERE, tcp), Duration.ofMillis(1), Crossings.unshared(), recording));
        migration = new Migration(server, library.sessions(), PortName.NULL, () -> 0, recording, HERE);
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
    }

    private long counter(String name) {
        long[] found = {-1};
        library.sessions().tellCounters((counter, value) -> found[0] = counter.equals(name) ? value : found[0]);
        return found[0];
    }

    private void awaitEarly(int frames) {
        while (counter("EARLY_FRAMES_KEPT") < frames) {
            Thread.onSpinWait();
        }
    }

    /**
     * A connection with the peer as a value, as the server has it; answers the peer's socket.
     *
     * @param unread octets that the peer has sent, and go along
     */
    private int connectionElsewhere(int unread) throws Exception {
        int listening = peer.streamSocket();
        peer.bind(listening, PEER, PORT);
        peer.listen(listening, 1);
        try (LibrarySocketLayer elsewhere = LibrarySocketLayer.open(
                join(HERE),
                configuration(HERE, TcpConfiguration.DEFAULT),
                Duration.ofMillis(1),
                Crossings.unshared())) {
            int socket = elsewhere.streamSocket();
            assertThat(elsewhere.connectStream(socket, PEER, PORT, true)).isTrue();
            int accepted = peer.accept(listening, true);
            if (unread > 0) {
                send(accepted, unread);
                assertThat(elsewhere.await(socket, Condition.READABLE, Long.MAX_VALUE))
                        .isTrue();
                // Acknowledged, so that it does not come again.
                assertThat(peer.await(accepted, Condition.DRAINED, Long.MAX_VALUE))
                        .isTrue();
            }
            TcpSessionState state = Objects.requireNonNull(elsewhere.sessions().departStream(socket));
            server.session = new SessionMoves.Session(true, SessionIntake.encode(state));
            return accepted;
        }
    }

    private void send(int socket, int bytes) {
        try {
            assertThat(peer.sendStream(socket, ByteBuffer.allocate(bytes), false))
                    .isEqualTo(bytes);
        } catch (SocketLayerException e) {
            throw new AssertionError(e);
        }
    }

    private long framesSent() {
        return link.counters().get(LinkCounter.FRAMES_SENT);
    }

    private static TcpSessionState decoded(byte[] state) {
        return TcpSessionState.decode(MemorySegment.ofArray(state), 0, state.length);
    }

    private SessionSocket migrated(int descriptor) throws Exception {
        SessionSocket socket = new SessionSocket(descriptor, true);
        migration.toLibrary(socket);
        return socket;
    }

    private void assertNothingIsLeft(SessionSocket socket) {
        assertThat(socket.isInLibrary()).isFalse();
        assertThat(counter("SESSIONS")).isZero();
        assertThat(counter("SESSIONS_EXPECTED")).isZero();
    }

    @Test
    void whatCameEarlyForAConnectionThatFindsNoMemoryIsNotAnswered() throws Exception {
        int there = connectionElsewhere(100);
        openLibrary();
        int _ = library.sessions().locked(() -> {
            while (recording.rings().take(4_096) != null) {}
            return 0;
        });
        List<Long> sent = new ArrayList<>();
        server.onMigrate = () -> {
            send(there, 10);
            awaitEarly(1);
            sent.add(framesSent());
        };
        server.onRecall = () -> sent.add(framesSent());
        server.onReturn = () -> sent.add(framesSent());
        SessionSocket socket = migrated(DESCRIPTOR);
        assertThat(server.told).containsExactly("migrate", "recall", "return");
        assertThat(sent).as("frames by then").hasSize(3).containsOnly(sent.getFirst());
        assertThat(server.returned).isEqualTo(server.session().state());
        assertThat(counter("EARLY_FRAMES_DROPPED")).isPositive();
        assertNothingIsLeft(socket);
    }

    @Test
    void aConnectionThatWasInTheStackAlreadyGoesBackAsItIs() throws Exception {
        int there = connectionElsewhere(100);
        openLibrary();
        int used = library.streamSocket();
        SessionSocket socket = migrated(used);
        assertThat(server.told).containsExactly("migrate", "recall", "return");
        assertThat(decoded(server.returned).template())
                .isEqualTo(decoded(server.session().state()).template());
        assertThat(server.returned)
                .as("with its text")
                .hasSameSizeAs(server.session().state());
        assertNothingIsLeft(socket);
        assertThat(library.option(used, SocketOptionName.NO_DELAY)).isZero();
        assertThat(peer.receiveStream(there, ByteBuffer.allocate(1), false)).isZero();
    }

    @Test
    void anAnswerThatCannotBeReadIsTheServersToTakeBack() throws Exception {
        openLibrary();
        server.session = new SessionMoves.Session(true, new byte[10]);
        assertNothingIsLeft(migrated(DESCRIPTOR));
        assertThat(server.told).containsExactly("migrate", "take back");
        server.session = new SessionMoves.Session(false, new byte[] {-1});
        SessionSocket datagrams = new SessionSocket(DESCRIPTOR, false);
        migration.toLibrary(datagrams);
        assertNothingIsLeft(datagrams);
        // A port that is none.
        server.session = new SessionMoves.Session(
                false, DatagramSession.newBuilder().setLocalPort(-1).build().toByteArray());
        datagrams.stays(false);
        migration.toLibrary(datagrams);
        assertNothingIsLeft(datagrams);
        assertThat(server.told).containsExactly("migrate", "take back", "migrate", "take back", "migrate", "take back");
    }

    @Test
    void datagramsThatCameEarlyGoBackWithTheirSocket() throws Exception {
        openLibrary();
        DatagramSession session = DatagramSession.newBuilder()
                .setLocalIpv4(HERE)
                .setLocalPort(PORT)
                .addOptions(DatagramSession.Option.newBuilder().setNumber(999))
                .build();
        server.session = new SessionMoves.Session(false, session.toByteArray());
        int sender = peer.socket();
        peer.bind(sender, PEER, PORT);
        server.onMigrate = () -> {
            try {
                assertThat(peer.send(sender, ByteBuffer.wrap(new byte[] {42}), HERE, PORT))
                        .isEqualTo(1);
            } catch (SocketLayerException e) {
                throw new AssertionError(e);
            }
            awaitEarly(1);
        };
        SessionSocket socket = new SessionSocket(DESCRIPTOR, false);
        migration.toLibrary(socket);
        assertNothingIsLeft(socket);
        assertThat(server.told).containsExactly("migrate", "recall", "return");
        DatagramSession returned = DatagramSession.parseFrom(server.returned);
        assertThat(returned.getDatagramsCount()).isEqualTo(1);
        assertThat(returned.getDatagrams(0).getIpv4()).isEqualTo(PEER);
        assertThat(returned.getDatagrams(0).getPort()).isEqualTo(PORT);
        assertThat(returned.getDatagrams(0).getData().toByteArray()).containsExactly(42);
        assertThat(returned.toBuilder().clearDatagrams().build()).isEqualTo(session);
    }

    @Test
    void aRecallThatFailsChangesNothing() throws Exception {
        int there = connectionElsewhere(0);
        openLibrary();
        SessionSocket socket = migrated(DESCRIPTOR);
        assertThat(socket.isInLibrary()).isTrue();
        for (Errno errno : List.of(Errno.EIO, Errno.ENOBUFS, Errno.EALREADY)) {
            server.recalls.add(new SocketLayerException(errno, "as the test says"));
            assertThatThrownBy(() -> migration.toServer(socket))
                    .isInstanceOfSatisfying(
                            SocketLayerException.class,
                            e -> assertThat(e.errno()).isEqualTo(errno));
            assertThat(socket.isInLibrary()).isTrue();
        }
        send(there, 10);
        assertThat(library.receiveStream(DESCRIPTOR, ByteBuffer.allocate(100), true))
                .isEqualTo(10);
        migration.toServer(socket);
        assertThat(server.returned)
                .as("without text")
                .hasSameSizeAs(server.session().state());
        assertNothingIsLeft(socket);
    }

    @Test
    void aSocketThatIsClosedThoughItCannotBeRecalledLeavesTheLibrary() throws Exception {
        int _ = connectionElsewhere(0);
        openLibrary();
        SessionSocket socket = migrated(DESCRIPTOR);
        server.recalls.add(new SocketLayerException(Errno.EIO, "as the test says"));
        List<Boolean> inLibrary = new ArrayList<>();
        assertErrno(Errno.EIO, () -> migration.close(socket, () -> inLibrary.add(socket.isInLibrary())));
        assertThat(inLibrary).as("where it was when the server was asked").containsExactly(true);
        assertNothingIsLeft(socket);
    }

    @Test
    void whatMayHaveLeftAlthoughItsAnswerGotLostIsTakenBack() throws Exception {
        openLibrary();
        server.refusal = new SocketLayerException(Errno.ENOTCONN, "refused");
        assertNothingIsLeft(migrated(DESCRIPTOR));
        assertThat(server.told).containsExactly("migrate");
        server.refusal = new SocketLayerException(Errno.EIO, "the answer cannot be read");
        assertNothingIsLeft(migrated(DESCRIPTOR));
        assertThat(server.told).containsExactly("migrate", "migrate", "take back");
    }

    /** The server says that it does not have it, and nor does the library. */
    @Test
    void aCallIsMadeAgainOnceTheSessionWasFoundAndNotForEver() throws Exception {
        openLibrary();
        MovedCalls calls = new MovedCalls(migration, library, library);
        SessionSocket socket = new SessionSocket(DESCRIPTOR, true);
        SessionMovedException moved = new SessionMovedException("it is elsewhere");
        int misses = 0;
        for (int i = 1; i <= MovedCalls.MOST_MISSES; i++) {
            misses = calls.requireMoved(socket, 0, misses, moved);
            assertThat(misses).isEqualTo(i);
            server.isThere = true;
        }
        assertThat(server.told).hasSize(MovedCalls.MOST_MISSES).containsOnly("take back");
        int most = misses;
        assertErrno(Errno.EIO, () -> calls.requireMoved(socket, 0, most, moved));
        socket.moved();
        assertThat(calls.requireMoved(socket, 0, most, moved)).isZero();
        socket.moved();
        socket.close();
        assertErrno(Errno.EBADF, () -> calls.requireMoved(socket, 2, 0, moved));
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
