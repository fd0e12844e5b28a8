package org.machbed.link.segment;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** When a frame arrives, at times that the test chooses. */
class MediumTest {
    private static final long SECOND_NS = 1_000_000_000;

    /** With 24 bytes of preamble, check sequence and gap half a second at 1 Mb/s. */
    private static final int HALF_A_SECOND_BYTES = 62_476;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private @Nullable StationTable table;

    @AfterEach
    void closeTable() {
        if (table != null) {
            table.close();
        }
    }

    @Test
    void carriesOneFrameAfterAnother() throws IOException {
        Medium medium = medium(SegmentOptions.MINIMUM_RATE_BITS_PER_SECOND, 0);

        assertThat(medium.isTimed()).isTrue();
        assertThat(medium.send(HALF_A_SECOND_BYTES, SECOND_NS)).isEqualTo(1_500_000_000L);
        assertThat(medium.send(HALF_A_SECOND_BYTES, SECOND_NS)).isEqualTo(2_000_000_000L);
        // Idle again: it starts at once.
        assertThat(medium.send(HALF_A_SECOND_BYTES, 5 * SECOND_NS)).isEqualTo(5_500_000_000L);
    }

    @Test
    void refusesAFrameThatWouldWaitForMoreThanTwoSeconds() throws IOException {
        Medium medium = medium(SegmentOptions.MINIMUM_RATE_BITS_PER_SECOND, 0);
        for (int frame = 1; frame <= 5; frame++) {
            assertThat(medium.send(HALF_A_SECOND_BYTES, SECOND_NS)).isEqualTo(SECOND_NS + frame * SECOND_NS / 2);
        }

        assertThat(medium.send(HALF_A_SECOND_BYTES, SECOND_NS)).isEqualTo(Medium.REFUSED);
        assertThat(medium.send(HALF_A_SECOND_BYTES, SECOND_NS + SECOND_NS / 2 - 1))
                .isEqualTo(Medium.REFUSED);
        assertThat(medium.send(HALF_A_SECOND_BYTES, SECOND_NS + SECOND_NS / 2)).isEqualTo(4 * SECOND_NS);
    }

    @Test
    void addsTheDelay() throws IOException {
        assertThat(medium(0, 5_000_000).send(60, SECOND_NS)).isEqualTo(SECOND_NS + 5_000_000);
    }

    /** Where nothing takes time a frame is due at 0, so one that is due at that very time is put off. */
    @Test
    void neverAnswersZero() throws IOException {
        assertThat(medium(0, 5_000_000).send(60, -5_000_000)).isEqualTo(1);
    }

    @Test
    void isNotTimedWithoutRateAndDelay() throws IOException {
        assertThat(medium(0, 0).isTimed()).isFalse();
    }

    private Medium medium(long rateBitsPerSecond, long delayNs) throws IOException {
        var options = new SegmentOptions(SegmentOptions.DEFAULT_RING_BYTES, rateBitsPerSecond, delayNs);
        table = StationTable.openOrCreate(directory.resolve("segment"), options);
        return new Medium(table, options);
    }
}
