package org.machbed.netstack.socket;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.machbed.netstack.socket.Readiness.HUNG_UP;
import static org.machbed.netstack.socket.Readiness.READABLE;
import static org.machbed.netstack.socket.Readiness.WRITABLE;

class ReadinessSetTest {
    /** A socket that is ready for what a test says. */
    private static final class Fake {
        final WatchedSocket watched = new WatchedSocket(this::readiness);
        final int name;
        int ready;
        int asked;

        Fake(int name) {
            this.name = name;
        }

        private int readiness(int interests) {
            asked++;
            return ready;
        }

        void becomes(int readiness) {
            ready = readiness;
            watched.changed();
        }
    }

    private int changes;
    private final ReadinessSet set = new ReadinessSet(() -> changes++);
    private final Fake a = new Fake(1);
    private final Fake b = new Fake(2);
    private final Fake c = new Fake(3);

    private List<Integer> take() {
        return take(set, 100);
    }

    /** Names and readiness in turn. */
    private static List<Integer> take(ReadinessSet set, int pairs) {
        ByteBuffer target = ByteBuffer.allocate(pairs * ReadinessSet.PAIR_BYTES);
        int taken = set.take(target);
        assertThat(target.position()).isEqualTo(taken * ReadinessSet.PAIR_BYTES);
        List<Integer> words = new ArrayList<>();
        target.flip();
        while (target.hasRemaining()) {
            words.add(target.getInt());
        }
        return words;
    }

    @Test
    void aReadySocketIsToldUntilItIsNot() {
        a.ready = WRITABLE;
        set.watch(a.watched, a.name, READABLE);
        assertThat(set.isReady()).isFalse();
        a.becomes(READABLE | WRITABLE);
        assertThat(set.isReady()).isTrue();
        assertThat(take()).containsExactly(1, READABLE);
        assertThat(take()).containsExactly(1, READABLE);
        a.ready = 0;
        assertThat(take()).isEmpty();
        int asked = a.asked;
        assertThat(set.isReady()).isFalse();
        assertThat(take()).isEmpty();
        assertThat(a.asked).as("one that is not ready is asked no more").isEqualTo(asked);
        a.becomes(READABLE);
        assertThat(take()).containsExactly(1, READABLE);
    }

    @Test
    void whatIsReadyAlreadyIsToldWhenItIsWatched() {
        a.ready = READABLE;
        assertThat(changes).isZero();
        set.watch(a.watched, a.name, READABLE);
        assertThat(changes).isEqualTo(1);
        assertThat(take()).containsExactly(1, READABLE);
        a.ready = WRITABLE;
        assertThat(take()).isEmpty();
        set.watch(a.watched, a.name, WRITABLE);
        assertThat(take()).containsExactly(1, WRITABLE);
        set.watch(a.watched, a.name, 0);
        assertThat(take()).isEmpty();
        a.becomes(READABLE | WRITABLE);
        assertThat(set.isReady()).isFalse();
        set.watch(a.watched, a.name, 0);
        assertThat(changes).isEqualTo(2);
    }

    @Test
    void aHangUpIsToldToThoseToo() {
        set.watch(a.watched, a.name, READABLE);
        a.becomes(WRITABLE | HUNG_UP);
        assertThat(take()).containsExactly(1, HUNG_UP);
    }

    @Test
    void thoseThatDoNotFitHaveTheirTurnNext() {
        for (Fake socket : List.of(a, b, c)) {
            set.watch(socket.watched, socket.name, READABLE);
            socket.becomes(READABLE);
        }
        assertThat(take(set, 2)).containsExactly(1, READABLE, 2, READABLE);
        assertThat(take(set, 2)).containsExactly(3, READABLE, 1, READABLE);
        assertThat(take(set, 0)).isEmpty();
        assertThat(take()).containsExactly(2, READABLE, 3, READABLE, 1, READABLE);
    }

    @Test
    void wakeUpsAreOneAndComeFirst() {
        set.watch(a.watched, a.name, READABLE);
        a.becomes(READABLE);
        set.wakeUp();
        set.wakeUp();
        assertThat(set.isReady()).isTrue();
        assertThat(take(set, 0)).isEmpty();
        assertThat(take()).containsExactly(ReadinessSet.WAKE_UP, 0, 1, READABLE);
        assertThat(take()).containsExactly(1, READABLE);
    }

