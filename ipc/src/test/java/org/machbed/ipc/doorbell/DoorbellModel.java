package org.machbed.ipc.doorbell;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The doorbell's protocol, one atomic step at a time, and every order in which its threads can take them. Step names are
 * those of {@link Doorbell}'s code: an atomic operation on the word, or a system call. What futex(2) leaves open (which
 * sleeper wakes, wakes for no reason, time running out) is left open here too.
 *
 * <p>A state is an array: rings untaken, waiters entered, then for each ringer (step, rings left, wakes due), then for each
 * waiter (step, count seen, waiters seen, awaits left, taken).
 */
final class DoorbellModel {
    // Ringer.
    private static final int ADD = 0;
    private static final int WAKE = 1;
    private static final int RINGER_DONE = 2;
    // Waiter.
    private static final int READ = 0;
    private static final int TAKE = 1;
    private static final int ENTER = 2;
    private static final int READ_ENTERED = 3;
    private static final int TAKE_AND_LEAVE = 4;
    private static final int SLEEP = 5;
    private static final int ASLEEP = 6;
    private static final int READ_EXPIRED = 7;
    private static final int LEAVE = 8;
    private static final int WAITER_DONE = 9;
    private static final int KILLED = 10;

    private static final int COUNT = 0;
    private static final int WAITERS = 1;
    private static final int RINGER_WORDS = 3;
    private static final int WAITER_WORDS = 5;

    private final int ringers;
    private final int ringTimes;
    private final int waiters;
    private final Set<Liberty> liberties;
    private final byte[] start;

    /** What may happen besides the protocol's own steps. */
    enum Liberty {
        /** A sleeper may wake for no reason. */
        SPURIOUS_WAKES,
        /** A sleeper's time may run out. */
        TIMEOUTS,
        /** Waiter 0 may be killed at any step; the others start only when it is dead or done. */
        DEATH_OF_FIRST,
        /** The system call does not look at the word again: a wrong protocol, to see that the model finds what is lost. */
        UNCHECKED_SLEEP
    }

    /**
     * A model.
     *
     * @param calls calls of ring by each ringer
     * @param ringTimes what each of them adds
     */
    DoorbellModel(int ringers, int calls, int ringTimes, int waiters, int awaits, Liberty... liberties) {
        this.ringers = ringers;
        this.ringTimes = ringTimes;
        this.waiters = waiters;
        this.liberties = Set.of(liberties);
        this.start = new byte[2 + ringers * RINGER_WORDS + waiters * WAITER_WORDS];
        for (int r = 0; r < ringers; r++) {
            start[ringer(r) + 1] = (byte) calls;
        }
        for (int w = 0; w < waiters; w++) {
            start[waiter(w) + 3] = (byte) awaits;
        }
    }

    /** Visits every reachable state; tells those in which nothing can happen any more, and answers how many there are. */
    int explore(Consumer<Outcome> ends) {
        Set<ByteBuffer> seen = new HashSet<>();
        Deque<byte[]> left = new ArrayDeque<>();
        seen.add(ByteBuffer.wrap(start));
        left.push(start);
        List<byte[]> next = new ArrayList<>();
        while (!left.isEmpty()) {
            byte[] state = left.pop();
            next.clear();
            for (int r = 0; r < ringers; r++) {
                stepRinger(state, ringer(r), next);
            }
            for (int w = 0; w < waiters; w++) {
                stepWaiter(state, w, next);
            }
            if (next.isEmpty()) {
                ends.accept(outcome(state));
            }
            for (byte[] each : next) {
                if (each[COUNT] < 0 || each[WAITERS] < 0) {
                    throw new AssertionError("a half of the word went below 0: " + Arrays.toString(each));
                }
                if (seen.add(ByteBuffer.wrap(each))) {
                    left.push(each);
                }
            }
        }
        return seen.size();
    }

    private void stepRinger(byte[] from, int r, List<byte[]> next) {
        if (from[r] == ADD && from[r + 1] > 0) {
            byte[] to = from.clone();
            to[COUNT] += (byte) ringTimes;
            to[r + 1]--;
            to[r + 2] = (byte) Math.min(from[WAITERS], ringTimes);
            to[r] = (byte) (to[r + 2] > 0 ? WAKE : ADD);
            next.add(endRinger(to, r));
        } else if (from[r] == WAKE) {
            wake(from, r, next);
        }
    }

