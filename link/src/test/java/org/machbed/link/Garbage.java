package org.machbed.link;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** That a path leaves no garbage once it is compiled. */
public final class Garbage {
    private static final int MOST_ROUNDS = 10;

    private Garbage() {}

    /**
     * Runs {@code frame} in rounds. The first ones run in the interpreter and are compiled meanwhile, sooner or later; one clean round
     * is what is asked for.
     */
    public static void assertNone(int framesInRound, Runnable frame) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long tolerated = framesInRound / 10;
        long bytes = Long.MAX_VALUE;
        for (int round = 0; round < MOST_ROUNDS && bytes >= tolerated; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < framesInRound; i++) {
                frame.run();
            }
            bytes = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(bytes).as("bytes allocated in %d frames", framesInRound).isLessThan(tolerated);
    }
}
