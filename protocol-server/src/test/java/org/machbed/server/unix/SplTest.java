package org.machbed.server.unix;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The simulation of processor priorities: nesting, exclusion between threads, software interrupts (maeda92 section 2.3). */
@Timeout(60)
class SplTest {
    private final Crossings crossings = Crossings.unshared();
    private final Spl spl = new Spl(crossings);
    private final List<String> delivered = new ArrayList<>();

    @Test
    void levelsNestAndReturnWhereTheyCameFrom() {
        int s1 = spl.splnet();
        assertThat(s1).isEqualTo(Spl.SPL0);
        assertThat(spl.current()).isEqualTo(Spl.NET);
        int s2 = spl.splimp();
        assertThat(s2).isEqualTo(Spl.NET);
        assertThat(spl.current()).isEqualTo(Spl.IMP);
        spl.splx(s2);
        assertThat(spl.current()).isEqualTo(Spl.NET);
        spl.splx(s1);
        assertThat(spl.current()).isEqualTo(Spl.SPL0);
    }

    @Test
    void raisingToALowerLevelLeavesTheLevelAlone() {
        int s1 = spl.splhigh();
        int s2 = spl.splnet();
        assertThat(s2).isEqualTo(Spl.HIGH);
        assertThat(spl.current()).isEqualTo(Spl.HIGH);
        spl.splx(s2);
        assertThat(spl.current()).isEqualTo(Spl.HIGH);
        spl.splx(s1);
    }

    @Test
    void everyRaiseIsOnePairAndTheRealOnesTakeTheLockTwice() {
        int s1 = spl.splnet();
        int s2 = spl.splnet();
        spl.splx(s2);
        spl.splx(s1);
        assertThat(crossings.value(Crossing.SPLS)).isEqualTo(2);
        assertThat(crossings.value(Crossing.LOCKS)).isEqualTo(2);
    }

    @Test
    void loweringToALevelNeverHeldIsRefused() {
        int s = spl.splimp();
        assertThatThrownBy(() -> spl.splx(Spl.NET)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> spl.splx(Spl.HIGH)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> spl.splx(-1)).isInstanceOf(IllegalStateException.class);
        spl.splx(s);
    }

    @Test
    void aSoftwareInterruptIsDeliveredAtOnceBelowItsLevel() {
        Spl.SoftInterrupt net = spl.softInterrupt(Spl.NET, () -> delivered.add("net"));
        net.post();
        assertThat(delivered).containsExactly("net");
        int s = spl.splsoftclock();
        net.post();
        assertThat(delivered).containsExactly("net", "net");
        spl.splx(s);
    }

    @Test
    void aSoftwareInterruptIsPendedAtItsLevelAndAboveAndDeliveredOnceWhenLowered() {
        Spl.SoftInterrupt net = spl.softInterrupt(Spl.NET, () -> delivered.add("net at " + spl.current()));
        int s1 = spl.splnet();
        int s2 = spl.splimp();
        net.post();
        net.post();
        spl.splx(s2);
        assertThat(delivered).isEmpty();
        spl.splx(s1);
        assertThat(delivered).containsExactly("net at " + Spl.SPL0);
        spl.splx(spl.splnet());
        assertThat(delivered).hasSize(1);
    }

    @Test
    void pendedSoftwareInterruptsAreDeliveredHighestFirst() {
        Spl.SoftInterrupt clock = spl.softInterrupt(Spl.SOFTCLOCK, () -> delivered.add("clock"));
        Spl.SoftInterrupt net = spl.softInterrupt(Spl.NET, () -> delivered.add("net"));
        int s1 = spl.splsoftclock();
        int s2 = spl.splhigh();
        clock.post();
        net.post();
        spl.splx(s2);
        assertThat(delivered).containsExactly("net");
        int s3 = spl.splhigh();
        net.post();
        spl.splx(s3);
        assertThat(delivered).containsExactly("net", "net");
        spl.splx(s1);
        assertThat(delivered).containsExactly("net", "net", "clock");
    }