    @Test
    void aSocketMayBeInSeveralSetsAndLeavesThem() {
        ReadinessSet other = new ReadinessSet(() -> changes++);
        set.watch(a.watched, 1, READABLE);
        other.watch(a.watched, 7, WRITABLE);
        other.watch(b.watched, 8, WRITABLE);
        a.becomes(READABLE | WRITABLE);
        b.becomes(WRITABLE);
        assertThat(take()).containsExactly(1, READABLE);
        assertThat(take(other, 9)).containsExactly(7, WRITABLE, 8, WRITABLE);
        a.watched.leaveAll();
        assertThat(take()).isEmpty();
        assertThat(take(other, 9)).containsExactly(8, WRITABLE);
        int before = changes;
        a.watched.changed();
        assertThat(changes).isEqualTo(before);
    }

    @Test
    void aClosedSetIsToldNothing() {
        ReadinessSet other = new ReadinessSet(() -> {});
        other.watch(a.watched, 7, READABLE);
        set.watch(a.watched, 1, READABLE);
        set.watch(b.watched, 2, READABLE);
        set.close();
        int before = changes;
        a.becomes(READABLE);
        b.becomes(READABLE);
        assertThat(changes).isEqualTo(before);
        assertThat(take()).isEmpty();
        assertThat(take(other, 9)).containsExactly(7, READABLE);
    }

    /** Against a set that asks every socket each time. */
    @Property(tries = 200)
    void tellsExactlyThoseThatAreReady(@ForAll long seed) {
        Random random = new Random(seed);
        List<Fake> sockets = new ArrayList<>();
        for (int i = 1; i <= 8; i++) {
            sockets.add(new Fake(i));
        }
        List<ReadinessSet> sets = List.of(new ReadinessSet(() -> {}), new ReadinessSet(() -> {}));
        List<Map<Fake, Integer>> models = List.of(new HashMap<>(), new HashMap<>());
        for (int step = 0; step < 300; step++) {
            Fake socket = sockets.get(random.nextInt(sockets.size()));
            int which = random.nextInt(2);
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    int interests = random.nextInt(4);
                    sets.get(which).watch(socket.watched, socket.name, interests);
                    if (interests == 0) {
                        models.get(which).remove(socket);
                    } else {
                        models.get(which).put(socket, interests);
                    }
                }
                case 2, 3, 4 -> socket.becomes(random.nextInt(16));
                case 5 -> socket.ready &= random.nextInt(16); // Less needs no telling.
                case 6 -> take(sets.get(which), random.nextInt(3));
                default -> {
                    if (random.nextInt(10) == 0) {
                        socket.watched.leaveAll();
                        models.forEach(model -> model.remove(socket));
                    }
                }
            }
            assertThat(asMap(take(sets.get(which), 100))).isEqualTo(expected(models.get(which)));
        }
    }

    private static Map<Integer, Integer> expected(Map<Fake, Integer> model) {
        Map<Integer, Integer> expected = new HashMap<>();
        model.forEach((socket, interests) -> {
            int told = socket.ready & (interests | HUNG_UP);
            if (told != 0) {
                expected.put(socket.name, told);
            }
        });
        return expected;
    }

    private static Map<Integer, Integer> asMap(List<Integer> words) {
        Map<Integer, Integer> map = new HashMap<>();
        for (int i = 0; i < words.size(); i += 2) {
            assertThat(map.put(words.get(i), words.get(i + 1))).as("told once").isNull();
        }
        return map;
    }

    @Test
    void changesAndLooksMakeNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ByteBuffer target = ByteBuffer.allocate(100);
        set.watch(a.watched, a.name, READABLE);
        set.watch(b.watched, b.name, READABLE);
        long bytes = Long.MAX_VALUE;
        // The first rounds compile.
        for (int round = 0; round < 20 && bytes >= 1_000; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                a.becomes(READABLE);
                b.becomes(0);
                set.wakeUp();
                set.take(target.clear());
                a.ready = 0;
                set.isReady();
            }
            bytes = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(bytes).as("bytes of 10,000 changes of two sockets").isLessThan(1_000);
    }
}
