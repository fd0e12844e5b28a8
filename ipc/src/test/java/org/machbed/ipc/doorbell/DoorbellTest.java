package org.machbed.ipc.doorbell;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.ChildJvm;
import org.machbed.ipc.memory.SharedMemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

@Timeout(120)
class DoorbellTest {
    private final Doorbell doorbell = new Doorbell(Arena.ofAuto().allocate(128, 64), 64);

    @Test
    void aRingBeforeTheWaitIsNotLost() {
        assertThat(doorbell.ring()).as("system call").isFalse();
        doorbell.await();
        assertThat(doorbell.count()).isZero();
    }

    @Test
    void ringsAreCounted() {
        doorbell.ring(3);
        doorbell.ring();
        for (int i = 0; i < 4; i++) {
            assertThat(doorbell.tryAwait()).isTrue();
        }
        assertThat(doorbell.tryAwait()).isFalse();
    }

    @Test
    void aWaitThatNobodyRingsForEndsWithItsTime() {
        assertThat(doorbell.await(1_000_000)).isFalse();
        assertThat(doorbell.await(0)).isFalse();
        assertThat(doorbell.waiters()).isZero();
    }

    @Test
    void moreRingsThanItCanCountAreRefusedAndNotAdded() {
        doorbell.ring(Doorbell.MAX_COUNT);
        assertThatIllegalStateException().isThrownBy(doorbell::ring);
        assertThat(doorbell.count()).isEqualTo(Doorbell.MAX_COUNT);
    }

    /** The other side may have written anything there since it was looked at, so nothing is looked at before. */
    @Test
    void aRingForAPeerThatWritesNonsenseIsDropped() {
        doorbell.ring(Doorbell.MAX_COUNT / 2 - 1);
        assertThat(doorbell.ringOrDrop()).isFalse();
        assertThat(doorbell.count()).isEqualTo(Doorbell.MAX_COUNT / 2);
        assertThat(doorbell.ringOrDrop()).isFalse();
        assertThat(doorbell.count()).isEqualTo(Doorbell.MAX_COUNT / 2);
        doorbell.ring(Doorbell.MAX_COUNT / 2);
        assertThat(doorbell.ringOrDrop()).isFalse();
        assertThat(doorbell.count()).isEqualTo(Doorbell.MAX_COUNT);
    }

    @Test
    void nonsenseIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> doorbell.ring(0));
        assertThatIllegalArgumentException().isThrownBy(() -> doorbell.ring(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Doorbell(Arena.ofAuto().allocate(128, 64), 32));
    }

    @Test
    void aWaitForEitherOfTwoEndsWithARingOfEitherAndTakesNone() {
        assumeTrue(Doorbell.canAwaitEither(), "this kernel has no futex_waitv");
        Doorbell other = new Doorbell(Arena.ofAuto().allocate(64, 64), 0);
        assertThat(Doorbell.awaitEither(doorbell, other, 1_000_000)).isFalse();
        for (Doorbell rung : List.of(doorbell, other)) {
            rung.ring();
            assertThat(Doorbell.awaitEither(doorbell, other, 0)).isTrue();
            assertThat(Doorbell.awaitEither(doorbell, other, Long.MAX_VALUE)).isTrue();
            assertThat(rung.tryAwait()).isTrue();
        }
        assertThat(Doorbell.awaitEither(doorbell, other, 0)).isFalse();
        assertThat(doorbell.waiters() + other.waiters()).isZero();
    }

    @Test
    void whoSleepsForEitherOfTwoIsWokenByEither() throws InterruptedException {
        assumeTrue(Doorbell.canAwaitEither(), "this kernel has no futex_waitv");
        Doorbell other = new Doorbell(Arena.ofAuto().allocate(64, 64), 0);
        int each = 20_000;
        int taken = 0;
        List<Thread> ringers = Stream.of(doorbell, other)
                .map(bell -> Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < each; i++) {
                        bell.ring();
                    }
                }))
                .toList();
        while (taken < 2 * each) {
            assertThat(Doorbell.awaitEither(doorbell, other, 60_000_000_000L)).isTrue();
            while (doorbell.tryAwait() || other.tryAwait()) {
                taken++;
            }
        }
        for (Thread ringer : ringers) {
            ringer.join();
        }
        assertThat(doorbell.waiters() + other.waiters() + doorbell.count() + other.count())
                .isZero();
    }

    @Test
    void manyThreadsTakeExactlyWhatManyThreadsRing() throws InterruptedException {
        int threads = 4;
        int each = 25_000;
        AtomicInteger taken = new AtomicInteger();
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            all.add(Thread.ofPlatform().start(() -> {
                for (int n = 0; n < each; n++) {
                    if (n % 2 == 0) {
                        doorbell.await();
                    } else {
                        while (!doorbell.await(50_000)) {
                            // The time was up: again.
                        }
                    }
                    taken.incrementAndGet();
                }
            }));
            all.add(Thread.ofPlatform().start(() -> {
                for (int n = 0; n < each; n++) {
                    doorbell.ring();
                }
            }));
        }
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(taken).hasValue(threads * each);
        assertThat(doorbell.count()).isZero();
        assertThat(doorbell.waiters()).isZero();
    }

    @Test
    void twoProcessesAnswerEachOtherRingForRing(@TempDir Path directory) throws Exception {
        int rounds = 50_000;
        Path path = directory.resolve("bells");
        try (SharedMemory file = SharedMemory.create(path, 4096);
                ChildJvm child = ChildJvm.start(Echo.class, path, rounds)) {
            Doorbell theirs = new Doorbell(file.segment(), 0);
            Doorbell mine = new Doorbell(file.segment(), 64);
            for (int i = 0; i < rounds; i++) {
                int burst = 1 + i % 5;
                theirs.ring(burst);
                for (int n = 0; n < burst; n++) {
                    mine.await();
                }
            }
            theirs.ring(Doorbell.MAX_COUNT / 2);
            assertThat(child.exitCode()).as(child.errors()).isZero();
            assertThat(mine.count()).isZero();
        }
    }

    @Test
    void ringingAndWaitingCostNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        for (int i = 0; i < 60_000; i++) {
            if (i == 50_000) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            doorbell.ring();
            doorbell.await(1_000_000);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
    }

    /** Answers each ring with a ring. */
    static final class Echo {
        public static void main(String[] arguments) throws IOException {
            int rounds = Integer.parseInt(arguments[1]);
            long rings = 0;
            for (int i = 0; i < rounds; i++) {
                rings += 1 + i % 5;
            }
            try (SharedMemory file = SharedMemory.open(Path.of(arguments[0]))) {
                Doorbell mine = new Doorbell(file.segment(), 0);
                Doorbell theirs = new Doorbell(file.segment(), 64);
                for (long i = 0; i < rings; i++) {
                    mine.await();
                    theirs.ring();
                }
            }
        }
    }
}