    @Test
    void aLevelTakesOneSoftwareInterruptAndSpl0None() {
        spl.softInterrupt(Spl.NET, () -> {});
        assertThatThrownBy(() -> spl.softInterrupt(Spl.NET, () -> {})).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> spl.softInterrupt(Spl.SPL0, () -> {})).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anotherThreadsLevelPendsASoftwareInterruptAndThatThreadDeliversIt() throws Exception {
        AtomicReference<Thread> deliverer = new AtomicReference<>();
        Spl.SoftInterrupt net = spl.softInterrupt(Spl.NET, () -> deliverer.set(Thread.currentThread()));
        CountDownLatch raised = new CountDownLatch(1);
        CountDownLatch posted = new CountDownLatch(1);
        Thread holder = Thread.ofPlatform().start(() -> {
            int s = spl.splnet();
            raised.countDown();
            await(posted);
            spl.splx(s);
        });
        await(raised);
        net.post();
        assertThat(deliverer.get()).isNull();
        posted.countDown();
        holder.join();
        assertThat(deliverer.get()).isSameAs(holder);
    }

    @Test
    void aThreadWaitsForOthersAtItsLevelOrAboveButNotBelow() throws Exception {
        CountDownLatch raised = new CountDownLatch(1);
        CountDownLatch lower = new CountDownLatch(1);
        Thread holder = Thread.ofPlatform().start(() -> {
            int s = spl.splnet();
            raised.countDown();
            await(lower);
            spl.splx(s);
        });
        await(raised);
        // An interrupt of a higher level comes through while the other thread is at splnet.
        spl.splx(spl.splimp());
        AtomicReference<String> order = new AtomicReference<>("");
        Thread waiter = Thread.ofPlatform().start(() -> {
            int s = spl.splnet();
            order.updateAndGet(o -> o + "waiter");
            spl.splx(s);
        });
        while (waiter.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        order.updateAndGet(o -> o + "holder ");
        lower.countDown();
        waiter.join();
        holder.join();
        assertThat(order.get()).isEqualTo("holder waiter");
    }

    @Test
    void aThreadThatSuspendsLeavesAllLevelsAndGetsThemBack() throws Exception {
        int s1 = spl.splnet();
        int s2 = spl.splhigh();
        int held = spl.suspend();
        assertThat(spl.current()).isEqualTo(Spl.SPL0);
        Thread other = Thread.ofPlatform().start(() -> spl.splx(spl.splnet()));
        other.join();
        spl.resume(held);
        assertThat(spl.current()).isEqualTo(Spl.HIGH);
        spl.splx(s2);
        assertThat(spl.current()).isEqualTo(Spl.NET);
        spl.splx(s1);
    }

    /** What a level guards is never seen by two threads, and what every level guards together is not either. */
    @Test
    void threadsThatRaiseAtRandomExcludeEachOther() throws Exception {
        int threads = 6;
        int rounds = 3_000;
        AtomicInteger[] inside = {
            new AtomicInteger(), new AtomicInteger(), new AtomicInteger(), new AtomicInteger(), new AtomicInteger()
        };
        AtomicInteger interrupts = new AtomicInteger();
        Spl.SoftInterrupt net = spl.softInterrupt(Spl.NET, interrupts::incrementAndGet);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                running.add(executor.submit(() -> {
                    for (int round = 0; round < rounds; round++) {
                        climb(inside, Spl.SPL0);
                        if (round % 16 == 0) {
                            net.post();
                        }
                    }
                }));
            }
            for (Future<?> future : running) {
                future.get(50, TimeUnit.SECONDS);
            }
        }
        assertThat(interrupts.get()).isPositive().isLessThanOrEqualTo(threads * (rounds / 16 + 1));
        assertThat(spl.current()).isEqualTo(Spl.SPL0);
    }

    private void climb(AtomicInteger[] inside, int above) {
        if (above == Spl.HIGH) {
            return;
        }
        int level = ThreadLocalRandom.current().nextInt(above + 1, Spl.HIGH + 1);
        int s = switch (level) {
            case Spl.SOFTCLOCK -> spl.splsoftclock();
            case Spl.NET -> spl.splnet();
            case Spl.IMP -> spl.splimp();
            default -> spl.splhigh();
        };
        if (inside[level].incrementAndGet() != 1) {
            throw new AssertionError("two threads at level " + level);
        }
        climb(inside, level);
        inside[level].decrementAndGet();
        spl.splx(s);
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("not in time");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
