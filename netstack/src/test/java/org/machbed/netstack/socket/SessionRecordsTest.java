package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.fixture.BadWire;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.TcpPeer;
import org.machbed.netstack.memory.RingArena;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.TcpState;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What is left of a connection in shared memory when its process is cut off at any instruction. */
class SessionRecordsTest {
    private static final int SLOTS = 4;

    private final MemorySegment rings = MemorySegment.ofArray(new byte[1 << 20]);
    private final MemorySegment memory =
            MemorySegment.ofArray(new long[(int) SessionRecords.bytes(SLOTS) / Long.BYTES]);
    private final RingArena arena = new RingArena(rings);
    private final SessionRecords records = new SessionRecords(memory, SLOTS);
    private final RecordedSessions recorded = new RecordedSessions(records, arena);
    private final SplittableRandom random = new SplittableRandom(5);
    private final BadWire wire = new BadWire(
            1,
            TcpConfiguration.DEFAULT.toBuilder()
                    .buffers(30_000, 20_000)
                    .ringMemory(arena)
                    .memoryBytes(1 << 18)
                    .build(),
            1500);
    private int sent;
    private int received;

    private static MemorySegment copy(MemorySegment of) {
        return MemorySegment.ofArray(of.toArray(ValueLayout.JAVA_LONG));
    }

    private int record(TcpSocket socket) throws SocketLayerException {
        int slot = recorded.reserve();
        recorded.record(socket, slot);
        return slot;
    }

    private @Nullable TcpSessionState read(int slot) {
        return records.look(slot, rings).state();
    }

    private TcpSocket connected(TcpSocket listening) throws Exception {
        listening.bind(0, 7);
        listening.listen(1, wire.nowNs());
        TcpSocket socket = wire.a.stack.tcp().open();
        socket.connect(Host.IP_B, 7, wire.nowNs());
        wire.runUntil(() -> socket.state() == TcpState.ESTABLISHED, Host.SECOND);
        wire.runUntil(() -> false, Host.SECOND);
        return socket;
    }

    /** The octets that a record has, from the first that the peer has not got. */
    private void check(MemorySegment cutRecords, MemorySegment cutRings, int slot, int sentThen) {
        TcpSessionState state =
                new SessionRecords(cutRecords, SLOTS).look(slot, cutRings).state();
        if (state == null) {
            throw new AssertionError("there is no whole turn");
        }
        int first = sentThen - state.sentBytes();
        assertThat(first).isLessThanOrEqualTo(received);
        for (int k = Math.max(first, received); k < sentThen; k++) {
            assertThat(state.sent().get(ValueLayout.JAVA_BYTE, k - first)).isEqualTo(TcpPeer.text(k, 1)[0]);
        }
    }

    private record HangUps(AtomicInteger count) implements StreamListener {
        @Override
        public void onConnected() {}

        @Override
        public void onReadable() {}

        @Override
        public void onWritable() {}

        @Override
        public void onAcceptable() {}

        @Override
        public void onError(Errno errno) {}

        @Override
        public void onHangUp() {
            count.incrementAndGet();
        }
    }

    /** A rogue's memory may be large: nobody copies more of it than a connection can have. */
    @Test
    void moreTextThanAConnectionCanHaveIsRefused() {
        int most = SessionRecords.MOST_TEXT_BYTES;
        MemorySegment large = MemorySegment.ofArray(new byte[2 * most]);

        assertThat(SessionRecords.text(large, 0, 2L * most, most, most).byteSize())
                .isEqualTo(most);
        assertThatThrownBy(() -> SessionRecords.text(large, 0, 2L * most, 0, most + 1))
                .isInstanceOf(StateException.class)
                .hasMessageContaining("octets");
    }

