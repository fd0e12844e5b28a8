package org.machbed.netstack.tcp;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.memory.BufferSource;
import org.machbed.netstack.memory.MemoryBudget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SendBufferTest {
    private static final int START = -2;

    private final MemoryBudget budget = new MemoryBudget(1 << 16);
    private final SendBuffer buffer = new SendBuffer(BufferSource.ofHeap(budget), 10);

    SendBufferTest() {
        buffer.reset(START);
    }

    private int append(int... octets) {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        return buffer.append(MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    private byte[] copy(int at, int length) {
        byte[] bytes = new byte[length + 1];
        buffer.copyOut(START + at, length, MemorySegment.ofArray(bytes), 1);
        return Arrays.copyOfRange(bytes, 1, bytes.length);
    }

    @Test
    void octetsStayUntilTheyAreAcknowledged() {
        assertThat(append(1, 2, 3, 4, 5)).isEqualTo(5);
        assertThat(copy(0, 5)).containsExactly(1, 2, 3, 4, 5);
        assertThat(copy(1, 3)).containsExactly(2, 3, 4);
        assertThat(buffer.bytesFrom(START + 2)).isEqualTo(3);
        assertThat(buffer.acknowledge(START + 3)).isEqualTo(3);
        assertThat(buffer.firstSequence()).isEqualTo(START + 3);
        assertThat(buffer.endSequence()).isEqualTo(START + 5);
        assertThat(copy(3, 2)).containsExactly(4, 5);
        assertThatThrownBy(() -> copy(2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> copy(4, 2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void takesNoMoreThanItsLimit() {
        assertThat(append(1, 2, 3, 4, 5, 6, 7, 8)).isEqualTo(8);
        assertThat(buffer.roomBytes()).isEqualTo(2);
        assertThat(append(9, 10, 11)).isEqualTo(2);
        assertThat(append(12)).isZero();
        buffer.acknowledge(START + 1);
        assertThat(append(11)).isEqualTo(1);
        buffer.limitBytes(3);
        assertThat(buffer.roomBytes()).isZero();
        assertThat(copy(1, 10)).containsExactly(2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    /** The acknowledgment of FIN covers one more than there are octets; an old one covers less. */
    @Test
    void acknowledgmentsMayCoverFinOrNothing() {
        append(1, 2);
        assertThat(buffer.acknowledge(START)).isZero();
        assertThat(buffer.acknowledge(START - 5)).isZero();
        assertThat(buffer.acknowledge(START + 3)).isEqualTo(2);
        assertThat(buffer.usedBytes()).isZero();
        assertThat(buffer.firstSequence()).isEqualTo(START + 2);
    }

    @Test
    void takesWhatThereIsMemoryFor() {
        buffer.limitBytes(1 << 20);
        byte[] much = new byte[100_000];
        assertThat(budget.reserve((1 << 16) - 4096)).isTrue();
        assertThat(buffer.append(MemorySegment.ofArray(much), 0, 3000)).isEqualTo(3000);
        assertThat(buffer.append(MemorySegment.ofArray(much), 0, 3000)).isEqualTo(1096);
        assertThat(buffer.append(MemorySegment.ofArray(much), 0, 3000)).isZero();
        buffer.release();
        assertThat(budget.reservedBytes()).isEqualTo((1 << 16) - 4096);
        assertThat(budget.reserve(4096)).isTrue();
        assertThat(buffer.append(MemorySegment.ofArray(much), 0, 1)).isZero();
    }

    @Test
    void emptyBuffersNeedNoMemory() {
        append(1);
        buffer.trim();
        assertThat(buffer.memoryBytes()).isEqualTo(4096);
        buffer.acknowledge(START + 1);
        buffer.trim();
        assertThat(buffer.memoryBytes()).isZero();
        assertThat(budget.reservedBytes()).isZero();
        append(2, 3);
        assertThat(copy(1, 2)).containsExactly(2, 3);
    }

    @Test
    void memoryMayBeSomebodyElses() {
        MemorySegment shared = MemorySegment.ofArray(new byte[16]);
        SendBuffer placed = new SendBuffer(BufferSource.of(shared), 100);
        placed.reset(15);
        assertThat(placed.append(MemorySegment.ofArray(new byte[20]).fill((byte) 7), 0, 20))
                .isEqualTo(16);
        assertThat(shared.get(ValueLayout.JAVA_BYTE, 15)).isEqualTo((byte) 7);
    }

    /** Random writes, acknowledgments and copies, against a list of all octets. */
    @Test
    void doesAsAListOfOctetsWould() {
        for (int seed = 0; seed < 100; seed++) {
            run(new SplittableRandom(seed));
        }
        assertThat(budget.reservedBytes()).isZero();
    }

    private void run(SplittableRandom random) {
        int limit = 1 + random.nextInt(20_000);
        int start = random.nextInt();
        SendBuffer tested = new SendBuffer(BufferSource.ofHeap(budget), limit);
        tested.reset(start);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int acknowledged = 0;
        byte[] data = new byte[5000];
        byte[] out = new byte[5000];
        for (int step = 0; step < 200; step++) {
            random.nextBytes(data);
            int length = random.nextInt(data.length);
            int taken = tested.append(MemorySegment.ofArray(data), 0, length);
            assertThat(taken).isEqualTo(Math.min(length, limit - (all.size() - acknowledged)));
            all.write(data, 0, taken);
            int used = all.size() - acknowledged;
            assertThat(tested.usedBytes()).isEqualTo(used);
            int at = acknowledged + random.nextInt(used + 1);
            int count = Math.min(out.length, random.nextInt(all.size() - at + 1));
            tested.copyOut(start + at, count, MemorySegment.ofArray(out), 0);
            assertThat(Arrays.copyOf(out, count)).isEqualTo(Arrays.copyOfRange(all.toByteArray(), at, at + count));
            int acked = random.nextInt(used + 1);
            assertThat(tested.acknowledge(start + acknowledged + acked)).isEqualTo(acked);
            acknowledged += acked;
        }
        tested.release();
    }
}
