package org.machbed.link.impairment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.link.Frames;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;
import org.machbed.link.segment.SegmentLink;

import static org.assertj.core.api.Assertions.assertThat;

/** What leaves, impaired where the peer would not do it. */
class ImpairedSendingTest {
    private static final int FRAMES = 1_000;

    @TempDir
    Path directory;

    private int runs;

    /** Sends numbered frames one after another from a link with these impairments; answers what arrived. */
    private List<byte[]> through(Impairments impairments, LinkCounter counter, long[] counted) throws IOException {
        Path segment = directory.resolve("run" + runs++);
        Frames received = new Frames();
        List<byte[]> all = new ArrayList<>();
        try (LinkEnd a = new ImpairedSending(SegmentLink.join(segment, Frames.A, 1500), impairments);
                LinkEnd b = SegmentLink.join(segment, Frames.B, 1500)) {
            for (int i = 0; i < FRAMES; i++) {
                Frames.send(a, numbered(i));
                all.addAll(received.takeAll(b));
            }
            // A frame that is held goes by itself, when no other does.
            while (a.await(10 * ImpairedLink.HOLD_NS)) {
                assertThat(a.poll(received, 1)).isZero();
                all.addAll(received.takeAll(b));
            }
            counted[0] = a.counters().get(counter);
        }
        return all;
    }

    private static byte[] numbered(int i) {
        return Frames.frame(Frames.B, Frames.A, i, 60 + i);
    }

    @Test
    void loss() throws IOException {
        long[] lost = new long[1];
        List<byte[]> arrived = through(new Impairments(0.1, 0, 0, 0, 7), LinkCounter.IMPAIRED_OUT_LOST, lost);
        assertThat(lost[0]).isBetween(FRAMES / 20L, FRAMES / 5L);
        assertThat(arrived).hasSize(FRAMES - (int) lost[0]);
        assertThat(arrived).allSatisfy(frame -> assertThat(frame).isEqualTo(numbered(frame.length - 60)));
    }

    @Test
    void duplication() throws IOException {
        long[] duplicated = new long[1];
        List<byte[]> arrived =
                through(new Impairments(0, 0.1, 0, 0, 7), LinkCounter.IMPAIRED_OUT_DUPLICATED, duplicated);
        assertThat(duplicated[0]).isBetween(FRAMES / 20L, FRAMES / 5L);
        assertThat(arrived).hasSize(FRAMES + (int) duplicated[0]);
        assertThat(arrived).allSatisfy(frame -> assertThat(frame).isEqualTo(numbered(frame.length - 60)));
    }

    @Test
    void reordering() throws IOException {
        long[] reordered = new long[1];
        List<byte[]> arrived = through(new Impairments(0, 0, 0.1, 0, 7), LinkCounter.IMPAIRED_OUT_REORDERED, reordered);
        assertThat(reordered[0]).isBetween(FRAMES / 20L, FRAMES / 5L);
        assertThat(arrived).extracting(frame -> frame.length).hasSize(FRAMES).doesNotHaveDuplicates();
        int late = 0;
        for (int i = 1; i < arrived.size(); i++) {
            late += arrived.get(i).length < arrived.get(i - 1).length ? 1 : 0;
        }
        // The last one may have had nothing to be overtaken by.
        assertThat(late).isBetween((int) reordered[0] - 1, (int) reordered[0]);
    }

    @Test
    void everythingReorderedStillArrives() throws IOException {
        List<byte[]> arrived =
                through(new Impairments(0, 0.5, 1, 0, 7), LinkCounter.IMPAIRED_OUT_REORDERED, new long[1]);
        assertThat(arrived).extracting(frame -> frame.length).hasSizeGreaterThan(FRAMES);
        assertThat(arrived.stream().map(frame -> frame.length).distinct()).hasSize(FRAMES);
    }

    @Test
    void corruptionTurnsOneBit() throws IOException {
        long[] corrupted = new long[1];
        List<byte[]> arrived = through(new Impairments(0, 0, 0, 0.1, 7), LinkCounter.IMPAIRED_OUT_CORRUPTED, corrupted);
        assertThat(arrived).hasSize(FRAMES);
        long changed = arrived.stream()
                .filter(frame -> !Arrays.equals(frame, numbered(frame.length - 60)))
                .count();
        assertThat(changed).isEqualTo(corrupted[0]).isPositive();
    }

    @Test
    void theSameSeedMeetsTheSameFate() throws IOException {
        Impairments impairments = new Impairments(0.1, 0.1, 0, 0.1, 7);
        long[] ignored = new long[1];
        List<byte[]> first = through(impairments, LinkCounter.IMPAIRED_OUT_LOST, ignored);
        assertThat(through(impairments, LinkCounter.IMPAIRED_OUT_LOST, ignored)).containsExactlyElementsOf(first);
    }
}
