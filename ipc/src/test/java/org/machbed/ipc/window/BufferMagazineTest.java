package org.machbed.ipc.window;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** A few buffers at a time: none is given out twice, and none stays where nothing happens. */
class BufferMagazineTest {
    private static final WindowConfiguration SHAPE = new WindowConfiguration(QueueKind.RING, 3, 40, 2048, 16);

    private final WindowLayout layout = new WindowLayout(SHAPE);
    private final MemorySegment memory = Arena.ofAuto().allocate(layout.sizeBytes(), 4096);
    private final BufferPools driver = new BufferPools(WindowSide.INTERRUPT, SHAPE, memory, layout);
    private final BufferPools server = new BufferPools(WindowSide.PROTOCOL, SHAPE, memory, layout);
    private final BufferMagazine magazine = new BufferMagazine(driver);

    @BeforeEach
    void fill() {
        driver.initialise();
    }

    @Test
    void theFirstFrameOfATurnTakesOneBufferAndATrainTakesThemTogether() {
        assertThat(magazine.allocate()).isNotNegative();
        assertThat(driver.freeBuffers()).isEqualTo(SHAPE.buffers() - 1);
        Set<Integer> taken = new HashSet<>();
        for (int i = 0; i < 6; i++) {
            taken.add(magazine.allocate());
        }
        assertThat(taken).hasSize(6);
        assertThat(driver.freeBuffers()).as("1, 2 and 4 were taken").isEqualTo(SHAPE.buffers() - 7);
        magazine.allocate();
        assertThat(driver.freeBuffers()).as("and then 8").isEqualTo(SHAPE.buffers() - 15);
        magazine.unload();
        assertThat(driver.freeBuffers()).as("7 were not needed").isEqualTo(SHAPE.buffers() - 8);
        magazine.allocate();
        assertThat(driver.freeBuffers()).as("a turn begins with one").isEqualTo(SHAPE.buffers() - 9);
    }

    @Test
    void allBuffersCanBeTakenAndComeBack() {
        Set<Integer> taken = new HashSet<>();
        for (int buffer = magazine.allocate(); buffer != BufferPools.NONE; buffer = magazine.allocate()) {
            taken.add(buffer);
        }
        assertThat(taken).hasSize(SHAPE.buffers());
        taken.forEach(magazine::free);
        magazine.unload();
        assertThat(driver.freeBuffers()).isEqualTo(SHAPE.buffers());
        assertThat(driver.refusedFrees()).isZero();
    }

    @Test
    void aPoolThatTheOtherSideHasLockedIsPassedByAndItsBuffersAreDeferred() {
        List<Integer> taken = new ArrayList<>();
        for (int i = 0; i < SHAPE.buffers(); i++) {
            taken.add(magazine.allocate());
        }
        assertThat(server.pool(0).mutex().tryLock(WindowSide.PROTOCOL)).isTrue();
        taken.forEach(magazine::free);
        magazine.unload();
        assertThat(driver.freeBuffers()).isEqualTo(2 * SHAPE.buffersPerPool());
        assertThat(driver.deferredFrees()).isEqualTo(SHAPE.buffersPerPool());
        taken.clear();
        for (int buffer = magazine.allocate(); buffer != BufferPools.NONE; buffer = magazine.allocate()) {
            taken.add(buffer);
        }
        assertThat(taken).hasSize(2 * SHAPE.buffersPerPool()).allMatch(buffer -> buffer >= SHAPE.buffersPerPool());
        taken.forEach(magazine::free);
        magazine.unload();
        server.pool(0).mutex().unlock(WindowSide.PROTOCOL);
        server.freeDeferred();
        assertThat(server.freeBuffers()).isEqualTo(SHAPE.buffers());
    }

    @Test
    void whatMakesNoSenseIsCountedAndIgnored() {
        int buffer = magazine.allocate();
        magazine.free(-1);
        magazine.free(SHAPE.buffers());
        magazine.free(buffer);
        magazine.free(buffer);
        magazine.unload();
        assertThat(driver.refusedFrees()).isEqualTo(3);
        assertThat(driver.freeBuffers()).isEqualTo(SHAPE.buffers());
    }

    @Test
    void allWhoWantABufferAreWokenByAMagazine() throws Exception {
        List<Integer> taken = new ArrayList<>();
        for (int buffer = magazine.allocate(); buffer != BufferPools.NONE; buffer = magazine.allocate()) {
            taken.add(buffer);
        }
        AtomicInteger got = new AtomicInteger();
        List<Thread> wanting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            wanting.add(Thread.ofPlatform().daemon().start(() -> {
                if (server.allocate(Long.MAX_VALUE) != BufferPools.NONE) {
                    got.incrementAndGet();
                }
            }));
        }
        while (memory.get(ValueLayout.JAVA_INT, WindowLayout.WANT) < 3) {
            Thread.onSpinWait();
        }
        taken.subList(0, 5).forEach(magazine::free);
        magazine.unload();
        for (Thread thread : wanting) {
            thread.join();
        }
        assertThat(got).hasValue(3);
        assertThat(server.freeBuffers()).isEqualTo(2);
    }

    @Test
    void ofAWindowWithFewBuffersOneIsTakenAtATime() {
        WindowConfiguration few = new WindowConfiguration(QueueKind.RING, 2, 4, 2048, 16);
        WindowLayout fewLayout = new WindowLayout(few);
        MemorySegment fewMemory = Arena.ofAuto().allocate(fewLayout.sizeBytes(), 4096);
        BufferPools pools = new BufferPools(WindowSide.INTERRUPT, few, fewMemory, fewLayout);
        pools.initialise();
        BufferMagazine small = new BufferMagazine(pools);
        for (int left = few.buffers() - 1; left >= 0; left--) {
            assertThat(small.allocate()).isNotNegative();
            assertThat(pools.freeBuffers()).isEqualTo(left);
        }
        small.free(1);
        small.free(2);
        assertThat(pools.freeBuffers()).as("one is here").isEqualTo(1);
    }

    /** Trains of all lengths in both directions, against a model. */
    @Test
    void noBufferIsLostOrDoubled() {
        SplittableRandom random = new SplittableRandom(1);
        BufferMagazine other = new BufferMagazine(server);
        List<Integer> out = new ArrayList<>();
        for (int turn = 0; turn < 20_000; turn++) {
            BufferMagazine one = random.nextBoolean() ? magazine : other;
            int frames = random.nextInt(50);
            boolean takes = random.nextBoolean();
            for (int i = 0; i < frames; i++) {
                if (takes) {
                    int buffer = one.allocate();
                    if (buffer != BufferPools.NONE) {
                        out.add(buffer);
                    }
                } else if (!out.isEmpty()) {
                    one.free(out.removeLast());
                }
            }
            one.unload();
            assertThat(driver.freeBuffers() + out.size()).isEqualTo(SHAPE.buffers());
        }
        assertThat(new HashSet<>(out)).hasSameSizeAs(out);
        assertThat(driver.refusedFrees() + server.refusedFrees()).isZero();
    }
}