    /** FUTEX_WAKE of some: they are chosen one by one, in every way, within the one atomic step. */
    private void wake(byte[] from, int r, List<byte[]> next) {
        boolean anybody = false;
        if (from[r + 2] > 0) {
            for (int w = 0; w < waiters; w++) {
                if (from[waiter(w)] == ASLEEP) {
                    anybody = true;
                    byte[] to = from.clone();
                    to[waiter(w)] = READ_ENTERED;
                    to[r + 2]--;
                    wake(to, r, next);
                }
            }
        }
        if (!anybody) {
            byte[] to = from.clone();
            to[r] = ADD;
            to[r + 2] = 0;
            next.add(endRinger(to, r));
        }
    }

    private static byte[] endRinger(byte[] to, int r) {
        if (to[r] == ADD && to[r + 1] == 0) {
            to[r] = RINGER_DONE;
        }
        return to;
    }

    private void stepWaiter(byte[] from, int number, List<byte[]> next) {
        int w = waiter(number);
        byte step = from[w];
        if (step == WAITER_DONE || step == KILLED || waitsForFirst(from, number)) {
            return;
        }
        if (liberties.contains(Liberty.DEATH_OF_FIRST) && number == 0) {
            next.add(moved(from, w, KILLED));
        }
        switch (step) {
            case READ -> next.add(read(from, w, TAKE, ENTER));
            case TAKE -> next.add(take(from, w, 0, ENTER));
            case ENTER -> {
                byte[] to = moved(from, w, READ_ENTERED);
                to[WAITERS]++;
                next.add(to);
            }
            case READ_ENTERED -> next.add(read(from, w, TAKE_AND_LEAVE, SLEEP));
            case TAKE_AND_LEAVE -> next.add(take(from, w, 1, SLEEP));
            case SLEEP -> {
                boolean sleeps = from[COUNT] == 0 || liberties.contains(Liberty.UNCHECKED_SLEEP);
                next.add(moved(from, w, sleeps ? ASLEEP : READ_ENTERED));
            }
            case ASLEEP -> {
                if (liberties.contains(Liberty.SPURIOUS_WAKES)) {
                    next.add(moved(from, w, READ_ENTERED));
                }
                if (liberties.contains(Liberty.TIMEOUTS)) {
                    next.add(moved(from, w, READ_EXPIRED));
                }
            }
            // With the time up the code looks once more, takes if it can, and leaves otherwise.
            case READ_EXPIRED -> next.add(read(from, w, TAKE_AND_LEAVE, LEAVE));
            case LEAVE -> {
                byte[] to = moved(from, w, READ);
                to[WAITERS]--;
                next.add(endAwait(to, w));
            }
            default -> throw new AssertionError("no step " + step);
        }
    }

    private boolean waitsForFirst(byte[] state, int number) {
        return liberties.contains(Liberty.DEATH_OF_FIRST)
                && number > 0
                && state[waiter(0)] != KILLED
                && state[waiter(0)] != WAITER_DONE;
    }

    private static byte[] read(byte[] from, int w, int ifAny, int ifNone) {
        byte[] to = moved(from, w, from[COUNT] > 0 ? ifAny : ifNone);
        to[w + 1] = from[COUNT];
        to[w + 2] = from[WAITERS];
        return to;
    }

    private static byte[] take(byte[] from, int w, int leaves, int ifNone) {
        if (from[COUNT] != from[w + 1] || from[WAITERS] != from[w + 2]) {
            return read(from, w, from[w], ifNone);
        }
        byte[] to = moved(from, w, READ);
        to[COUNT]--;
        to[WAITERS] -= (byte) leaves;
        to[w + 4]++;
        return endAwait(to, w);
    }

    private static byte[] endAwait(byte[] to, int w) {
        to[w + 1] = 0;
        to[w + 2] = 0;
        to[w + 3]--;
        to[w] = (byte) (to[w + 3] == 0 ? WAITER_DONE : READ);
        return to;
    }

    private static byte[] moved(byte[] from, int thread, int step) {
        byte[] to = from.clone();
        to[thread] = (byte) step;
        return to;
    }

    private Outcome outcome(byte[] state) {
        int taken = 0;
        int asleep = 0;
        for (int w = 0; w < waiters; w++) {
            taken += state[waiter(w) + 4];
            asleep += state[waiter(w)] == ASLEEP ? 1 : 0;
        }
        return new Outcome(state[COUNT], state[WAITERS], taken, asleep);
    }

    private static int ringer(int r) {
        return 2 + r * RINGER_WORDS;
    }

    private int waiter(int w) {
        return 2 + ringers * RINGER_WORDS + w * WAITER_WORDS;
    }

    /** How things stand when nothing can happen any more. */
    record Outcome(int untaken, int entered, int taken, int asleep) {}
}
