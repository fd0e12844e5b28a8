package org.machbed.link.segment;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.link.Frames;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;

import static org.assertj.core.api.Assertions.assertThat;

/** Rate and delay: only how late a frame must at least be is asserted, since the machine may always be later. */
@Timeout(60)
class TimedSegmentTest {
    private static final long ETHERNET = 10_000_000;

    /** 84 bytes with preamble, check sequence and gap, at 0.1 us a bit. */
    private static final long SHORTEST_FRAME_NS = 67_200;

    @TempDir
    Path directory;

    @Test
    void theMediumCarriesOneFrameAfterAnother() throws IOException {
        SegmentOptions options = new SegmentOptions(SegmentOptions.DEFAULT_RING_BYTES, ETHERNET, 0);
        try (SegmentLink a = SegmentLink.join(directory, Frames.A, 1500, options);
                SegmentLink b = SegmentLink.join(directory, Frames.B, 1500, options)) {
            long startNs = System.nanoTime();
            for (int i = 0; i < 5; i++) {
                Frames.send(a, Frames.frame(Frames.B, Frames.A, i, 60));
                // Both directions share it.
                Frames.send(b, Frames.frame(Frames.A, Frames.B, i, 60));
            }
            List<Long> times = arrivals(b, 5);
            for (int i = 0; i < 5; i++) {
                assertThat(times.get(i) - startNs).isGreaterThanOrEqualTo((2 * i + 1) * SHORTEST_FRAME_NS);
            }
        }
    }

    @Test
    void aFrameIsUnderWayForTheDelay() throws IOException {
        SegmentOptions options = new SegmentOptions(SegmentOptions.DEFAULT_RING_BYTES, 0, 5_000_000);
        try (SegmentLink a = SegmentLink.join(directory, Frames.A, 1500, options);
                SegmentLink b = SegmentLink.join(directory, Frames.B, 1500, options)) {
            long startNs = System.nanoTime();
            Frames.send(a, Frames.frame(Frames.B, Frames.A, 1, 60));
            assertThat(arrivals(b, 1).getFirst() - startNs).isGreaterThanOrEqualTo(5_000_000);
        }
    }

    @Test
    void aFrameThatIsNotDueIsNotHandedOver() throws IOException {
        SegmentOptions options =
                new SegmentOptions(SegmentOptions.DEFAULT_RING_BYTES, 0, SegmentOptions.MAXIMUM_DELAY_NS);
        try (SegmentLink a = SegmentLink.join(directory, Frames.A, 1500, options);
                SegmentLink b = SegmentLink.join(directory, Frames.B, 1500, options)) {
            Frames.send(a, Frames.frame(Frames.B, Frames.A, 1, 60));
            assertThat(b.poll(new Frames(), 1)).isZero();
            // The doorbell rang for it.
            assertThat(b.await(0)).isTrue();
            assertThat(b.await(0)).isFalse();
        }
    }

    /** {@link MediumTest} has the times; here the frame that the medium refuses is counted and goes nowhere. */
    @Test
    void aMediumThatIsBusyForTooLongRefuses() throws IOException {
        SegmentOptions options = new SegmentOptions(SegmentOptions.DEFAULT_RING_BYTES, ETHERNET, 0);
        try (SegmentLink a = SegmentLink.join(directory, Frames.A, 1500, options);
                SegmentLink b = SegmentLink.join(directory, Frames.B, 1500, options);
                SharedMemory table = SharedMemory.open(directory.resolve("segment"))) {
            int sent = -1;
            // Not at the first try where this thread was kept from running for most of two seconds.
            while (a.counters().get(LinkCounter.DROPPED_MEDIUM_BUSY) == 0) {
                table.segment().set(ValueLayout.JAVA_LONG, 128, System.nanoTime() + 3_900_000_000L);
                Frames.send(a, Frames.frame(Frames.B, Frames.A, 1, 60));
                sent++;
            }
            assertThat(a.counters().get(LinkCounter.FRAMES_SENT)).isEqualTo(sent);
            assertThat(b.counters().get(LinkCounter.CORRUPT_RINGS)).isZero();
        }
    }

    @Test
    void aMediumThatIsSaidToBeBusyForeverCountsAsIdle() throws IOException {
        SegmentOptions options = new SegmentOptions(SegmentOptions.DEFAULT_RING_BYTES, ETHERNET, 0);
        try (SegmentLink a = SegmentLink.join(directory, Frames.A, 1500, options);
                SegmentLink b = SegmentLink.join(directory, Frames.B, 1500, options);
                SharedMemory table = SharedMemory.open(directory.resolve("segment"))) {
            table.segment().set(ValueLayout.JAVA_LONG, 128, Long.MAX_VALUE);
            Frames.send(a, Frames.frame(Frames.B, Frames.A, 1, 60));
            assertThat(arrivals(b, 1)).hasSize(1);
        }
    }

    private static List<Long> arrivals(LinkEnd link, int wanted) {
        List<Long> times = new ArrayList<>();
        while (times.size() < wanted) {
            link.await(LinkEnd.FOREVER);
            link.poll((memory, offset, length) -> times.add(System.nanoTime()), 1);
        }
        return times;
    }
}
