package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.netstack.fixture.BadWire;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.TcpPeer;
import org.machbed.netstack.memory.RingMemory;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.TcpState;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Streams received where they lie and composed where they are sent from are the same, whatever goes on meanwhile. */
class LendingTest {
    /** Memory that nobody may use who has given it back: it is spoilt then, and handed out again. */
    private static final class SpoiltMemory implements RingMemory {
        private final List<MemorySegment> free = new ArrayList<>();
        private final List<MemorySegment> unsettled = new ArrayList<>();

        @Override
        public MemorySegment take(int bytes) {
            for (MemorySegment each : free) {
                if (each.byteSize() == bytes) {
                    free.remove(each);
                    return each;
                }
            }
            return MemorySegment.ofArray(new byte[bytes]);
        }

        @Override
        public void giveBack(MemorySegment memory) {
            memory.fill((byte) 0xEE);
            unsettled.add(memory);
        }

        @Override
        public boolean settle() {
            boolean any = !unsettled.isEmpty();
            free.addAll(unsettled);
            unsettled.clear();
            return any;
        }
    }

    /** Sends its stream and checks the other's, in both ways, and migrates meanwhile. */
    private static final class End {
        final Host host;
        final int total;
        final SplittableRandom random;
        final double eagerness;

        @Nullable
        TcpSocket socket;

        @Nullable
        LentText lent;

        int lentFrom;

        @Nullable
        ReservedRoom room;

        boolean roomIsHere;
        int sent;
        int received;
        int loans;
        int commits;
        int lost;
        boolean shut;
        boolean finished;

        End(Host host, int total, long seed, double eagerness) {
            this.host = host;
            this.total = total;
            this.random = new SplittableRandom(seed);
            this.eagerness = eagerness;
        }

        void turn() {
            try {
                TcpSocket s = socket;
                if (s == null || !s.isConnected()) {
                    return;
                }
                for (int i = 0; i < 3; i++) {
                    migrate(s);
                    send(s);
                    receive(s);
                }
                if (sent == total && room == null && !shut) {
                    s.shutdownSending(host.nowNs);
                    shut = true;
                }
            } catch (SocketLayerException e) {
                throw new AssertionError(e);
            }
        }

        private void send(TcpSocket s) throws SocketLayerException {
            ReservedRoom own = room;
            if (own == null && sent < total && random.nextInt(3) == 0) {
                sent += host.sendText(s, sent, Math.min(5_000, total - sent));
            } else if (own == null && sent < total) {
                room = s.reserve(1 + random.nextInt(Math.min(9_000, total - sent)), host.nowNs);
                roomIsHere = true;
            } else if (own != null && random.nextInt(2) == 0) {
                if (roomIsHere) {
                    assertThatThrownBy(() -> host.sendText(s, sent, 1)).isInstanceOf(SocketLayerException.class);
                }
                int bytes = random.nextInt((int) own.memory().byteSize() + 1);
                MemorySegment.copy(TcpPeer.text(sent, bytes), 0, own.memory(), ValueLayout.JAVA_BYTE, 0, bytes);
                room = null;
                if (s.commit(own, bytes, host.nowNs)) {
                    sent += bytes;
                    commits++;
                } else {
                    lost++;
                    own.giveBack(host.nowNs);
                }
            }
        }

        private void receive(TcpSocket s) throws SocketLayerException {
            LentText own = lent;
            if (own == null && random.nextInt(4) != 0) {
                take(s.lend(1 + random.nextInt(9_000), host.nowNs));
            } else if (own != null && random.nextInt(3) == 0) {
                giveBack(own);
            } else {
                int bytes = finished ? 0 : host.receiveText(s, received, random.nextInt(5_000) + 1);
                finished |= bytes < 0;
                received += Math.max(0, bytes);
            }
        }

        private void take(@Nullable LentText text) {
            if (text == null || text == LentText.END_OF_STREAM) {
                finished |= text != null;
                return;
            }
            lent = text;
            lentFrom = received;
            received += (int) text.memory().byteSize();
            loans++;
        }

        private void giveBack(LentText own) {
            byte[] octets = own.memory().toArray(ValueLayout.JAVA_BYTE);
            assertThat(octets).isEqualTo(TcpPeer.text(lentFrom, octets.length));
            lent = null;
            own.giveBack(host.nowNs);
        }

        private void migrate(TcpSocket s) throws SocketLayerException {
            if (s.state().isSynchronized() && random.nextDouble() < eagerness) {
                s.importSession(s.exportSession(host.nowNs), host.nowNs);
                roomIsHere = false;
            }
        }

        boolean isDone() {
            return finished && shut;
        }

