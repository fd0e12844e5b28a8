package org.machbed.link.segment;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.link.FrameHandler;
import org.machbed.link.Frames;
import org.machbed.link.Garbage;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.link.FrameBuffer;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(120)
class SegmentThreadsTest {
    private static final int FRAMES = 200_000;
    private static final int NUMBER_OFFSET = 16;

    @TempDir
    Path directory;

    /**
     * Nothing is lost, changed or turned round between two threads, one of which sleeps whenever it has nothing to do; nor does it sleep
     * beside the end of a train.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 1_000})
    void aStreamArrivesWholeAndInOrder(int train) throws IOException, InterruptedException {
        SegmentOptions small = new SegmentOptions(SegmentOptions.MINIMUM_RING_BYTES, 0, 0);
        try (SegmentLink a = SegmentLink.join(directory, Frames.A, 1500, small);
                SegmentLink b = SegmentLink.join(directory, Frames.B, 1500, small)) {
            AtomicLong next = new AtomicLong();
            AtomicLong wrong = new AtomicLong();
            FrameHandler check = (memory, offset, length) -> {
                long number = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + NUMBER_OFFSET);
                long last = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + length - Long.BYTES);
                if (number != next.getAndIncrement() || last != ~number || length != lengthOf(number)) {
                    wrong.incrementAndGet();
                }
            };
            Thread receiver = Thread.ofPlatform().start(() -> {
                while (next.get() < FRAMES) {
                    b.await(LinkEnd.FOREVER);
                    if (b.poll(check, 64) > 0) {
                        // Whoever waits for room may look again.
                        send(b, 0);
                    }
                }
            });
            for (long i = 0; i < FRAMES; i++) {
                while (!send(a, i, train > 1)) {
                    // The ring is full: the receiver has been told, also amid a train.
                    a.await(LinkEnd.FOREVER);
                    a.poll((memory, offset, length) -> {}, FRAMES);
                }
                if (i % train == 0) {
                    a.flush();
                }
            }
            a.flush();
            receiver.join();
            assertThat(wrong).hasValue(0);
            assertThat(next).hasValue(FRAMES);
            assertThat(a.counters().get(LinkCounter.FRAMES_SENT)).isEqualTo(FRAMES);
            assertThat(b.counters().get(LinkCounter.FRAMES_RECEIVED)).isEqualTo(FRAMES);
        }
    }

    private static int lengthOf(long number) {
        return (int) (60 + number * 31 % 1_400);
    }

    private static boolean send(LinkEnd link, long number) {
        return send(link, number, false);
    }

    private static boolean send(LinkEnd link, long number, boolean more) {
        FrameBuffer frame = link.allocate(lengthOf(number));
        if (frame == null) {
            return false;
        }
        frame.memory.set(ValueLayout.JAVA_LONG_UNALIGNED, frame.offset + NUMBER_OFFSET, number);
        frame.memory.set(ValueLayout.JAVA_LONG_UNALIGNED, frame.offset + frame.length - Long.BYTES, ~number);
        if (more) {
            link.transmitMore(frame);
        } else {
            link.transmit(frame);
        }
        return true;
    }

    @Test
    void noGarbagePerFrame() throws IOException {
        try (SegmentLink a = SegmentLink.join(directory, Frames.A, 1500);
                SegmentLink b = SegmentLink.join(directory, Frames.B, 1500)) {
            assertNoGarbage(a, b, b);
            try (SegmentLink c = SegmentLink.join(directory, Frames.C, 1500)) {
                assertNoGarbage(a, b, c);
            }
        }
    }

    private static void assertNoGarbage(LinkEnd a, LinkEnd b, LinkEnd c) {
        AtomicLong handled = new AtomicLong();
        FrameHandler count = (memory, offset, length) -> handled.incrementAndGet();
        Garbage.assertNone(50_000, () -> {
            send(a, handled.get());
            b.await(0);
            b.poll(count, 4);
            c.await(0);
            c.poll(count, 4);
        });
        assertThat(handled.get()).isGreaterThanOrEqualTo(50_000);
    }
}
