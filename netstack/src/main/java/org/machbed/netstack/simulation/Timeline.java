package org.machbed.netstack.simulation;

import java.util.List;

/** The clock of a world, and what it brings: a stack's timers, frames and applications' turns, each in its time. */
final class Timeline {
    /** What happens so often without that time passes, frames that are sent included, goes on for ever. */
    static final int MOST_AT_ONCE = 100_000;

    /** So does a world in which more happens, which is far more than any needs. */
    static final int MOST_IN_ALL = 10_000_000;

    private final Schedule schedule = new Schedule();
    private final Sabotage sabotage;
    private long nowNs;
    private int atOnce;
    private int inAll;

    Timeline(long startNs, Sabotage sabotage) {
        this.sabotage = sabotage;
        nowNs = startNs;
    }

    long nowNs() {
        return nowNs;
    }

    Schedule schedule() {
        return schedule;
    }

    /**
     * Lets the next thing happen.
     *
     * @return {@code false} when it would happen only after {@code endNs}
     * @throws Violation when time does not go on
     */
    boolean step(List<SimulatedHost> hosts, long endNs) {
        SimulatedHost next = null;
        long timerNs = Long.MAX_VALUE;
        for (SimulatedHost host : hosts) {
            long ns = sabotage.ignoresDeadlines(host.number) ? Long.MAX_VALUE : host.nextTimerNs();
            if (ns < timerNs) {
                timerNs = ns;
                next = host;
            }
        }
        long atNs = Math.max(nowNs, Math.min(timerNs, schedule.nextNs()));
        if (atNs > endNs) {
            return false;
        }
        atOnce = atNs == nowNs ? atOnce : 0;
        nowNs = atNs;
        count(next == null ? "an application" : next);
        if (next != null && timerNs <= schedule.nextNs()) {
            next.onTimer(nowNs);
        } else {
            schedule.runNext(nowNs);
        }
        return true;
    }

    /**
     * Something happens.
     *
     * @param who is named if it cannot go on so
     */
    void count(Object who) {
        atOnce++;
        inAll++;
        if (atOnce > MOST_AT_ONCE) {
            throw new Violation("time stands still at " + who);
        }
        if (inAll > MOST_IN_ALL) {
            throw new Violation("it goes on and on, with " + who);
        }
    }
}
