package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** A million frames through random programs, the same every time: no program fails, or runs longer than it is. */
class FilterFuzzTest {
    private static final long SEED = 0x4d6f67756c3837L;
    private static final int PROGRAMS = 2_000;
    private static final int FRAMES_EACH = 500;
    private static final int MOST_FRAME_BYTES = 96;

    @Test
    void aMillionFrames() throws FilterException {
        SplittableRandom random = new SplittableRandom(SEED);
        FilterMachine machine = new FilterMachine();
        byte[] bytes = new byte[MOST_FRAME_BYTES];
        MemorySegment frame = MemorySegment.ofArray(bytes);
        int matched = 0;
        for (int i = 0; i < PROGRAMS; i++) {
            PacketFilter filter = PacketFilter.compile(RandomPrograms.program(random), 1);
            int most = filter.words().length;
            for (int j = 0; j < FRAMES_EACH; j++) {
                random.nextBytes(bytes);
                int offset = random.nextInt(3);
                long before = machine.instructionsExecuted();
                matched +=
                        filter.matches(frame, offset, random.nextInt(MOST_FRAME_BYTES - offset + 1), machine) ? 1 : 0;
                if (machine.instructionsExecuted() - before > most) {
                    throw new AssertionError(filter + " executed more instructions than it has");
                }
            }
        }
        // Neither outcome may be rare, or the programs test little.
        assertThat(matched).isBetween(PROGRAMS * FRAMES_EACH / 10, PROGRAMS * FRAMES_EACH * 9 / 10);
        assertThat(machine.readsBeyondFrame()).isGreaterThan(PROGRAMS * FRAMES_EACH / 10);
    }
}
