package org.machbed.netstack.tcp;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 2018 and RFC 2883; ten segments of 100 octets are on their way, and their numbers wrap. */
class SackScoreboardTest {
    private static final int START = -250;

    private final SentSegments segments = new SentSegments();
    private final SackScoreboard board = new SackScoreboard(segments);

    /** Ends of the segments reported, in octets from the start. */
    private final List<Integer> delivered = new ArrayList<>();

    private static int at(int octet) {
        return START + octet;
    }

    @BeforeEach
    void tenSegmentsAreOnTheirWay() {
        board.reset(START);
        for (int end = 100; end <= 1000; end += 100) {
            segments.onSent(at(end), end);
        }
    }

    /** An acknowledgment up to {@code una} with blocks, all counted from the start. */
    private int ack(int una, int... edges) {
        int[] sequences = new int[edges.length];
        for (int i = 0; i < edges.length; i++) {
            sequences[i] = at(edges[i]);
        }
        delivered.clear();
        return board.update(at(una), new Blocks(sequences), (end, _, _) -> delivered.add(end - START));
    }

    @Test
    void blocksCountOnce() {
        assertThat(ack(0, 300, 400)).isEqualTo(100);
        assertThat(delivered).containsExactly(400);
        assertThat(ack(0, 300, 400)).isZero();
        assertThat(delivered).isEmpty();
        assertThat(ack(0, 300, 500, 700, 800)).isEqualTo(200);
        assertThat(delivered).containsExactly(500, 800);
        assertThat(segments.sackedBytes()).isEqualTo(300);
        assertThat(segments.pipeBytes()).isEqualTo(700);
        ack(500);
        assertThat(delivered).as("the others were reported before").containsExactly(100, 200, 300);
        assertThat(segments.sackedBytes()).isEqualTo(100);
    }

    /** RFC 8985 section 6.2 step 3 takes a lower number behind a higher one for reordering, which the order of blocks is not. */
    @Test
    void segmentsAreReportedInOrder() {
        ack(100, 800, 900, 200, 400, 500, 600);
        assertThat(delivered).containsExactly(100, 300, 400, 600, 900);
    }

    /** What was never sent or is acknowledged already, and what is no range. */
    @Test
    void blocksThatCannotBeAreIgnored() {
        ack(200);
        assertThat(ack(200, 900, 1001)).isZero();
        assertThat(ack(200, 400, 300)).isZero();
        assertThat(ack(200, 400, 400)).isZero();
        assertThat(ack(200, 150, 300)).isZero();
        assertThat(ack(200, 200, 300)).isZero();
        assertThat(board.duplicateReported()).isFalse();
        assertThat(segments.sackedBytes()).isZero();
        // One that reaches around the sequence space begins and ends on the right sides.
        assertThat(ack(200, 300, 400, 0x7000_0000, 0xE000_0000)).isEqualTo(100);
    }

    /** A part of a segment may be sent again without harm. */
    @Test
    void segmentsThatArrivedInPartAreMissing() {
        assertThat(ack(0, 150, 450)).isEqualTo(200);
        assertThat(delivered).containsExactly(300, 400);
        assertThat(ack(0, 150, 500)).isEqualTo(100);
    }

    /** RFC 2883 section 4. */
    @Test
    void duplicatesAreRecognisedAndChangeNothing() {
        ack(300, 100, 200);
        assertThat(board.duplicateReported()).isTrue();
        assertThat(board.duplicateReported(at(200))).isTrue();
        assertThat(board.duplicateReported(at(300))).isFalse();
        assertThat(segments.sackedBytes()).isZero();
        assertThat(ack(300, 500, 600, 400, 700)).isEqualTo(300);
        assertThat(board.duplicateReported()).isTrue();
        assertThat(ack(300, 400, 700)).isZero();
        assertThat(board.duplicateReported()).isFalse();
    }

    /** RFC 2018 section 8: a peer that acknowledges up to a segment and not the segment has dropped it. */
    @Test
    void aPeerThatTookSacksBackIsNoticed() {
        ack(0, 100, 300, 500, 600);
        assertThat(board.hasReneged()).isFalse();
        ack(100);
        assertThat(board.hasReneged()).isTrue();
        segments.forgetSacks();
        assertThat(board.hasReneged()).isFalse();
        assertThat(segments.sackedBytes()).isZero();
        assertThat(segments.pipeBytes()).isEqualTo(900);
    }

    @Test
    void aPeerThatTookBackAPartIsNoticedToo() {
        ack(0, 100, 300);
        ack(150);
        assertThat(board.hasReneged()).isTrue();
        assertThat(segments.sackedBytes()).isEqualTo(150);
    }
}
