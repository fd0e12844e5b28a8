package org.machbed.client.library;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every interleaving of threads that wait, each for one frame, of a background thread that leads while nobody waits, of the frames'
 * arrivals and of waits that are given up. Leadership is the real one; threads, parking and the link are a model, in which one step is one
 * section under the lock, as in {@link LibraryHost}.
 */
class LeadershipTest {
    @ParameterizedTest
    @CsvSource({"1, 0, true", "2, 0, false", "2, 1, true", "3, 0, true", "3, 1, false", "3, 2, true", "4, 0, false"})
    void nobodyWaitsForWhatIsThere(int threads, int giveUps, boolean background) {
        Set<String> seen = new HashSet<>();
        Deque<List<Integer>> paths = new ArrayDeque<>();
        paths.push(List.of());
        int ends = 0;
        while (!paths.isEmpty()) {
            List<Integer> path = paths.pop();
            World world = new World(threads, giveUps, background);
            for (int choice : path) {
                world.steps().get(choice).run();
            }
            if (!seen.add(world.key())) {
                continue;
            }
            int choices = world.steps().size();
            if (choices == 0) {
                ends++;
                assertThat(world.unserved()).describedAs(world.key()).isEmpty();
            }
            for (int choice = 0; choice < choices; choice++) {
                List<Integer> longer = new ArrayList<>(path);
                longer.add(choice);
                paths.push(longer);
            }
        }
        assertThat(ends).isPositive();
        assertThat(seen).hasSizeGreaterThan(threads);
    }

    private enum State {
        NEW,
        ON_LINK,
        PARKED,
        GONE
    }

    private static final class World {
        private final Leadership leadership = new Leadership();
        private final List<Waiter> waiters = new ArrayList<>();
        private final State[] states;
        private final boolean[] permits;
        private final boolean[] served;
        private final boolean[] arrived;
        private final List<Integer> onWire = new ArrayList<>();
        private final List<Integer> followers = new ArrayList<>();
        private final boolean background;
        private boolean backgroundOnLink;
        private int heir = -1;
        private int giveUps;

        World(int threads, int giveUps, boolean background) {
            states = new State[threads];
            permits = new boolean[threads];
            served = new boolean[threads];
            arrived = new boolean[threads];
            this.giveUps = giveUps;
            this.background = background;
            for (int i = 0; i < threads; i++) {
                waiters.add(new Waiter());
                states[i] = State.NEW;
            }
        }

        List<Runnable> steps() {
            List<Runnable> steps = new ArrayList<>();
            for (int i = 0; i < states.length; i++) {
                int thread = i;
                if (!arrived[i]) {
                    steps.add(() -> arrive(thread));
                }
                switch (states[i]) {
                    case NEW -> steps.add(() -> look(thread));
                    case ON_LINK -> {
                        if (!onWire.isEmpty()) {
                            steps.add(() -> comeBack(thread));
                        }
                    }
                    case PARKED -> {
                        if (permits[i]) {
                            steps.add(() -> wake(thread, false));
                        }
                        if (giveUps > 0) {
                            steps.add(() -> wake(thread, true));
                        }
                    }
                    case GONE -> {}
                }
            }
            if (background && !backgroundOnLink && !leadership.isLed() && !leadership.hasFollowers()) {
                steps.add(this::backgroundLeads);
            }
            if (backgroundOnLink && !onWire.isEmpty()) {
                steps.add(this::backgroundComesBack);
            }
            return steps;
        }

        private void arrive(int thread) {
            arrived[thread] = true;
            onWire.add(thread);
        }

        /** As {@link LibraryHost#await} does. */
        private void look(int thread) {
            Waiter waiter = waiters.get(thread);
            if (waiter.signalled || served[thread]) {
                states[thread] = State.GONE;
            } else if (leadership.isLed()) {
                leadership.follow(waiter);
                followers.add(thread);
                states[thread] = State.PARKED;
            } else {
                leadership.lead();
                states[thread] = State.ON_LINK;
            }
            free();
        }

        private void comeBack(int thread) {
            leadership.resign();
            takeIn(thread);
            states[thread] = State.NEW;
            look(thread);
        }

        private void takeIn(int byThread) {
            for (int target : onWire) {
                served[target] = true;
                if (target != byThread && states[target] == State.PARKED) {
                    waiters.get(target).signalled = true;
                    permits[target] = true;
                }
            }
            onWire.clear();
        }

        private void wake(int thread, boolean givesUp) {
            permits[thread] = false;
            leadership.unfollow(waiters.get(thread));
            followers.removeIf(follower -> follower == thread);
            if (heir == thread) {
                heir = -1;
            }
            if (givesUp) {
                giveUps--;
                states[thread] = State.GONE;
                served[thread] = true;
                free();
            } else {
                look(thread);
            }
        }

        private void backgroundLeads() {
            leadership.lead();
            backgroundOnLink = true;
            free();
        }

        private void backgroundComesBack() {
            leadership.resign();
            backgroundOnLink = false;
            takeIn(-1);
            free();
        }

        /** As the lock is freed. */
        private void free() {
            Waiter appointed = leadership.appoint();
            if (appointed != null) {
                heir = waiters.indexOf(appointed);
                permits[heir] = true;
            }
        }

        /** Threads that have not got their frame though nothing can happen any more. */
        List<Integer> unserved() {
            List<Integer> left = new ArrayList<>();
            for (int i = 0; i < states.length; i++) {
                if (states[i] != State.GONE) {
                    left.add(i);
                }
            }
            return left;
        }

        String key() {
            StringBuilder key = new StringBuilder();
            for (int i = 0; i < states.length; i++) {
                key.append(states[i].name(), 0, 2)
                        .append(permits[i] ? 'p' : '-')
                        .append(served[i] ? 's' : '-')
                        .append(arrived[i] ? 'a' : '-')
                        .append(waiters.get(i).signalled ? '!' : '-')
                        .append(' ');
            }
            return key.append(onWire)
                    .append(followers)
                    .append(heir)
                    .append(leadership.isLed())
                    .append(backgroundOnLink)
                    .append(giveUps)
                    .toString();
        }
    }
}
