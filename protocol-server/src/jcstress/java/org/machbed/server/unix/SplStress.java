package org.machbed.server.unix;

import org.machbed.ipc.process.Crossings;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The simulated spl between real threads: a level excludes, a software interrupt that is posted while somebody is at its
 * level is neither lost nor run there, and whoever runs it sees what was put down before the post (maeda92 section 2.3).
 */
final class SplStress {
    private static final Crossings CROSSINGS = Crossings.unshared();

    private SplStress() {}

    @JCStressTest
    @Outcome(
            id = {"1, 2, 2", "2, 1, 2"},
            expect = Expect.ACCEPTABLE,
            desc = "One after the other.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Two threads were at one level.")
    @State
    public static class OneLevelExcludes {
        private final Spl spl = new Spl(CROSSINGS);
        private int guarded;

        @Actor
        public void one(III_Result r) {
            int s = spl.splnet();
            r.r1 = ++guarded;
            spl.splx(s);
        }

        @Actor
        public void other(III_Result r) {
            int s = spl.splnet();
            r.r2 = ++guarded;
            spl.splx(s);
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = guarded;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 2, 2", "2, 1, 2"},
            expect = Expect.ACCEPTABLE,
            desc = "One after the other, whatever they held below.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Two threads were at splimp.")
    @State
    public static class ALevelExcludesThoseWhoClimbToIt {
        private final Spl spl = new Spl(CROSSINGS);
        private int guardedByImp;

        @Actor
        public void fromNet(III_Result r) {
            int net = spl.splnet();
            int imp = spl.splimp();
            r.r1 = ++guardedByImp;
            spl.splx(imp);
            spl.splx(net);
        }

        @Actor
        public void fromBelow(III_Result r) {
            int s = spl.splimp();
            r.r2 = ++guardedByImp;
            spl.splx(s);
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = guardedByImp;
        }
    }

    /** Protocol input as the server has it: a queue that splimp guards, emptied at splnet by a software interrupt. */
    abstract static class Input {
        final Spl spl = new Spl(CROSSINGS);
        final Spl.SoftInterrupt softnet = spl.softInterrupt(Spl.NET, this::drain);
        private int queued;
        int handled;
        int runs;

        final void arrive() {
            int s = spl.splimp();
            queued++;
            spl.splx(s);
            softnet.post();
        }

        private void drain() {
            int net = spl.splnet();
            runs++;
            int imp = spl.splimp();
            handled += queued;
            queued = 0;
            spl.splx(imp);
            spl.splx(net);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Posted once, run once, with its packet.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The interrupt was lost, or ran without its packet.")
    @State
    public static class PostAgainstLower extends Input {
        @Actor
        public void process() {
            spl.splx(spl.splnet());
        }

        @Actor
        public void device() {
            arrive();
        }

        @Arbiter
        public void end(II_Result r) {
            r.r1 = handled;
            r.r2 = runs;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"2, 1", "2, 2"},
            expect = Expect.ACCEPTABLE,
            desc = "Both packets are through; posts that wait together run together.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A packet is left in the queue, or ran twice.")
    @State
    public static class PostAgainstPost extends Input {
        @Actor
        public void one() {
            arrive();
        }

        @Actor
        public void other() {
            arrive();
        }

        @Arbiter
        public void end(II_Result r) {
            r.r1 = handled;
            r.r2 = runs;
        }
    }

    @JCStressTest
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Whoever is at the level sees nothing change there.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The interrupt ran while another thread was at its level, or never.")
    @State
    public static class NoInterruptAtItsLevel extends Input {
        @Actor
        public void process(II_Result r) {
            int s = spl.splnet();
            int before = handled;
            spl.splx(spl.splimp());
            r.r1 = handled - before;
            spl.splx(s);
        }

        @Actor
        public void device() {
            arrive();
        }

        @Arbiter
        public void end(II_Result r) {
            r.r2 = handled;
        }
    }
}
