package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A stack commits a turn while the server takes the session: the server goes on from that turn exactly when the stack may too. */
final class SessionRecordsStress {
    private SessionRecordsStress() {}

    @JCStressTest
    @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "committed, then taken")
    @Outcome(id = "false, false", expect = Expect.ACCEPTABLE, desc = "taken before, so that the commit failed")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a result that counts twice, or not at all")
    @State
    public static class CommitAndTake {
        private static final MemorySegment RINGS = MemorySegment.ofArray(new byte[0]);

        private final SessionRecords records =
                new SessionRecords(MemorySegment.ofArray(new long[(int) SessionRecords.bytes(1) / Long.BYTES]), 1);

        /** The stack. */
        @Actor
        public void commit(ZZ_Result result) {
            result.r1 = records.end(0);
        }

        /** The server. */
        @Actor
        public void take(ZZ_Result result) {
            result.r2 = records.take(0, RINGS).isOver();
        }
    }
}
