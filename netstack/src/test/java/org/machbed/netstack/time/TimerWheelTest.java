package org.machbed.netstack.time;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TimerWheelTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;

    private final TimerWheel wheel = new TimerWheel();
    private final List<String> fired = new ArrayList<>();

    private WheelTimer timer(String name) {
        return new WheelTimer(_ -> fired.add(name));
    }

    @Test
    void withoutTimersNothingIsDue() {
        assertThat(wheel.nextDeadlineNs()).isEqualTo(TimerWheel.NEVER_NS);
        wheel.advance(77);
        assertThat(wheel.nextDeadlineNs()).isEqualTo(TimerWheel.NEVER_NS);
        assertThat(wheel.size()).isZero();
    }

    @Test
    void aTimerFiresOnceNotBeforeItsDeadlineAndAtMostATickAfterIt() {
        long nowNs = -5 * SECOND;
        WheelTimer timer = timer("a");
        wheel.schedule(timer, nowNs + 200 * MS, nowNs);
        assertThat(timer.isScheduled()).isTrue();
        assertThat(timer.deadlineNs()).isEqualTo(nowNs + 200 * MS);
        wheel.advance(nowNs + 200 * MS - 1);
        assertThat(fired).isEmpty();
        wheel.advance(nowNs + 200 * MS + TimerWheel.TICK_NS);
        assertThat(fired).containsExactly("a");
        assertThat(timer.isScheduled()).isFalse();
        wheel.advance(nowNs + 10 * SECOND);
        assertThat(fired).hasSize(1);
    }

    @Test
    void schedulingAgainMovesAndCancellingRemoves() {
        WheelTimer timer = timer("a");
        WheelTimer other = timer("b");
        wheel.schedule(timer, 100 * MS, 0);
        wheel.schedule(other, 150 * MS, 0);
        wheel.schedule(timer, 300 * MS, 0);
        wheel.cancel(other);
        wheel.cancel(other);
        assertThat(wheel.size()).isEqualTo(1);
        wheel.advance(299 * MS);
        assertThat(fired).isEmpty();
        wheel.advance(301 * MS);
        assertThat(fired).containsExactly("a");
    }

    @Test
    void whatIsDueFiresInOrder() {
        wheel.schedule(timer("late"), 7200 * SECOND, 0);
        wheel.schedule(timer("soon"), MS, 0);
        wheel.schedule(timer("later"), 200 * MS, 0);
        wheel.advance(7201 * SECOND);
        assertThat(fired).containsExactly("soon", "later", "late");
    }

    /** A timer that is due at once, again and again, fires once per call. */
    @Test
    void aTimerThatSchedulesItselfAgainDoesNotSpin() {
        WheelTimer[] self = new WheelTimer[1];
        self[0] = new WheelTimer(nowNs -> {
            fired.add("self");
            wheel.schedule(self[0], nowNs, nowNs);
        });
        wheel.schedule(self[0], 0, 0);
        for (int i = 1; i <= 5; i++) {
            long dueNs = wheel.nextDeadlineNs();
            assertThat(dueNs).isEqualTo(i * TimerWheel.TICK_NS);
            wheel.advance(dueNs);
            assertThat(fired).hasSize(i);
        }
    }

    @Test
    void timersMayCancelEachOtherWhileTheyFire() {
        WheelTimer victim = timer("victim");
        WheelTimer killer = new WheelTimer(_ -> {
            fired.add("killer");
            wheel.cancel(victim);
        });
        wheel.schedule(killer, 10 * MS, 0);
        wheel.schedule(victim, 10 * MS, 0);
        wheel.advance(20 * MS);
        assertThat(fired).containsExactly("killer");
        assertThat(wheel.size()).isZero();
    }

    @Test
    void deadlinesBeyondAllTimeAreFarAndHarmless() {
        WheelTimer timer = timer("never");
        wheel.schedule(timer, Long.MAX_VALUE, -SECOND);
        assertThat(wheel.nextDeadlineNs()).isGreaterThan(SECOND);
        wheel.advance(1L << 59);
        assertThat(fired).isEmpty();
    }

    /** Long waits cost a bounded number of calls that fire nothing: one per level. */
    @Test
    void aLongWaitIsWokenSeldom() {
        wheel.schedule(timer("keep-alive"), 7200 * SECOND, 0);
        int calls = 0;
        while (fired.isEmpty()) {
            wheel.advance(wheel.nextDeadlineNs());
            calls++;
        }
        assertThat(calls).isLessThanOrEqualTo(8);
    }

    /** What a list of deadlines would do. */
    private static final class Naive {
        final long[] deadlineNs;
        final boolean[] scheduled;

        Naive(int timers) {
            deadlineNs = new long[timers];
            scheduled = new boolean[timers];
        }
    }

    @Test
    void doesAsAListOfDeadlinesWould() {
        long[] origins = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE - 100 * SECOND, -3 * SECOND, 123_456_789_012_345L};
        for (int seed = 0; seed < 60; seed++) {
            runAgainstList(new SplittableRandom(seed), origins[seed % origins.length]);
        }
    }

    private void runAgainstList(SplittableRandom random, long originNs) {
        int count = 50;
        TimerWheel tested = new TimerWheel();
        Naive naive = new Naive(count);
        long[] nowNs = {originNs};
        WheelTimer[] timers = new WheelTimer[count];
        for (int i = 0; i < count; i++) {
            int index = i;
            timers[i] = new WheelTimer(_ -> {
                assertThat(naive.scheduled[index]).isTrue();
                assertThat(nowNs[0] - naive.deadlineNs[index]).isNotNegative();
                naive.scheduled[index] = false;
            });
        }
        for (int step = 0; step < 3000; step++) {
            int index = random.nextInt(count);
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    long delayNs = random.nextLong(1L << (10 + random.nextInt(34))) - MS;
                    naive.deadlineNs[index] = nowNs[0] + Math.max(0, delayNs); // due at once
                    naive.scheduled[index] = true;
                    tested.schedule(timers[index], nowNs[0] + delayNs, nowNs[0]);
                }
                case 2 -> {
                    naive.scheduled[index] = false;
                    tested.cancel(timers[index]);
                }
                default -> {
                    nowNs[0] += random.nextLong(1L << (10 + random.nextInt(26)));
                    tested.advance(nowNs[0]);
                    assertNothingIsLate(tested, naive, nowNs[0]);
                }
            }
            assertSameTimers(tested, naive, timers);
        }
    }

    private static void assertNothingIsLate(TimerWheel tested, Naive naive, long nowNs) {
        long earliestDelayNs = Long.MAX_VALUE;
        for (int i = 0; i < naive.scheduled.length; i++) {
            if (naive.scheduled[i]) {
                long delayNs = naive.deadlineNs[i] - nowNs;
                assertThat(delayNs).as("a timer is late").isGreaterThan(-TimerWheel.TICK_NS);
                earliestDelayNs = Math.min(earliestDelayNs, delayNs);
            }
        }
        if (earliestDelayNs != Long.MAX_VALUE) {
            long wakeNs = tested.nextDeadlineNs() - nowNs;
            assertThat(wakeNs).as("no spinning").isPositive();
            assertThat(wakeNs).as("no lateness").isLessThan(Math.max(0, earliestDelayNs) + TimerWheel.TICK_NS);
        }
    }

    private static void assertSameTimers(TimerWheel tested, Naive naive, WheelTimer[] timers) {
        int scheduled = 0;
        for (int i = 0; i < timers.length; i++) {
            assertThat(timers[i].isScheduled()).isEqualTo(naive.scheduled[i]);
            scheduled += naive.scheduled[i] ? 1 : 0;
        }
        assertThat(tested.size()).isEqualTo(scheduled);
    }
}
