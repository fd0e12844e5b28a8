package org.machbed.ipc.doorbell;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZII_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/**
 * The doorbell itself between real threads, where {@code DoorbellProtocolTest} explores a model of it: each ring lets exactly
 * one await return, now or later, and what was written before the ring is seen after the await.
 */
final class DoorbellStress {
    /** An await that takes so long has lost its ring. */
    private static final long LOST_NS = 10_000_000_000L;

    private DoorbellStress() {}

    /** A doorbell of one test, with a word beside it. */
    abstract static class Bell {
        static final long WORD = Doorbell.BYTES;

        final MemorySegment memory = Arena.ofAuto().allocate(2 * Doorbell.BYTES, Doorbell.BYTES);
        final Doorbell bell = new Doorbell(memory, 0);
    }

    @JCStressTest
    @Outcome(id = "true, 0, 0", expect = Expect.ACCEPTABLE, desc = "The ring was taken once and the waiter has left.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The ring was lost or taken twice, or the waiter's entry stayed.")
    @State
    public static class RingBeforeOrDuringTheWait extends Bell {
        @Actor
        public void ringer() {
            bell.ring();
        }

        @Actor
        public void waiter(ZII_Result r) {
            r.r1 = bell.await(LOST_NS);
        }

        @Arbiter
        public void end(ZII_Result r) {
            r.r2 = bell.count();
            r.r3 = bell.waiters();
        }
    }

    @JCStressTest
    @Outcome(id = "true, 1, 0", expect = Expect.ACCEPTABLE, desc = "The wait ended, the ring is there, nobody waits.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The ring was lost or taken, or an entry of the waiter stayed.")
    @State
    public static class RingOfOneOfTwo extends Bell {
        private final Doorbell other = new Doorbell(memory, WORD);

        @Actor
        public void ringer() {
            other.ring();
        }

        @Actor
        public void waiter(ZII_Result r) {
            r.r1 = Doorbell.awaitEither(bell, other, LOST_NS);
        }

        @Arbiter
        public void end(ZII_Result r) {
            r.r2 = bell.count() + other.count();
            r.r3 = bell.waiters() + other.waiters();
        }
    }

    @JCStressTest
    @Outcome(id = "3, 0", expect = Expect.ACCEPTABLE, desc = "Three rings are three.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Rings were merged, lost or taken twice.")
    @State
    public static class ThreeRingsAreThree extends Bell {
        @Actor
        public void ringer() {
            bell.ring();
            bell.ring(2);
        }

        @Actor
        public void waiter(II_Result r) {
            for (int i = 0; i < 3; i++) {
                r.r1 += bell.await(LOST_NS) ? 1 : 0;
            }
        }

        @Arbiter
        public void end(II_Result r) {
            r.r2 = bell.count();
        }
    }

    @JCStressTest
    @Outcome(id = "5, 0", expect = Expect.ACCEPTABLE, desc = "The rings of two ringers add up.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A ring overwrote another.")
    @State
    public static class TwoRingers extends Bell {
        @Actor
        public void one() {
            bell.ring(2);
        }

        @Actor
        public void other() {
            bell.ring(3);
        }

        @Arbiter
        public void end(II_Result r) {
            while (bell.tryAwait()) {
                r.r1++;
            }
            r.r2 = bell.count();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"true, false, 0", "false, true, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "One of the two took the ring.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both took one ring, or neither did.")
    @State
    public static class TwoTakersOfOneRing extends Bell {
        public TwoTakersOfOneRing() {
            bell.ring();
        }

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = bell.tryAwait();
        }

        @Actor
        public void other(ZZI_Result r) {
            r.r2 = bell.tryAwait();
        }

        @Arbiter
        public void end(ZZI_Result r) {
            r.r3 = bell.count();
        }
    }

    @JCStressTest
    @Outcome(id = "true, 0, 0", expect = Expect.ACCEPTABLE, desc = "The ring came in time.")
    @Outcome(id = "false, 1, 0", expect = Expect.ACCEPTABLE, desc = "The time was up; the ring is there for the next.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A wait that timed out took the ring along, or stayed entered.")
    @State
    public static class RingWhileTheTimeIsUp extends Bell {
        private static final long SHORT_NS = 1_000;

        @Actor
        public void ringer() {
            bell.ring();
        }

        @Actor
        public void waiter(ZII_Result r) {
            r.r1 = bell.await(SHORT_NS);
        }

        @Arbiter
        public void end(ZII_Result r) {
            r.r2 = bell.count();
            r.r3 = bell.waiters();
        }
    }

    @JCStressTest
    @Outcome(id = "true, 42", expect = Expect.ACCEPTABLE, desc = "What was written before the ring is there.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The await returned before what the ring announced.")
    @State
    public static class TheRingPublishes extends Bell {
        @Actor
        public void ringer() {
            memory.set(ValueLayout.JAVA_INT, WORD, 42);
            bell.ring();
        }

        @Actor
        public void waiter(ZI_Result r) {
            r.r1 = bell.await(LOST_NS);
            r.r2 = memory.get(ValueLayout.JAVA_INT, WORD);
        }
    }

    @JCStressTest
    @Outcome(id = "true, true, 0", expect = Expect.ACCEPTABLE, desc = "A round trip.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "One side was not woken.")
    @State
    public static class ThereAndBack extends Bell {
        private final Doorbell back = new Doorbell(memory, Doorbell.BYTES);

        @Actor
        public void asks(ZZI_Result r) {
            bell.ring();
            r.r1 = back.await(LOST_NS);
        }

        @Actor
        public void answers(ZZI_Result r) {
            r.r2 = bell.await(LOST_NS);
            back.ring();
        }

        @Arbiter
        public void end(ZZI_Result r) {
            r.r3 = bell.count() + bell.waiters() + back.count() + back.waiters();
        }
    }
}
