package org.machbed.link;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class AlarmClockTest {
    private static final long HOUR_NS = TimeUnit.HOURS.toNanos(1);
    private static final long PATIENCE_SECONDS = 30;

    private final Semaphore rings = new Semaphore(0);

    private void awaitRing() throws InterruptedException {
        assertThat(rings.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void ringsOnceForEachDeadlineThatComes() throws Exception {
        try (AlarmClock clock = AlarmClock.start(rings::release)) {
            for (int i = 0; i < 1_000; i++) {
                long deadlineNs = System.nanoTime() + i % 3 * 100_000L;
                clock.set(deadlineNs);
                clock.set(deadlineNs);
                awaitRing();
                assertThat(System.nanoTime() - deadlineNs).isNotNegative();
            }
        }
        assertThat(rings.availablePermits()).isZero();
    }

    @Test
    void anEarlierDeadlineWakesTheClock() throws Exception {
        try (AlarmClock clock = AlarmClock.start(rings::release)) {
            for (int i = 0; i < 1_000; i++) {
                clock.set(System.nanoTime() + HOUR_NS);
                clock.set(System.nanoTime());
                awaitRing();
                clock.set(Long.MAX_VALUE);
            }
        }
        assertThat(rings.availablePermits()).isZero();
    }

    @Test
    void whatIsPutOffDoesNotRing() {
        try (AlarmClock clock = AlarmClock.start(rings::release)) {
            for (int i = 0; i < 100_000; i++) {
                clock.set(System.nanoTime() + HOUR_NS);
            }
        }
        assertThat(rings.availablePermits()).isZero();
    }
}
