package org.machbed.server.unix;

import org.machbed.ipc.process.Crossings;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.ZII_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/**
 * tsleep and wakeup between real threads: whoever tests its condition and sleeps at splnet is woken by whoever changes it
 * there, and has its levels back.
 */
final class SleepQueuesStress {
    private static final Crossings CROSSINGS = Crossings.unshared();

    /** A sleep that takes so long has lost its wake-up. */
    private static final long LOST_NS = 10_000_000_000L;

    private SleepQueuesStress() {}

    /** A socket buffer of nothing but a count, guarded by splnet. */
    abstract static class Buffer {
        final Spl spl = new Spl(CROSSINGS);
        final SleepQueues queues = new SleepQueues(spl, CROSSINGS);
        private int items;

        final void put() {
            int s = spl.splnet();
            items++;
            queues.wakeup(this);
            spl.splx(s);
        }

        /** Whether an item came before the time was up. */
        final boolean take(long timeoutNs) {
            int s = spl.splnet();
            boolean woken = true;
            while (items == 0 && woken) {
                woken = queues.tsleep(this, timeoutNs);
            }
            boolean taken = items > 0;
            if (taken) {
                items--;
            }
            spl.splx(s);
            return taken;
        }

        /** What is left behind: items, sleepers and the levels of the calling thread. */
        final int left() {
            return items + 10 * queues.sleeping() + 100 * spl.current();
        }
    }

    @JCStressTest
    @Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "Woken, or the item was there before the test.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The wake-up fell between the test and the sleep.")
    @State
    public static class WakeupAgainstSleep extends Buffer {
        @Actor
        public void producer() {
            put();
        }

        @Actor
        public void consumer(ZI_Result r) {
            r.r1 = take(LOST_NS);
        }

        @Arbiter
        public void end(ZI_Result r) {
            r.r2 = left();
        }
    }

    @JCStressTest
    @Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "The item came in time.")
    @Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "The time was up; the item is there for the next.")
    @Outcome(
            expect = Expect.FORBIDDEN,
            desc = "A sleep that timed out took the item along, or left its sleeper behind.")
    @State
    public static class WakeupWhileTheTimeIsUp extends Buffer {
        private static final long SHORT_NS = 1_000;

        @Actor
        public void producer() {
            put();
        }

        @Actor
        public void consumer(ZI_Result r) {
            r.r1 = take(SHORT_NS);
        }

        @Arbiter
        public void end(ZI_Result r) {
            r.r2 = left();
        }
    }

    @JCStressTest
    @Outcome(id = "3, 0, 0", expect = Expect.ACCEPTABLE, desc = "Every item reached the consumer.")
    @Outcome(
            expect = Expect.FORBIDDEN,
            desc = "An item or a wake-up got lost, or the consumer came back without its level.")
    @State
    public static class ThreeItemsOneAfterTheOther extends Buffer {
        @Actor
        public void producer() {
            put();
            put();
            put();
        }

        @Actor
        public void consumer(III_Result r) {
            for (int i = 0; i < 3; i++) {
                r.r1 += take(LOST_NS) ? 1 : 0;
            }
            r.r2 = spl.current();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = left();
        }
    }

    /**
     * A datagram's way in: the device queues it and posts the software interrupt, which wakes the receiver. The receiver's own
     * way to sleep may deliver the interrupt that it would have waited for.
     */
    @JCStressTest
    @Outcome(id = "true, 0, 1", expect = Expect.ACCEPTABLE, desc = "Received, by one run of the interrupt.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The datagram stays where nobody looks, or its interrupt ran twice.")
    @State
    public static class WakeupByASoftwareInterrupt extends Buffer {
        private final Spl.SoftInterrupt softnet = spl.softInterrupt(Spl.NET, this::input);
        private int runs;

        private void input() {
            int s = spl.splnet();
            runs++;
            put();
            spl.splx(s);
        }

        @Actor
        public void device() {
            softnet.post();
        }

        @Actor
        public void receiver(ZII_Result r) {
            r.r1 = take(LOST_NS);
        }

        @Arbiter
        public void end(ZII_Result r) {
            r.r2 = left();
            r.r3 = runs;
        }
    }
}
