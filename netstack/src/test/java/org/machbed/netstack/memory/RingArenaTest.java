package org.machbed.netstack.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Rings in a piece of memory. */
class RingArenaTest {
    private final MemorySegment memory = MemorySegment.ofArray(new byte[(1 << 20) + 4097]);
    private final RingArena arena = new RingArena(memory);

    @Test
    void whatIsGivenBackIsNotUsedBeforeItIsSettled() {
        MemorySegment all = arena.take(1 << 20);
        assertThat(all).isNotNull();
        assertThat(arena.take(8192)).isNull();
        arena.giveBack(all);
        assertThat(arena.take(8192)).isNull();
        assertThat(arena.settle()).isTrue();
        assertThat(arena.settle()).isFalse();
        assertThat(arena.take(8192)).isNotNull();
    }

    @Test
    void ringsDoNotOverlapAndAreWholeAgainAtTheEnd() {
        SplittableRandom random = new SplittableRandom(1);
        ArrayDeque<MemorySegment> rings = new ArrayDeque<>();
        byte[] owner = new byte[(int) memory.byteSize()];
        for (int i = 0; i < 20_000; i++) {
            MemorySegment ring = random.nextBoolean() ? arena.take(4096 << random.nextInt(7)) : null;
            if (ring != null) {
                mark(owner, ring, 1);
                rings.add(ring);
            } else if (!rings.isEmpty()) {
                MemorySegment old = rings.remove();
                mark(owner, old, -1);
                arena.giveBack(old);
                arena.settle();
            }
        }
        while (!rings.isEmpty()) {
            arena.giveBack(rings.remove());
        }
        arena.settle();
        assertThat(arena.take(1 << 20)).isNotNull();
    }

    private void mark(byte[] owner, MemorySegment ring, int change) {
        int from = (int) arena.offsetOf(ring);
        for (int at = from; at < from + ring.byteSize(); at += 512) {
            owner[at] += (byte) change;
            assertThat(owner[at]).isBetween((byte) 0, (byte) 1);
        }
    }
}
