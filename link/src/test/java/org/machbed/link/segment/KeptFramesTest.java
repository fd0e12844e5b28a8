package org.machbed.link.segment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.link.FrameHandler;
import org.machbed.link.FrameLoans;
import org.machbed.link.Frames;
import org.machbed.link.LinkCounter;

import static org.assertj.core.api.Assertions.assertThat;

/** Frames that stay in the ring beyond their call: intact, bounded, and no obstacle to those behind them. */
class KeptFramesTest {
    private static final int BYTES = 1_000;

    @TempDir
    Path parent;

    private SegmentLink a;
    private SegmentLink b;

    /** Frames that are kept, by loan: memory and place. */
    private final Map<Long, Kept> kept = new LinkedHashMap<>();

    private int refused;
    private int recalled;

    private record Kept(int number, MemorySegment memory, long offset, int length) {
        byte[] bytes() {
            return memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @BeforeEach
    void join() throws IOException {
        SegmentOptions small = new SegmentOptions(SegmentOptions.MINIMUM_RING_BYTES, 0, 0);
        a = SegmentLink.join(parent.resolve("wire"), Frames.A, 1500, small);
        b = SegmentLink.join(parent.resolve("wire"), Frames.B, 1500, small);
        b.onRecall(this::recalled);
    }

    @AfterEach
    void leave() {
        a.close();
        b.close();
    }

    private void recalled(long loan) {
        Kept recalledFrame = kept.remove(loan);
        assertThat(recalledFrame).as("loan %d", loan).isNotNull();
        assertIntact(recalledFrame);
        recalled++;
    }

    private Kept frame(long loan) {
        return Objects.requireNonNull(kept.get(loan));
    }

    private static void assertIntact(Kept frame) {
        assertThat(frame.bytes()).isEqualTo(Frames.frame(Frames.B, Frames.A, frame.number, frame.length));
    }

    private void arrive(int number, int length, FrameHandler handler) {
        assertThat(Frames.send(a, Frames.frame(Frames.B, Frames.A, number, length)))
                .as("room for frame %d", number)
                .isTrue();
        assertThat(b.poll(handler, 1)).isEqualTo(1);
    }

    private FrameHandler keeping(int number) {
        return (memory, offset, length) -> {
            long loan = b.keep(memory);
            if (loan == FrameLoans.NONE) {
                refused++;
            } else {
                assertThat(kept.put(loan, new Kept(number, memory, offset, length)))
                        .isNull();
            }
        };
    }

    private static void ignore(MemorySegment memory, long offset, int length) {}

    @Test
    void aFrameStaysUntilItIsGivenBackWhateverPasses() {
        arrive(7, BYTES, keeping(7));
        for (int i = 0; i < 30; i++) {
            arrive(100 + i, BYTES, KeptFramesTest::ignore);
        }
        assertThat(kept).hasSize(1);
        long loan = kept.keySet().iterator().next();
        assertIntact(frame(loan));
        b.giveBack(loan);
        kept.clear();
        for (int i = 0; i < 10 * SegmentOptions.MINIMUM_RING_BYTES / BYTES; i++) {
            arrive(i, BYTES, KeptFramesTest::ignore);
        }
        assertThat(recalled).isZero();
    }

    @Test
    void framesGivenBackInAnyOrderMakeRoom() {
        for (int i = 0; i < 10_000; i++) {
            arrive(i, BYTES, keeping(i));
            if (i % 8 == 7) {
                long[] loans = kept.keySet().stream().mapToLong(Long::longValue).toArray();
                for (int at : new int[] {3, 0, 7, 1, 2, 6, 5, 4}) {
                    assertIntact(frame(loans[at]));
                    b.giveBack(loans[at]);
                }
                kept.clear();
            }
        }
        assertThat(recalled).isZero();
        assertThat(refused).isZero();
    }

    @Test
    void whoeverGivesNothingBackIsAskedForTheOldestAndNoFrameIsLost() {
        for (int i = 0; i < 10_000; i++) {
            arrive(i, 1_514, keeping(i));
            assertThat(kept.size() * 1_514).isLessThanOrEqualTo(SegmentOptions.MINIMUM_RING_BYTES / 4);
        }
        assertThat(recalled + kept.size()).isEqualTo(10_000);
        assertThat(kept.values()).extracting(Kept::number).isSorted().contains(9_999);
        kept.values().forEach(KeptFramesTest::assertIntact);
        assertThat(a.counters().get(LinkCounter.DROPPED_RING_FULL)).isZero();
    }

    @Test
    void manySmallFramesAreRefusedOrRecalledAndNoneIsLost() {
        for (int i = 0; i < 10_000; i++) {
            arrive(i, 60, keeping(i));
            assertThat(kept).hasSizeLessThanOrEqualTo(KeptRecords.CAPACITY);
        }
        assertThat(refused + recalled + kept.size()).isEqualTo(10_000);
        assertThat(refused).isPositive();
        assertThat(recalled).isPositive();
        kept.values().forEach(KeptFramesTest::assertIntact);
    }

    @Test
    void aFrameIsKeptOnceAndOnlyWhileItIsHandedOver() {
        assertThat(b.keep(MemorySegment.NULL)).isEqualTo(FrameLoans.NONE);
        arrive(1, BYTES, (memory, offset, length) -> {
            assertThat(b.keep(MemorySegment.ofArray(new byte[length]))).isEqualTo(FrameLoans.NONE);
            assertThat(b.keep(memory)).isNotEqualTo(FrameLoans.NONE);
            assertThat(b.keep(memory)).isEqualTo(FrameLoans.NONE);
            kept.put(0L, new Kept(1, memory, offset, length));
        });
        assertThat(b.keep(frame(0).memory)).isEqualTo(FrameLoans.NONE);
    }

    @Test
    void framesOfAStationThatLeavesAreAskedFor() {
        for (int i = 0; i < 3; i++) {
            arrive(i, BYTES, keeping(i));
        }
        a.close();
        assertThat(b.poll(KeptFramesTest::ignore, 1)).isZero();
        assertThat(recalled).isEqualTo(3);
        assertThat(kept).isEmpty();
    }
}
