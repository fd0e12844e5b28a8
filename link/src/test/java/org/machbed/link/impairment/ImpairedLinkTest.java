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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ImpairedLinkTest {
    private static final int FRAMES = 4_000;

    @TempDir
    Path directory;

    private int runs;

    /** Sends numbered frames one after another through a link with these impairments; answers what arrived. */
    private List<byte[]> through(Impairments impairments, LinkCounter counter, long[] counted) throws IOException {
        Path segment = directory.resolve("run" + runs++);
        Frames received = new Frames();
        List<byte[]> all = new ArrayList<>();
        try (LinkEnd a = SegmentLink.join(segment, Frames.A, 1500);
                LinkEnd b = new ImpairedLink(SegmentLink.join(segment, Frames.B, 1500), impairments)) {
            for (int i = 0; i < FRAMES; i++) {
                Frames.send(a, numbered(i));
                all.addAll(received.takeAll(b));
            }
            // A frame that is held comes by itself, when no other does.
            while (b.await(10 * ImpairedLink.HOLD_NS)) {
                all.addAll(received.takeAll(b));
            }
            counted[0] = b.counters().get(counter);
        }
        return all;
    }

    private static byte[] numbered(int i) {
        byte[] frame = Frames.frame(Frames.B, Frames.A, 0, 60);
        frame[14] = (byte) (i >> 8);
        frame[15] = (byte) i;
        return frame;
    }

    private static int number(byte[] frame) {
        return (frame[14] & 0xff) << 8 | (frame[15] & 0xff);
    }

    @Test
    void loss() throws IOException {
        long[] lost = new long[1];
        List<byte[]> arrived = through(new Impairments(0.1, 0, 0, 0, 7), LinkCounter.IMPAIRED_LOST, lost);
        assertThat(lost[0]).isBetween(FRAMES / 20L, FRAMES / 5L);
        assertThat(arrived).hasSize(FRAMES - (int) lost[0]);
        assertThat(numbers(arrived)).isSorted();
    }

    @Test
    void theSameSeedMeetsTheSameFate() throws IOException {
        Impairments impairments = new Impairments(0.1, 0.1, 0, 0.1, 7);
        long[] ignored = new long[1];
        List<byte[]> first = through(impairments, LinkCounter.IMPAIRED_LOST, ignored);
        List<byte[]> second = through(impairments, LinkCounter.IMPAIRED_LOST, ignored);
        List<byte[]> other = through(new Impairments(0.1, 0.1, 0, 0.1, 8), LinkCounter.IMPAIRED_LOST, ignored);
        assertThat(first).containsExactlyElementsOf(second);
        assertThat(Arrays.deepEquals(first.toArray(), other.toArray())).isFalse();
    }

    @Test
    void duplication() throws IOException {
        long[] duplicated = new long[1];
        List<byte[]> arrived = through(new Impairments(0, 0.1, 0, 0, 7), LinkCounter.IMPAIRED_DUPLICATED, duplicated);
        assertThat(duplicated[0]).isBetween(FRAMES / 20L, FRAMES / 5L);
        assertThat(arrived).hasSize(FRAMES + (int) duplicated[0]);
        assertThat(numbers(arrived)).isSorted();
    }

    @Test
    void reordering() throws IOException {
        long[] reordered = new long[1];
        List<byte[]> arrived = through(new Impairments(0, 0, 0.1, 0, 7), LinkCounter.IMPAIRED_REORDERED, reordered);
        assertThat(reordered[0]).isBetween(FRAMES / 20L, FRAMES / 5L);
        assertThat(numbers(arrived)).hasSize(FRAMES).doesNotHaveDuplicates();
        int late = 0;
        for (int i = 1; i < arrived.size(); i++) {
            late += number(arrived.get(i)) < number(arrived.get(i - 1)) ? 1 : 0;
        }
        // One that nothing overtook within the time it was held came in its place after all.
        assertThat(late).isPositive().isLessThanOrEqualTo((int) reordered[0]);
    }

    @Test
    void everythingReorderedStillArrives() throws IOException {
        long[] reordered = new long[1];
        List<byte[]> arrived = through(new Impairments(0, 0, 1, 0, 7), LinkCounter.IMPAIRED_REORDERED, reordered);
        assertThat(numbers(arrived)).hasSize(FRAMES).doesNotHaveDuplicates();
    }

    @Test
    void corruptionTurnsOneBit() throws IOException {
        long[] corrupted = new long[1];
        List<byte[]> arrived = through(new Impairments(0, 0, 0, 0.1, 7), LinkCounter.IMPAIRED_CORRUPTED, corrupted);
        assertThat(corrupted[0]).isBetween(FRAMES / 20L, FRAMES / 5L);
        assertThat(arrived).hasSize(FRAMES);
        int changed = 0;
        for (int i = 0; i < FRAMES; i++) {
            int bits = differentBits(arrived.get(i), numbered(i));
            assertThat(bits).isBetween(0, 1);
            changed += bits;
        }
        assertThat(changed).isEqualTo((int) corrupted[0]);
    }

    private static int differentBits(byte[] one, byte[] other) {
        int bits = 0;
        for (int i = 0; i < one.length; i++) {
            bits += Integer.bitCount((one[i] ^ other[i]) & 0xff);
        }
        return bits;
    }

    @Test
    void aFrameThatNothingFollowsIsHeldForItsTime() throws IOException {
        Frames received = new Frames();
        try (LinkEnd a = SegmentLink.join(directory, Frames.A, 1500);
                LinkEnd b =
                        new ImpairedLink(SegmentLink.join(directory, Frames.B, 1500), new Impairments(0, 0, 1, 0, 1))) {
            Frames.send(a, numbered(1));
            List<byte[]> all = new ArrayList<>();
            while (all.isEmpty()) {
                b.await(LinkEnd.FOREVER);
                all.addAll(received.takeAll(b));
            }
            assertThat(all).containsExactly(numbered(1));
        }
    }

    @Test
    void whatIsNoProbabilityIsRefused() {
        assertThatThrownBy(() -> new Impairments(1.1, 0, 0, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("loss=1.1 is no probability (from 0 to 1)");
        assertThatThrownBy(() -> new Impairments(0, 0, Double.NaN, 0, 0)).hasMessageStartingWith("reordering=NaN");
        assertThat(Impairments.NONE.harmless()).isTrue();
    }

    private static Integer[] numbers(List<byte[]> frames) {
        return Arrays.stream(frames.toArray(byte[][]::new))
                .map(ImpairedLinkTest::number)
                .toArray(Integer[]::new);
    }
}
