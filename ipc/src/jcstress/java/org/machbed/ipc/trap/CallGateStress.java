package org.machbed.ipc.trap;

import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * The life of a call gate's slots between real threads: claimed, requested, served, done, free, and claimed by another. A
 * kernel looks again at what it waits for every half second, so a ring that is lost shows as a call that took so long; a caller
 * waits without a time limit, so an answer that is lost shows as a test that hangs.
 */
final class CallGateStress {
    private static final String RIGHT = "right";
    private static final String LATE = "late";

    /** Less than it takes until a lost wake-up is noticed. */
    private static final long LATE_NS = PeriodicCheck.PERIOD_NS / 10 * 9;

    private CallGateStress() {}

    /** A gate with one slot, so that callers wait for each other's. */
    private static final class OneSlot {
        static final TrapCaller CALLER = StressKernel.callerOfKernelWith(1);
    }

    private static final class FourSlots {
        static final TrapCaller CALLER = StressKernel.callerOfKernelWith(4);
    }

    private static String judge(long answer, long expected, long startNs) {
        if (answer != expected) {
            return answer + " for " + expected;
        }
        return System.nanoTime() - startNs > LATE_NS ? LATE : RIGHT;
    }

    private static String twice(TrapCaller caller, long argument) {
        long startNs = System.nanoTime();
        return judge(caller.trap(StressKernel.TWICE, argument), 2 * argument, startNs);
    }

    @JCStressTest
    @Outcome(id = "right, right", expect = Expect.ACCEPTABLE, desc = "Each caller has its own answer.")
    @Outcome(
            id = {"late, right", "right, late", "late, late"},
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "Starved of CPU, or woken by the clock instead of the kernel.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A caller has another's answer.")
    @State
    public static class TwoCallers {
        @Actor
        public void one(LL_Result r) {
            r.r1 = twice(FourSlots.CALLER, 1);
        }

        @Actor
        public void other(LL_Result r) {
            r.r2 = twice(FourSlots.CALLER, 2);
        }
    }

    @JCStressTest
    @Outcome(id = "right, right", expect = Expect.ACCEPTABLE, desc = "One after the other.")
    @Outcome(
            id = {"late, right", "right, late", "late, late"},
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "Starved of CPU, or woken by the clock instead of whoever freed the slot.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both had the slot at once.")
    @State
    public static class TwoCallersOfOneSlot {
        @Actor
        public void one(LL_Result r) {
            r.r1 = twice(OneSlot.CALLER, 1);
        }

        @Actor
        public void other(LL_Result r) {
            r.r2 = twice(OneSlot.CALLER, 2);
        }
    }

    @JCStressTest
    @Outcome(id = "right, right", expect = Expect.ACCEPTABLE, desc = "Copied in before the call, out after it.")
    @Outcome(
            id = {"late, right", "right, late", "late, late"},
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "Starved of CPU, or woken by the clock.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A slot's data were not those of its call.")
    @State
    public static class DataOfTwoCallersOfOneSlot {
        @Actor
        public void one(LL_Result r) {
            r.r1 = data(1);
        }

        @Actor
        public void other(LL_Result r) {
            r.r2 = data(2);
        }

        private static String data(long value) {
            TrapCaller caller = OneSlot.CALLER;
            long startNs = System.nanoTime();
            try (TrapSlot slot = caller.claim()) {
                slot.dataBuffer().putLong(0, value);
                long answer = slot.call(StressKernel.TWICE_THE_DATA);
                return judge(answer + slot.dataBuffer().getLong(0), 5 * value, startNs);
            }
        }
    }

    @JCStressTest
    @Outcome(id = "right, right", expect = Expect.ACCEPTABLE, desc = "The receive has what was sent to it.")
    @Outcome(
            id = {"late, right", "right, late", "late, late"},
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "Starved of CPU, or woken by the clock.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The receive has something else.")
    @State
    public static class Continuation {
        private static final AtomicLong MAILBOXES = new AtomicLong();

        private final long mailbox = MAILBOXES.incrementAndGet();

        @Actor
        public void receiver(LL_Result r) {
            TrapCaller caller = FourSlots.CALLER;
            long startNs = System.nanoTime();
            r.r1 = judge(caller.trap(StressKernel.RECEIVE, mailbox), 7 * mailbox, startNs);
        }

        @Actor
        public void sender(LL_Result r) {
            TrapCaller caller = FourSlots.CALLER;
            long startNs = System.nanoTime();
            r.r2 = judge(caller.trap(StressKernel.SEND, mailbox, 7 * mailbox), 0, startNs);
        }
    }
}