    @Test
    void oneTurnIsWholeWheneverItIsCutAndItsTextIsThere() throws Exception {
        wire.loss = 0.02;
        TcpSocket listening = wire.b.stack.tcp().open();
        TcpSocket socket = connected(listening);
        TcpSocket peer = java.util.Objects.requireNonNull(listening.accept(wire.nowNs()));
        int slot = record(socket);
        wire.a.stack.tcp().recordChanges(wire.nowNs());
        int checks = 0;
        while (received < 400_000) {
            int sentThen = sent;
            MemorySegment before = copy(memory);
            wire.step(wire.nowNs() + 10 * Host.SECOND);
            if (sent < 400_000) {
                sent += wire.a.sendText(socket, sent, Math.min(400_000 - sent, 1 + random.nextInt(9000)));
            }
            // The call is over, or in the middle: rings have changed, and the record has not.
            check(memory, rings, slot, sentThen);
            assertThat(memory.mismatch(before)).isEqualTo(-1);
            TcpSessionState old = java.util.Objects.requireNonNull(read(slot));
            wire.a.stack.tcp().recordChanges(wire.nowNs());
            checkCuts(before, copy(memory), slot, old);
            check(memory, rings, slot, sent);
            int bytes = wire.b.receiveText(peer, received, 20_000);
            received += Math.max(0, bytes);
            checks++;
        }
        assertThat(checks).isGreaterThan(200);
        socket.close(wire.nowNs());
        peer.close(wire.nowNs());
        wire.loss = 0;
        wire.runUntil(() -> false, 400 * Host.SECOND);
        wire.a.stack.tcp().recordChanges(wire.nowNs());
        assertThat(records.take(slot, rings)).isEqualTo(new SessionRecords.Found(true, null));
        recorded.release(slot);
        assertThat(recorded.size()).isZero();
    }

    /** A write that was cut before its commit leaves the other turn, however much of it was done. */
    private void checkCuts(MemorySegment before, MemorySegment after, int slot, TcpSessionState old) {
        long base = SessionRecords.bytes(slot);
        MemorySegment cut = copy(before);
        long done = Long.BYTES + random.nextLong(SessionRecords.bytes(1) - Long.BYTES);
        MemorySegment.copy(after, base + Long.BYTES, cut, base + Long.BYTES, done - Long.BYTES);
        TcpSessionState state = new SessionRecords(cut, SLOTS).take(slot, rings).state();
        assertThat(state).isEqualTo(old);
    }

    @Test
    void aSessionThatLeftKeepsItsRecordUntilSomebodyHasIt() throws Exception {
        TcpSocket listening = wire.b.stack.tcp().open();
        TcpSocket socket = connected(listening);
        int slot = record(socket);
        assertThat(recorded.size()).isEqualTo(1);
        wire.a.sendText(socket, 0, 9_000);
        wire.a.stack.tcp().recordChanges(wire.nowNs());
        TcpSessionState record = read(slot);
        TcpSessionState exported = socket.exportSession(wire.nowNs());
        assertThat(record).isEqualTo(exported);
        MemorySegment ring = java.util.Objects.requireNonNull(arena.take(1 << 19));
        wire.a.stack.tcp().recordChanges(wire.nowNs());
        // Its text is where it was, since nothing of it is used again.
        List<MemorySegment> others = new ArrayList<>(List.of(ring));
        for (MemorySegment more = arena.take(4_096); more != null; more = arena.take(4_096)) {
            others.add(more);
        }
        others.forEach(other -> other.fill((byte) 0x55));
        assertThat(read(slot)).isEqualTo(exported);
        recorded.release(slot);
        wire.a.stack.tcp().recordChanges(wire.nowNs());
        assertThat(arena.take(4_096)).isNotNull();
        assertThat(recorded.size()).isZero();
    }

    /** What the stack does between its last commit and the next one, which fails, nobody knows of. */
    @Test
    void whoTakesASessionGoesOnFromTheLastCommit() throws Exception {
        TcpSocket listening = wire.b.stack.tcp().open();
        TcpSocket socket = connected(listening);
        int slot = record(socket);
        AtomicInteger hangUps = new AtomicInteger();
        socket.listener(new HangUps(hangUps));
        wire.a.sendText(socket, 0, 1_000);
        wire.a.stack.tcp().recordChanges(wire.nowNs());
        TcpSessionState committed = read(slot);
        wire.a.sendText(socket, 1_000, 1_000);
        assertThat(records.take(slot, rings).state()).isEqualTo(committed);
        assertThat(recorded.takeVoided()).isFalse();
        wire.a.stack.tcp().recordChanges(wire.nowNs());
        assertThat(recorded.takeVoided()).isTrue();
        assertThat(recorded.takeVoided()).isFalse();
        assertThat(records.isTaken(slot)).isTrue();
        assertThat(socket.isAway()).isTrue();
        assertThat(hangUps).hasValue(1);
        assertThat(read(slot)).isEqualTo(committed);
        assertThatThrownBy(() -> wire.a.sendText(socket, 2_000, 1)).isInstanceOf(SocketLayerException.class);
        recorded.release(slot);
        assertThat(recorded.reserve()).isEqualTo(slot);
        assertThat(records.isTaken(slot)).isFalse();
        assertThat(records.take(slot, rings)).isEqualTo(new SessionRecords.Found(false, null));
    }

