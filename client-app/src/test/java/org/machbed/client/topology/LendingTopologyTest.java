package org.machbed.client.topology;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.Child;
import org.machbed.client.binding.ApplicationSockets;
import org.machbed.client.channel.HandOver;
import org.machbed.client.channel.LendingChannels;
import org.machbed.client.channel.LentBuffer;
import org.machbed.client.session.SessionSocketLayer;
import org.machbed.ipc.mach.MachTransport;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Buffers that the library lends: over real kernels and servers, what arrives, whose they are, and what misuse is answered with. */
@Timeout(120)
class LendingTopologyTest {
    private static final int A = 0;
    private static final int B = 1;
    private static final int MOST_BYTES = 1_472;
    private static final String ADDRESS_B = "192.0.2.2";
    private static int nextPort = 6_000;

    @TempDir
    private static Path directory;

    private static TwoHosts hosts;

    private InetSocketAddress address;

    @BeforeAll
    static void start() throws Exception {
        hosts = new TwoHosts(directory).withSessions(MachTransport.GRPC);
    }

    @AfterAll
    static void stop() throws Exception {
        hosts.close();
    }

    @BeforeEach
    void choosePort() {
        address = new InetSocketAddress(ADDRESS_B, nextPort++);
    }

    /** A frame that was received and is on its way back, or one that is still in the kernel, takes a moment. */
    @AfterEach
    void everythingIsBack() {
        for (int host : new int[] {A, B}) {
            assertThat(hosts.counter(host, "BUFFERS_LENT")).isZero();
            while (hosts.counter(host, "WINDOW_BUFFERS_FREE") < 1_024) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private static <T> FutureTask<T> start(Callable<T> body) {
        FutureTask<T> task = new FutureTask<>(body);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private static byte byteAt(long offset) {
        return KilledSender.byteAt(offset);
    }

    private static void compose(ByteBuffer target, long from, int bytes) {
        for (int i = 0; i < bytes; i++) {
            target.put(byteAt(from + i));
        }
    }

    private static void check(ByteBuffer received, long from, int bytes) {
        assertThat(received.remaining()).isEqualTo(bytes);
        for (int i = 0; i < bytes; i++) {
            if (received.get(received.position() + i) != byteAt(from + i)) {
                throw new AssertionError("octet " + (from + i) + " is another one");
            }
        }
    }

    private DatagramChannel receiver() throws IOException {
        return hosts.provider(B).openDatagramChannel().bind(address);
    }

    private DatagramChannel sender() throws IOException {
        return hosts.provider(A).openDatagramChannel().connect(address);
    }

    private static LentBuffer receive(DatagramChannel channel) throws IOException {
        return requireNonNull(LendingChannels.receive(channel));
    }

    private static LentBuffer read(SocketChannel channel, int most) throws IOException {
        return requireNonNull(LendingChannels.read(channel, most));
    }

    private static LentBuffer allocate(SocketChannel channel, int most) throws IOException {
        return requireNonNull(LendingChannels.allocate(channel, most));
    }

    @Test
    void datagramsOfAllSizesComeBackComposedInPlace() throws Exception {
        try (DatagramChannel b = receiver();
                DatagramChannel a = sender()) {
            FutureTask<Integer> echo = start(() -> {
                for (int i = 0; i <= MOST_BYTES; i++) {
                    try (LentBuffer question = receive(b)) {
                        LentBuffer answer =
                                LendingChannels.allocate(b, question.bytes().remaining());
                        answer.bytes().put(question.bytes());
                        assertThat(LendingChannels.send(b, answer, question.source()))
                                .isEqualTo(i);
                    }
                }
                return MOST_BYTES;
            });
            assertThat(LendingChannels.mostBytes(a)).isEqualTo(MOST_BYTES);
            for (int i = 0; i <= MOST_BYTES; i++) {
                LentBuffer question = LendingChannels.allocate(a, i);
                compose(question.bytes(), 3L * i, i);
                assertThat(LendingChannels.write(a, question)).isEqualTo(i);
                try (LentBuffer answer = receive(a)) {
                    check(answer.bytes(), 3L * i, i);
                    assertThat(answer.source()).isEqualTo(address);
                    assertThat(answer.memory().byteSize()).isEqualTo(i);
                }
            }
            assertThat(echo.get()).isEqualTo(MOST_BYTES);
        }
    }

    /** Room of which less is used, fragments that are put together in other memory, and the channel's own methods between. */
    @Test
    void datagramsMixWithTheChannelsOwnMethods() throws Exception {
        try (DatagramChannel b = receiver();
                DatagramChannel a = sender()) {
            LentBuffer room = LendingChannels.allocate(a, 100);
            room.bytes().put((byte) 1);
            LendingChannels.write(a, room);
            ByteBuffer large = ByteBuffer.allocate(5_000);
            compose(large, 0, 5_000);
            a.write(large.flip());
            room = LendingChannels.allocate(a, 2);
            room.bytes().put((byte) 2).put((byte) 3);
            LendingChannels.write(a, room);
            ByteBuffer target = ByteBuffer.allocate(10);
            b.receive(target);
            assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {1}));
            try (LentBuffer fragments = receive(b)) {
                check(fragments.bytes(), 0, 5_000);
                b.receive(target.clear());
                assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {2, 3}));
            }
            b.configureBlocking(false);
            assertThat(LendingChannels.receive(b)).isNull();
        }
    }

    private interface Connected {
        void use(SocketChannel a, SocketChannel b) throws Exception;
    }

    private void connected(Connected use) throws Exception {
        try (ServerSocketChannel listener = hosts.provider(B).openServerSocketChannel()) {
            listener.bind(address);
            try (SocketChannel a = hosts.provider(A).openSocketChannel()) {
                a.connect(address);
                try (SocketChannel b = listener.accept()) {
                    use.use(a, b);
                }
            }
        }
    }

    /** Pieces of many sizes, less than was allocated, and every seventh by the channel's own methods. */
    private static long sendMuch(SocketChannel channel, long total) throws IOException {
        ByteBuffer own = ByteBuffer.allocateDirect(3_000);
        for (long sent = 0; sent < total; ) {
            int wanted = (int) Math.min(total - sent, 1 + sent * 37 % 20_000);
            if (sent % 7 == 0) {
                int bytes = Math.min(wanted, own.capacity());
                compose(own.clear(), sent, bytes);
                sent += channel.write(own.flip());
            } else {
                LentBuffer room = allocate(channel, wanted);
                compose(room.bytes(), sent, Math.max(1, room.bytes().remaining() * 3 / 4));
                sent += LendingChannels.write(channel, room);
            }
        }
        channel.shutdownOutput();
        return total;
    }

    private static long receiveMuch(SocketChannel channel) throws IOException {
        ByteBuffer own = ByteBuffer.allocateDirect(3_000);
        long received = 0;
        while (true) {
            LentBuffer piece = read(channel, 1 + (int) (received * 41 % 30_000));
            if (piece.isEndOfStream()) {
                return received;
            }
            int bytes = piece.bytes().remaining();
            if (received % 7 == 0) {
                // Goes on behind the piece while that is still here.
                int more = channel.read(own.clear());
                check(own.flip(), received + bytes, Math.max(0, more));
                check(piece.bytes(), received, bytes);
                received += Math.max(0, more);
            } else {
                check(piece.bytes(), received, bytes);
            }
            received += bytes;
            piece.giveBack();
        }
    }

    @Test
    void streamsComposedAndReadInPlaceArriveWhole() throws Exception {
        long total = 6_000_000;
        connected((a, b) -> {
            FutureTask<Long> sent = start(() -> sendMuch(a, total));
            FutureTask<Long> back = start(() -> sendMuch(b, total / 2));
            FutureTask<Long> received = start(() -> receiveMuch(b));
            assertThat(receiveMuch(a)).isEqualTo(total / 2);
            assertThat(received.get()).isEqualTo(total);
            assertThat(sent.get()).isEqualTo(total);
            assertThat(back.get()).isEqualTo(total / 2);
        });
    }

    @Test
    void whatWasGivenBackOrSentIsOutOfReachAlsoThroughWhatWasKept() throws Exception {
        try (DatagramChannel b = receiver();
                DatagramChannel a = sender()) {
            LentBuffer room = LendingChannels.allocate(a, 8);
            ByteBuffer kept = room.bytes().duplicate();
            MemorySegment slice = room.memory().asSlice(4);
            room.bytes().putLong(7);
            LendingChannels.write(a, room);
            assertThatThrownBy(() -> kept.put(0, (byte) 1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> slice.set(ValueLayout.JAVA_BYTE, 0, (byte) 1))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(room::bytes)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the buffer was sent before");
            assertThatThrownBy(() -> LendingChannels.write(a, room)).isInstanceOf(IllegalStateException.class);
            room.close();
            LentBuffer received = receive(b);
            ByteBuffer view = received.bytes().slice();
            assertThat(view.getLong(0)).isEqualTo(7);
            received.giveBack();
            assertThatThrownBy(() -> view.get(0)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(received::giveBack)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the buffer was given back before");
            assertThatThrownBy(received::memory).isInstanceOf(IllegalStateException.class);
            received.close();
        }
    }

    @Test
    void anotherThreadNeitherReachesItNorEndsIt() throws Exception {
        try (DatagramChannel a = sender()) {
            LentBuffer room = LendingChannels.allocate(a, 8);
            ByteBuffer bytes = room.bytes();
            FutureTask<Integer> other = start(() -> {
                assertThatThrownBy(() -> bytes.put(0, (byte) 1)).isInstanceOf(WrongThreadException.class);
                assertThatThrownBy(room::bytes).isInstanceOf(WrongThreadException.class);
                assertThatThrownBy(room::giveBack).isInstanceOf(WrongThreadException.class);
                assertThatThrownBy(room::close).isInstanceOf(WrongThreadException.class);
                assertThatThrownBy(() -> LendingChannels.write(a, room)).isInstanceOf(WrongThreadException.class);
                return 1;
            });
            assertThat(other.get()).isEqualTo(1);
            assertThat(bytes.put((byte) 1).position()).isEqualTo(1);
            room.giveBack();
        }
    }

    @Test
    void aBufferIsSentByItsOwnChannelAndForWhatItWasAllocated() throws Exception {
        try (DatagramChannel b = receiver();
                DatagramChannel a = sender();
                DatagramChannel other = sender()) {
            try (LentBuffer room = LendingChannels.allocate(a, 8)) {
                assertThatThrownBy(() -> LendingChannels.write(other, room))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("was allocated of");
                room.bytes().put((byte) 5);
                assertThat(LendingChannels.write(a, room)).isEqualTo(1);
            }
            try (LentBuffer received = receive(b)) {
                assertThatThrownBy(() -> LendingChannels.send(b, received, received.source()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("was received");
                assertThat(received.bytes().get()).isEqualTo((byte) 5);
            }
            assertThatThrownBy(() -> LendingChannels.allocate(a, MOST_BYTES + 1))
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Message too long");
            assertThatThrownBy(() -> LendingChannels.allocate(a, -1)).isInstanceOf(IllegalArgumentException.class);
            LentBuffer unconnected = LendingChannels.allocate(b, 1);
            assertThatThrownBy(() -> LendingChannels.write(b, unconnected))
                    .isInstanceOf(NotYetConnectedException.class);
            assertThatThrownBy(unconnected::bytes).hasMessage("the buffer was sent before");
        }
    }

    @Test
    void ofAStreamOnePieceIsLentEachWay() throws Exception {
        connected((a, b) -> {
            LentBuffer room = allocate(a, 100);
            assertThatThrownBy(() -> LendingChannels.allocate(a, 1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> a.write(ByteBuffer.allocate(1)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("composed in place");
            room.giveBack();
            a.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            LentBuffer piece = read(b, 2);
            assertThat(piece.bytes().remaining()).isEqualTo(2);
            assertThatThrownBy(() -> LendingChannels.read(b, 1)).isInstanceOf(IllegalStateException.class);
            piece.giveBack();
            try (LentBuffer rest = read(b, 100)) {
                assertThat(rest.bytes().get()).isEqualTo((byte) 3);
                assertThat(rest.bytes().hasRemaining()).isFalse();
                assertThatThrownBy(rest::source).isInstanceOf(IllegalStateException.class);
            }
            b.configureBlocking(false);
            assertThat(LendingChannels.read(b, 1)).isNull();
            assertThatThrownBy(() -> LendingChannels.read(b, 0)).isInstanceOf(IllegalArgumentException.class);
        });
    }

    @Test
    void whereTheBufferIsFullThereIsNoRoomUntilThePeerReads() throws Exception {
        connected((a, b) -> {
            a.configureBlocking(false);
            long sent = 0;
            LentBuffer room = LendingChannels.allocate(a, 50_000);
            while (room != null) {
                int bytes = room.bytes().remaining();
                compose(room.bytes(), sent, bytes);
                sent += LendingChannels.write(a, room);
                room = LendingChannels.allocate(a, 50_000);
            }
            a.configureBlocking(true);
            FutureTask<Long> received = start(() -> receiveMuch(b));
            LentBuffer last = allocate(a, 1);
            compose(last.bytes(), sent, 1);
            LendingChannels.write(a, last);
            a.shutdownOutput();
            assertThat(received.get()).isEqualTo(sent + 1);
        });
    }

    @Test
    void whatIsLentOutlivesItsChannel() throws Exception {
        connected((a, b) -> {
            a.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            LentBuffer piece = read(b, 3);
            LentBuffer room = allocate(b, 10);
            b.close();
            // Others use what the connection had.
            InetSocketAddress other = new InetSocketAddress(ADDRESS_B, nextPort++);
            try (ServerSocketChannel listener = hosts.provider(B).openServerSocketChannel()) {
                listener.bind(other);
                try (SocketChannel c = hosts.provider(A).openSocketChannel()) {
                    c.connect(other);
                    try (SocketChannel d = listener.accept()) {
                        FutureTask<Long> sent = start(() -> sendMuch(c, 1_000_000));
                        assertThat(receiveMuch(d)).isEqualTo(sent.get());
                    }
                }
            }
            assertThat(piece.bytes()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            piece.giveBack();
            room.bytes().putInt(1);
            assertThatThrownBy(() -> LendingChannels.write(b, room)).isInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(room::bytes).hasMessage("the buffer was sent before");
        });
        DatagramChannel receiver = receiver();
        try (DatagramChannel a = sender()) {
            a.write(ByteBuffer.wrap(new byte[] {9}));
            LentBuffer datagram = receive(receiver);
            receiver.close();
            assertThat(datagram.bytes().get()).isEqualTo((byte) 9);
            datagram.giveBack();
        }
    }

    /** The session goes back to the server, for good: what is lent stays, and what was composed is sent from there. */
    @Test
    void whatIsLentOutlivesAHandOver() throws Exception {
        connected((a, b) -> {
            a.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
            LentBuffer piece = read(b, 2);
            LentBuffer room = allocate(b, 10);
            room.bytes().put((byte) 7).put((byte) 8);
            byte[] token = HandOver.handOver(b);
            assertThat(token).isNotEmpty();
            assertThat(piece.bytes()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
            piece.giveBack();
            assertThat(LendingChannels.write(b, room)).isEqualTo(2);
            try (LentBuffer rest = read(b, 10)) {
                assertThat(rest.bytes()).isEqualTo(ByteBuffer.wrap(new byte[] {3, 4}));
            }
            LentBuffer next = allocate(b, 10);
            next.bytes().put((byte) 9);
            LendingChannels.write(b, next);
            ByteBuffer received = ByteBuffer.allocate(3);
            while (received.hasRemaining()) {
                a.read(received);
            }
            assertThat(received.array()).containsExactly(7, 8, 9);
            a.shutdownOutput();
            assertThat(read(b, 1).isEndOfStream()).isTrue();
        });
    }

    /** What was received is kept until the window has no more to lend, and then as copies, up to a bound; others go on. */
    @Test
    void whoHoardsBuffersHarmsNobodyElse() throws Exception {
        try (DatagramChannel b = receiver();
                DatagramChannel a = sender();
                DatagramChannel otherB =
                        hosts.provider(B).openDatagramChannel().bind(new InetSocketAddress(ADDRESS_B, nextPort));
                DatagramChannel otherA =
                        hosts.provider(A).openDatagramChannel().connect(new InetSocketAddress(ADDRESS_B, nextPort))) {
            List<LentBuffer> hoard = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                a.write(ByteBuffer.allocate(4).putInt(0, i));
                hoard.add(receive(b));
            }
            assertThat(hosts.counter(B, "WINDOW_BUFFERS_FREE")).isGreaterThanOrEqualTo(200);
            assertThat(hosts.counter(B, "BUFFERS_LENT")).isBetween(700L, 800L);
            List<LentBuffer> rooms = new ArrayList<>();
            assertThatThrownBy(() -> {
                        while (true) {
                            rooms.add(LendingChannels.allocate(b, MOST_BYTES));
                        }
                    })
                    .isInstanceOf(SocketException.class)
                    .hasMessage("No buffer space available");
            assertThat(rooms).hasSize(128);
            ByteBuffer one = ByteBuffer.allocate(4);
            for (int i = 0; i < 100; i++) {
                otherA.write(one.clear().putInt(0, i));
                InetSocketAddress from = (InetSocketAddress) requireNonNull(otherB.receive(one.clear()));
                otherB.send(one.flip(), from);
                otherA.read(one.clear());
                assertThat(one.getInt(0)).isEqualTo(i);
            }
            for (int i = 0; i < hoard.size(); i++) {
                assertThat(hoard.get(i).bytes().getInt()).isEqualTo(i);
                hoard.get(i).giveBack();
            }
            rooms.forEach(LentBuffer::close);
        }
        nextPort++;
    }

    /** The memory that they lie in stays mapped. */
    @Test
    void whatIsLentOutlivesItsLibrary() throws Exception {
        SessionSocketLayer layer = hosts.sessions(B, MachTransport.GRPC);
        LentBuffer datagram;
        LentBuffer piece;
        LentBuffer room;
        try (ApplicationSockets sockets = ApplicationSockets.of(layer, layer::tellCounters);
                DatagramChannel a = sender()) {
            DatagramChannel b = sockets.provider().openDatagramChannel().bind(address);
            a.write(ByteBuffer.wrap(new byte[] {4}));
            datagram = receive(b);
            room = LendingChannels.allocate(b, 4);
            ServerSocketChannel listener =
                    sockets.provider().openServerSocketChannel().bind(address);
            try (SocketChannel c = hosts.provider(A).openSocketChannel()) {
                c.connect(address);
                SocketChannel d = listener.accept();
                c.write(ByteBuffer.wrap(new byte[] {5}));
                piece = read(d, 1);
            }
        }
        assertThat(datagram.bytes().get()).isEqualTo((byte) 4);
        assertThat(piece.bytes().get()).isEqualTo((byte) 5);
        room.bytes().putInt(6);
        datagram.giveBack();
        piece.giveBack();
        room.giveBack();
    }

    /** What was composed and not sent is nobody's; what was sent arrives. */
    @Test
    void whatAKilledApplicationHasComposedLeavesNoTrace() throws Exception {
        try (ServerSocketChannel listener = hosts.provider(B).openServerSocketChannel()) {
            listener.bind(address);
            Child sender = hosts.process(A, KilledLender.class, String.valueOf(address.getPort()));
            try (SocketChannel accepted = listener.accept()) {
                assertThat(sender.line()).isEqualTo("COMPOSED");
                sender.kill();
                assertThat(receiveMuch(accepted)).isEqualTo(KilledLender.SENT_BYTES);
            }
        }
    }

    @Test
    void channelsOfOthersLendNothing() throws Exception {
        try (DatagramChannel datagrams = SelectorProvider.provider().openDatagramChannel();
                SocketChannel stream = SelectorProvider.provider().openSocketChannel()) {
            assertThatThrownBy(() -> LendingChannels.receive(datagrams))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("lends no buffers");
            assertThatThrownBy(() -> LendingChannels.allocate(stream, 1))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }
}
