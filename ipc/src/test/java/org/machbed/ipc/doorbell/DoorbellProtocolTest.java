package org.machbed.ipc.doorbell;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.ipc.doorbell.DoorbellModel.Liberty;

import static org.assertj.core.api.Assertions.assertThat;

/** Every interleaving of small numbers of ringers and waiters: no wake-up is lost, and N wake-ups are N. */
class DoorbellProtocolTest {
    @ParameterizedTest
    @CsvSource({
        // ringers, calls each, rings a call, waiters, awaits each, wakes for no reason
        "1, 1, 1, 1, 1, true",
        "1, 3, 1, 1, 3, true",
        "2, 2, 1, 2, 2, true",
        "3, 1, 1, 3, 1, true",
        "2, 1, 2, 2, 2, true",
        "1, 2, 3, 3, 2, true",
        "3, 2, 1, 2, 2, false",
        "2, 2, 1, 3, 1, false",
        // more rings than awaits: the rest stays
        "2, 2, 2, 2, 1, true",
        // fewer rings than awaits: the rest sleeps
        "1, 2, 1, 3, 1, false",
        "2, 1, 1, 2, 2, false",
    })
    void eachRingLetsExactlyOneAwaitReturn(
            int ringers, int calls, int ringTimes, int waiters, int awaits, boolean spurious) {
        int rings = ringers * calls * ringTimes;
        int awaited = waiters * awaits;
        DoorbellModel model = spurious
                ? new DoorbellModel(ringers, calls, ringTimes, waiters, awaits, Liberty.SPURIOUS_WAKES)
                : new DoorbellModel(ringers, calls, ringTimes, waiters, awaits);
        int states = model.explore(end -> {
            assertThat(end.taken()).isEqualTo(Math.min(rings, awaited));
            assertThat(end.untaken()).isEqualTo(rings - end.taken());
            assertThat(end.entered()).isEqualTo(end.asleep());
            assertThat(end.asleep() > 0).isEqualTo(rings < awaited);
        });
        assertThat(states).isGreaterThan(5);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 1, 2, 2", "2, 1, 1, 2, 2", "2, 2, 1, 2, 1", "1, 2, 2, 3, 1"})
    void aWaitWhoseTimeIsUpTakesNoRingAlong(int ringers, int calls, int ringTimes, int waiters, int awaits) {
        int rings = ringers * calls * ringTimes;
        new DoorbellModel(ringers, calls, ringTimes, waiters, awaits, Liberty.TIMEOUTS).explore(end -> {
            assertThat(end.taken() + end.untaken()).isEqualTo(rings);
            assertThat(end.entered()).isZero();
            assertThat(end.asleep()).isZero();
        });
    }

    @Test
    void aKilledWaiterCostsItsSuccessorNoRing() {
        new DoorbellModel(2, 2, 1, 2, 2, Liberty.DEATH_OF_FIRST).explore(end -> {
            assertThat(end.taken() + end.untaken()).isEqualTo(4);
            // The successor sleeps only when nothing is left to take.
            assertThat(end.asleep() == 0 || end.untaken() == 0).isTrue();
        });
    }

    @Test
    void theModelFindsTheRingThatAnUncheckedSleepLoses() {
        AtomicInteger lost = new AtomicInteger();
        new DoorbellModel(1, 1, 1, 1, 1, Liberty.UNCHECKED_SLEEP).explore(end -> {
            if (end.asleep() > 0 && end.untaken() > 0) {
                lost.incrementAndGet();
            }
        });
        assertThat(lost.get()).isPositive();
    }
}