    /** Nothing is sent for them, so that nothing else would have them recorded. */
    @Test
    void optionsAreRecordedTheSocketsOwnToo() throws Exception {
        TcpSocket listening = wire.b.stack.tcp().open();
        TcpSocket socket = connected(listening);
        int slot = record(socket);
        wire.a.stack.tcp().recordChanges(wire.nowNs());
        for (SocketOptionName name : List.of(
                SocketOptionName.LINGER_SECONDS,
                SocketOptionName.KEEP_ALIVE,
                SocketOptionName.TYPE_OF_SERVICE,
                SocketOptionName.USER_TIMEOUT_MS,
                SocketOptionName.REUSE_ADDRESS,
                SocketOptionName.SEND_BUFFER_BYTES)) {
            socket.setOption(name, name == SocketOptionName.SEND_BUFFER_BYTES ? 9_999 : 1, wire.nowNs());
            MemorySegment before = copy(memory);
            wire.a.stack.tcp().recordChanges(wire.nowNs());
            assertThat(memory.mismatch(before)).as("%s", name).isNotEqualTo(-1);
        }
        assertThat(read(slot)).isEqualTo(socket.exportSession(wire.nowNs()));
    }

    /** A session that is taken before its stack has recorded anything. */
    @Test
    void theFirstCommitFailsToo() throws Exception {
        TcpSocket listening = wire.b.stack.tcp().open();
        TcpSocket socket = connected(listening);
        int slot = record(socket);
        assertThat(records.take(slot, rings)).isEqualTo(new SessionRecords.Found(false, null));
        wire.a.stack.tcp().recordChanges(wire.nowNs());
        assertThat(recorded.takeVoided()).isTrue();
        assertThat(records.take(slot, rings)).isEqualTo(new SessionRecords.Found(false, null));
    }

    /** Two threads at once: what is committed is what was taken. */
    @Test
    void aCommitCountsForBothOrForNeither() throws Exception {
        int rounds = 5_000;
        var ready = new CyclicBarrier(2);
        boolean[] committed = new boolean[rounds];
        FutureTask<Boolean> stack = new FutureTask<>(() -> {
            for (int round = 0; round < rounds; round++) {
                records.begin(0);
                int _ = ready.await();
                committed[round] = records.end(0);
                int _ = ready.await();
            }
            return true;
        });
        Thread.ofPlatform().daemon().start(stack);
        boolean[] found = new boolean[rounds];
        for (int round = 0; round < rounds; round++) {
            int _ = ready.await();
            found[round] = records.take(0, rings).isOver();
            int _ = ready.await();
        }
        assertThat(stack.get()).isTrue();
        assertThat(found).isEqualTo(committed);
    }

    /** Who takes over does not trust who is gone. */
    @Test
    void aRecordThatMakesNoSenseIsRefused() throws Exception {
        TcpSocket listening = wire.b.stack.tcp().open();
        TcpSocket socket = connected(listening);
        int slot = record(socket);
        wire.a.sendText(socket, 0, 20_000);
        wire.a.stack.tcp().recordChanges(wire.nowNs());
        byte[] good = memory.toArray(ValueLayout.JAVA_BYTE);
        MemorySegment damaged = copy(memory);
        int refused = 0;
        for (int i = 0; i < 5000; i++) {
            byte[] bad = good.clone();
            for (int change = 0; change < 8; change++) {
                bad[64 + random.nextInt(400)] = (byte) random.nextInt();
                bad[(int) (SessionRecords.bytes(1) + 64) / 2 + random.nextInt(120)] = (byte) random.nextInt();
            }
            try {
                MemorySegment.copy(MemorySegment.ofArray(bad), 0, damaged, 0, bad.length);
                SessionRecords.Found _ = new SessionRecords(damaged, SLOTS).take(slot, rings);
            } catch (StateException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000);
        assertThatThrownBy(() -> new SessionRecords(memory, SLOTS + 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
