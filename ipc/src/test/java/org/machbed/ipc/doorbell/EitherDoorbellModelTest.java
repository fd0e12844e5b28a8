package org.machbed.ipc.doorbell;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every interleaving of one thread that awaits either of two doorbells and then takes what it finds, with two ringers, one at
 * each bell: it never sleeps beside a ring that nobody has taken. futex_waitv(2) looks at the words one after the other and is
 * woken by a ring of the first while it looks at the second, so that is two steps here too.
 */
class EitherDoorbellModelTest {
    /** The steps of {@link Doorbell#awaitEither} and of the thread that calls it. */
    private enum Step {
        READ_FIRST,
        READ_SECOND,
        ENTER_FIRST,
        ENTER_SECOND,
        READ_FIRST_ENTERED,
        READ_SECOND_ENTERED,
        QUEUE_FIRST,
        QUEUE_SECOND,
        ASLEEP,
        LEAVE_FIRST,
        LEAVE_SECOND,
        TAKE_FIRST,
        TAKE_SECOND
    }

    /** A bell with its ringer: rings untaken, waiters entered, rings yet to come, and whether a wake-up is on its way. */
    private record Bell(int count, int waiters, int toRing, boolean wakes) {
        Bell rung() {
            return new Bell(count + 1, waiters, toRing - 1, waiters > 0);
        }

        Bell wokenUp() {
            return new Bell(count, waiters, toRing, false);
        }

        Bell entered(int by) {
            return new Bell(count, waiters + by, toRing, wakes);
        }

        Bell taken() {
            return new Bell(count - 1, waiters, toRing, wakes);
        }
    }

    private record State(Bell first, Bell second, Step step, boolean woken) {
        State at(Step next) {
            return new State(first, second, next, woken);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "0, 1", "1, 1", "3, 2", "2, 3", "3, 3"})
    void aRingOfEitherEndsTheWait(int firstRings, int secondRings) {
        List<State> ends = ends(firstRings, secondRings, true);
        assertThat(ends).isNotEmpty().allSatisfy(end -> {
            assertThat(end.step).isEqualTo(Step.ASLEEP);
            assertThat(end.first).isEqualTo(new Bell(0, 1, 0, false));
            assertThat(end.second).isEqualTo(new Bell(0, 1, 0, false));
        });
    }

    /** The model finds what is lost when the waiter enters only one of the two. */
    @Test
    void theModelFindsTheRingThatAWaiterOfOneAloneLoses() {
        assertThat(ends(0, 1, false))
                .anySatisfy(end -> assertThat(end.second.count).isPositive());
    }

    /** All states in which nothing can happen any more. */
    private static List<State> ends(int firstRings, int secondRings, boolean entersSecond) {
        State start = new State(
                new Bell(0, 0, firstRings, false), new Bell(0, 0, secondRings, false), Step.READ_FIRST, false);
        Set<State> seen = new HashSet<>(Set.of(start));
        Deque<State> left = new ArrayDeque<>(seen);
        List<State> ends = new ArrayList<>();
        while (!left.isEmpty()) {
            State state = left.pop();
            List<State> next = successors(state, entersSecond);
            if (next.isEmpty()) {
                ends.add(state);
            }
            next.stream().filter(seen::add).forEach(left::push);
        }
        return ends;
    }

    private static List<State> successors(State s, boolean entersSecond) {
        List<State> next = new ArrayList<>();
        if (s.first.wakes) {
            next.add(wake(new State(s.first.wokenUp(), s.second, s.step, s.woken), s.step == Step.QUEUE_SECOND));
        } else if (s.first.toRing > 0) {
            next.add(new State(s.first.rung(), s.second, s.step, s.woken));
        }
        if (s.second.wakes) {
            next.add(wake(new State(s.first, s.second.wokenUp(), s.step, s.woken), false));
        } else if (s.second.toRing > 0) {
            next.add(new State(s.first, s.second.rung(), s.step, s.woken));
        }
        if (s.step != Step.ASLEEP) {
            next.add(waiter(s, entersSecond));
        }
        return next;
    }

    /** FUTEX_WAKE finds only who is queued on the word; one that is still being queued on the other notes it. */
    private static State wake(State s, boolean queuedHere) {
        if (s.step == Step.ASLEEP) {
            return s.at(Step.READ_FIRST_ENTERED);
        }
        return queuedHere ? new State(s.first, s.second, s.step, true) : s;
    }

    private static State waiter(State s, boolean entersSecond) {
        boolean first = s.first.count > 0;
        boolean second = s.second.count > 0;
        return switch (s.step) {
            case READ_FIRST -> s.at(first ? Step.TAKE_FIRST : Step.READ_SECOND);
            case READ_SECOND -> s.at(second ? Step.TAKE_FIRST : Step.ENTER_FIRST);
            case ENTER_FIRST -> new State(s.first.entered(1), s.second, Step.ENTER_SECOND, s.woken);
            case ENTER_SECOND ->
                new State(s.first, s.second.entered(entersSecond ? 1 : 0), Step.READ_FIRST_ENTERED, s.woken);
            case READ_FIRST_ENTERED -> s.at(first ? Step.LEAVE_FIRST : Step.READ_SECOND_ENTERED);
            case READ_SECOND_ENTERED -> s.at(second ? Step.LEAVE_FIRST : Step.QUEUE_FIRST);
            case QUEUE_FIRST -> s.at(first ? Step.READ_FIRST_ENTERED : Step.QUEUE_SECOND);
            case QUEUE_SECOND ->
                new State(s.first, s.second, second || s.woken ? Step.READ_FIRST_ENTERED : Step.ASLEEP, false);
            case LEAVE_FIRST -> new State(s.first.entered(-1), s.second, Step.LEAVE_SECOND, s.woken);
            case LEAVE_SECOND -> new State(s.first, s.second.entered(entersSecond ? -1 : 0), Step.TAKE_FIRST, s.woken);
            case TAKE_FIRST ->
                first ? new State(s.first.taken(), s.second, Step.TAKE_FIRST, s.woken) : s.at(Step.TAKE_SECOND);
            case TAKE_SECOND ->
                second ? new State(s.first, s.second.taken(), Step.TAKE_SECOND, s.woken) : s.at(Step.READ_FIRST);
            case ASLEEP -> throw new AssertionError("a sleeper takes no step");
        };
    }
}