        void end() {
            if (lent != null) {
                giveBack(lent);
            }
            Objects.requireNonNull(socket).close(host.nowNs);
        }
    }

    private static TcpConfiguration configuration() {
        return TcpConfiguration.DEFAULT.toBuilder()
                .buffers(40_000, 30_000)
                .ringMemory(new SpoiltMemory())
                .build();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5})
    void everythingArrivesThatIsLentAndComposedInPlace(int trouble) throws Exception {
        int loans = 0;
        int commits = 0;
        int lost = 0;
        for (int seed = 0; seed < 12; seed++) {
            BadWire wire = new BadWire(trouble * 100L + seed, configuration(), 1500);
            wire.loss = 0.01 * trouble;
            wire.duplication = 0.01 * trouble;
            wire.reordering = 0.02 * trouble;
            double eagerness = seed % 3 * 0.02;
            End client = new End(wire.a, 150_000, wire.seed, eagerness);
            End server = new End(wire.b, 100_000, wire.seed + 1, eagerness);
            transfer(wire, client, server);
            assertThat(server.received).isEqualTo(150_000);
            assertThat(client.received).isEqualTo(100_000);
            loans += client.loans + server.loans;
            commits += client.commits + server.commits;
            lost += client.lost + server.lost;
        }
        assertThat(loans).isGreaterThan(500);
        assertThat(commits).isGreaterThan(500);
        assertThat(lost).as("rooms of connections that have left").isPositive();
    }

    private static void transfer(BadWire wire, End client, End server) throws Exception {
        TcpSocket listening = wire.b.stack.tcp().open();
        listening.bind(0, 7);
        listening.listen(1, wire.nowNs());
        TcpSocket connecting = wire.a.stack.tcp().open();
        connecting.connect(Host.IP_B, 7, wire.nowNs());
        client.socket = connecting;
        long turns = 0;
        while (!(client.isDone() && server.isDone())) {
            client.turn();
            if (server.socket == null) {
                server.socket = listening.accept(wire.nowNs());
            }
            server.turn();
            // Nothing may happen on the wire while a loan keeps the window closed.
            if (!wire.step(wire.nowNs() + 100_000_000)) {
                assertThat(turns++).isLessThan(100_000);
            }
        }
        client.end();
        server.end();
        listening.close(wire.nowNs());
        wire.loss = 0;
        wire.runUntil(() -> false, 400 * Host.SECOND);
        for (Host host : new Host[] {wire.a, wire.b}) {
            assertThat(host.stack.tcp().connections()).isZero();
            assertThat(host.stack.tcp().bufferBytes()).isZero();
            assertThat(host.stack.tcp().runningTimers()).isZero();
        }
    }

    private final BadWire wire = new BadWire(1, configuration(), 1500);
    private @Nullable TcpSocket accepted;

    /** A connection of host a with {@link #accepted}. */
    private TcpSocket connection() throws Exception {
        TcpSocket listening = wire.b.stack.tcp().open();
        listening.bind(0, 7);
        listening.listen(1, wire.nowNs());
        TcpSocket connecting = wire.a.stack.tcp().open();
        connecting.connect(Host.IP_B, 7, wire.nowNs());
        wire.runUntil(() -> connecting.state() == TcpState.ESTABLISHED, Host.SECOND);
        wire.runUntil(() -> false, Host.SECOND);
        accepted = listening.accept(wire.nowNs());
        return connecting;
    }

    private TcpSocket accepted() {
        return Objects.requireNonNull(accepted);
    }

    private void run() {
        wire.runUntil(() -> false, 5 * Host.SECOND);
    }

    /** Fills what the receiver has room for; answers how much was acknowledged. */
    private int fill(TcpSocket sender, int from) throws Exception {
        int sent = 0;
        for (int taken = 1; taken > 0; sent += taken) {
            taken = wire.a.sendText(sender, from + sent, 10_000);
            run();
        }
        return sent - sender.unacknowledgedBytes();
    }

    @Test
    void whatIsLentKeepsItsRoomInTheWindowUntilItIsBack() throws Exception {
        TcpSocket sender = connection();
        int before = fill(sender, 0);
        LentText lent = Objects.requireNonNull(accepted().lend(8_000, wire.nowNs()));
        // Up to the ring's end.
        int bytes = (int) lent.memory().byteSize();
        assertThat(bytes).isBetween(3_000, 8_000);
        int sent = before + sender.unacknowledgedBytes();
        int waiting = sender.unacknowledgedBytes();
        run();
        assertThat(sender.unacknowledgedBytes()).as("no room yet").isEqualTo(waiting);
        assertThat(accepted().readableBytes()).isEqualTo(before - bytes);
        assertThatThrownBy(() -> accepted().lend(1, wire.nowNs()))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EALREADY));
        assertThat(lent.memory().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(TcpPeer.text(0, bytes));
        lent.giveBack(wire.nowNs());
        run();
        assertThat(sender.unacknowledgedBytes()).isLessThanOrEqualTo(waiting - bytes + 1_460);
        int received = bytes;
        while (received < sent) {
            received += wire.b.receiveText(accepted(), received, 4_000);
            run();
        }
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void whatIsLentStaysWhenTheRingGrowsOrGoesAndIsSpoiltOnlyAfterwards() throws Exception {
        TcpSocket sender = connection();
        wire.a.sendText(sender, 0, 1_000);
        run();
        LentText lent = Objects.requireNonNull(accepted().lend(600, wire.nowNs()));
        for (int i = 1; i <= 20; i++) {
            wire.a.sendText(sender, 1_000 * i, 1_000);
            run();
        }
        assertThat(lent.memory().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(TcpPeer.text(0, 600));
        assertThat(wire.b.receiveText(accepted(), 600, 30_000)).isEqualTo(20_400);
        accepted().close(wire.nowNs());
        run();
        assertThat(lent.memory().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(TcpPeer.text(0, 600));
        lent.giveBack(wire.nowNs());
        lent.giveBack(wire.nowNs());
        assertThat(lent.memory().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 0xEE);
    }

    @Test
    void aReservationThatIsGivenBackLeavesNoTrace() throws Exception {
        TcpSocket sender = connection();
        wire.a.sendText(sender, 0, 1_000);
        ReservedRoom room = Objects.requireNonNull(sender.reserve(2_000, wire.nowNs()));
        room.memory().fill((byte) 1);
        // Idle buffers give their memory back, but not this one.
        wire.runUntil(() -> false, 10 * Host.SECOND);
        room.memory().fill((byte) 2);
        room.giveBack(wire.nowNs());
        wire.a.sendText(sender, 1_000, 500);
        run();
        assertThat(wire.b.receiveText(accepted(), 0, 9_000)).isEqualTo(1_500);
    }

    @Test
    void roomEndsWhereTheRingEnds() throws Exception {
        TcpSocket sender = connection();
        int sent = 0;
        int smallest = Integer.MAX_VALUE;
        while (sent < 100_000) {
            ReservedRoom room = Objects.requireNonNull(sender.reserve(3_000, wire.nowNs()));
            int bytes = (int) room.memory().byteSize();
            smallest = Math.min(smallest, bytes);
            MemorySegment.copy(TcpPeer.text(sent, bytes), 0, room.memory(), ValueLayout.JAVA_BYTE, 0, bytes);
            assertThat(sender.commit(room, bytes, wire.nowNs())).isTrue();
            wire.runUntil(() -> sender(sender) == 0, Host.SECOND);
            assertThat(wire.b.receiveText(accepted(), sent, bytes)).isEqualTo(bytes);
            sent += bytes;
        }
        assertThat(smallest).isLessThan(3_000);
    }

    private static int sender(TcpSocket socket) {
        try {
            return socket.unacknowledgedBytes();
        } catch (SocketLayerException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void afterAShutdownNothingIsCommitted() throws Exception {
        TcpSocket sender = connection();
        ReservedRoom room = Objects.requireNonNull(sender.reserve(2_000, wire.nowNs()));
        sender.shutdownSending(wire.nowNs());
        assertThatThrownBy(() -> sender.commit(room, 10, wire.nowNs()))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPIPE));
        room.giveBack(wire.nowNs());
        run();
        assertThat(accepted().lend(10, wire.nowNs())).isSameAs(LentText.END_OF_STREAM);
        sender.close(wire.nowNs());
        accepted().close(wire.nowNs());
        wire.runUntil(() -> false, 400 * Host.SECOND);
        assertThat(wire.a.stack.tcp().bufferBytes()).isZero();
        assertThat(wire.b.stack.tcp().bufferBytes()).isZero();
    }

    /** Who does not want what comes is not held up by what it has. */
    @Test
    void aLoanDoesNotHoldUpWhatIsThrownAway() throws Exception {
        TcpSocket sender = connection();
        wire.a.sendText(sender, 0, 1_000);
        run();
        LentText lent = Objects.requireNonNull(accepted().lend(600, wire.nowNs()));
        accepted().shutdownReceiving(wire.nowNs());
        for (int i = 1; i <= 100; i++) {
            assertThat(wire.a.sendText(sender, 1_000 * i, 1_000)).isEqualTo(1_000);
            run();
        }
        assertThat(sender.unacknowledgedBytes()).isZero();
        assertThat(lent.memory().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(TcpPeer.text(0, 600));
        lent.giveBack(wire.nowNs());
    }
}
