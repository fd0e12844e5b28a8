package org.machbed.netstack.simulation;

import java.util.List;

/** The clock of a world, and what it brings: a stack's timers, frames and applications' turns, each in its time. */
final class Timeline {
    /** What runs so often without that time passes stands still. */
    private static final int MOST_AT_ONCE = 100_000;

    private final Schedule schedule = new Schedule();
    private final Sabotage sabotage;
    private long nowNs;
    private int atOnce;

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
        atOnce = atNs == nowNs ? atOnce + 1 : 0;
        if (atOnce > MOST_AT_ONCE) {
            throw new Violation("time stands still at " + (next == null ? "an application" : next));
        }
        nowNs = atNs;
        if (next != null && timerNs <= schedule.nextNs()) {
            next.stack().onTimer(nowNs);
        } else {
            schedule.runNext(nowNs);
        }
        return true;
    }
}
