package org.machbed.netstack.tcp;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 6675 and RFC 2018; ten segments of 100 octets are on their way, and their numbers wrap. */
class SackScoreboardTest {
    private static final int MSS = 100;
    private static final int START = -250;
    private static final int END = at(1000);

    private final SackScoreboard board = new SackScoreboard();

    private static int at(int octet) {
        return START + octet;
    }

    @BeforeEach
    void tenSegmentsAreOnTheirWay() {
        board.reset(START, MSS);
        ack(0);
    }

    /** An acknowledgment up to {@code una} with blocks, all counted from the start. */
    private int ack(int una, int... edges) {
        int[] sequences = new int[edges.length];
        for (int i = 0; i < edges.length; i++) {
            sequences[i] = at(edges[i]);
        }
        return board.update(at(una), END, new Blocks(sequences));
    }

    private void expect(NextSegment rule, boolean newData, int from, int length) {
        assertThat(board.nextSegment(newData)).isEqualTo(rule);
        assertThat(board.nextSequence() - START).isEqualTo(from);
        assertThat(board.nextBytes()).isEqualTo(length);
        board.onRetransmitted(rule, board.nextSequence(), board.nextBytes());
    }

    @Test
    void allThatWasSentIsOnItsWay() {
        assertThat(board.pipeBytes()).isEqualTo(1000);
        assertThat(board.sackedBytes()).isZero();
        assertThat(board.isRecoveryDue(2)).isFalse();
        assertThat(board.isRecoveryDue(3)).isTrue();
        assertThat(board.hasReneged()).isFalse();
    }

    @Test
    void blocksCountOnce() {
        assertThat(ack(0, 300, 400)).isEqualTo(100);
        assertThat(ack(0, 300, 400)).isZero();
        assertThat(ack(0, 300, 500, 700, 800)).isEqualTo(200);
        assertThat(board.sackedBytes()).isEqualTo(300);
        assertThat(board.isSacked(at(299))).isFalse();
        assertThat(board.isSacked(at(300))).isTrue();
        assertThat(board.isSacked(at(499))).isTrue();
        assertThat(board.isSacked(at(500))).isFalse();
        assertThat(ack(500)).isZero();
        assertThat(board.sackedBytes()).isEqualTo(100);
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
        assertThat(board.sackedBytes()).isZero();
        // One that reaches around the sequence space begins and ends on the right sides.
        assertThat(ack(200, 300, 400, 0x7000_0000, 0xE000_0000)).isEqualTo(100);
    }

    /** RFC 2883 section 4. */
    @Test
    void duplicatesAreRecognisedAndChangeNothing() {
        ack(300, 100, 200);
        assertThat(board.duplicateReported()).isTrue();
        assertThat(board.sackedBytes()).isZero();
        assertThat(ack(300, 500, 600, 400, 700)).isEqualTo(300);
        assertThat(board.duplicateReported()).isTrue();
        assertThat(ack(300, 400, 700)).isZero();
        assertThat(board.duplicateReported()).isFalse();
    }

    /** IsLost(): DupThresh discontiguous ranges above it. */
    @Test
    void threeRangesAboveMakeALoss() {
        ack(0, 100, 101, 300, 301);
        assertThat(board.isLost(START)).isFalse();
        ack(0, 500, 501);
        assertThat(board.isLost(START)).isTrue();
        assertThat(board.isLost(at(99))).isTrue();
        assertThat(board.isLost(at(101))).isFalse();
    }

    /** IsLost(): more than (DupThresh - 1) * SMSS octets above it. */
    @Test
    void moreThanTwoSegmentsAboveMakeALoss() {
        ack(0, 100, 300);
        assertThat(board.isLost(START)).isFalse();
        ack(0, 100, 301);
        assertThat(board.isLost(START)).isTrue();
        assertThat(board.isRecoveryDue(1)).isTrue();
    }

    /** SetPipe(): what is neither SACKed nor lost, and what was sent again. */
    @Test
    void thePipeLeavesOutWhatArrivedAndWhatIsLost() {
        ack(0, 100, 200);
        assertThat(board.pipeBytes()).isEqualTo(900);
        ack(0, 100, 400);
        assertThat(board.pipeBytes()).as("the first is lost, three arrived").isEqualTo(600);
        board.enterRecovery();
        expect(NextSegment.LOST, false, 0, 100);
        assertThat(board.pipeBytes()).isEqualTo(700);
        ack(100);
    }

    /** Section 5 step 4.2: the oldest segment goes first, also when it is not lost by IsLost(). */
    @Test
    void aRecoveryBeginsWithTheOldestSegment() {
        ack(0, 110, 120);
        board.enterRecovery();
        assertThat(board.recoveryPoint()).isEqualTo(END);
        expect(NextSegment.LOST, true, 0, 100);
        assertThat(board.nextSegment(true)).isEqualTo(NextSegment.NEW_DATA);
    }

    /** NextSeg() rule 1: lost ones, in order, each once; then rule 2: new data; then rule 3. */
    @Test
    void theRulesApplyInOrder() {
        ack(0, 150, 200, 400, 500, 600, 800);
        board.enterRecovery();
        expect(NextSegment.LOST, true, 0, 100);
        expect(NextSegment.LOST, true, 100, 50);
        expect(NextSegment.LOST, true, 200, 100);
        expect(NextSegment.LOST, true, 300, 100);
        assertThat(board.nextSegment(true)).isEqualTo(NextSegment.NEW_DATA);
        expect(NextSegment.UNSACKED, false, 500, 100);
        assertThat(board.nextSegment(false)).as("nothing SACKed above the rest").isEqualTo(NextSegment.NONE);
    }

    /** Rule 4: once, when what was first sent again is acknowledged, and the end of what was sent. */
    @Test
    void theEndIsRescuedOnce() {
        ack(0, 100, 400);
        board.enterRecovery();
        expect(NextSegment.LOST, false, 0, 100);
        assertThat(board.nextSegment(false)).isEqualTo(NextSegment.NONE);
        ack(400);
        expect(NextSegment.RESCUE, false, 900, 100);
        assertThat(board.nextSegment(false)).isEqualTo(NextSegment.NONE);
        ack(500);
        assertThat(board.nextSegment(false)).isEqualTo(NextSegment.NONE);
    }

    @Test
    void aRescueHasTheHighestOctetThatIsNotSacked() {
        ack(0, 100, 400);
        board.enterRecovery();
        expect(NextSegment.LOST, false, 0, 100);
        ack(400, 700, 730, 760, 1000);
        expect(NextSegment.LOST, false, 400, 100);
        expect(NextSegment.LOST, false, 500, 100);
        expect(NextSegment.LOST, false, 600, 100);
        expect(NextSegment.LOST, false, 730, 30);
        expect(NextSegment.RESCUE, false, 730, 30);
    }

    /** Section 5.1: after a timeout all that is not SACKed goes again, from the oldest on, and is not on its way. */
    @Test
    void aTimeoutTakesAllForLost() {
        ack(0, 400, 500);
        board.onRetransmissionTimeout();
        assertThat(board.pipeBytes()).isZero();
        expect(NextSegment.LOST, true, 0, 100);
        assertThat(board.pipeBytes()).isEqualTo(100);
        ack(100, 400, 500);
        for (int octet : new int[] {100, 200, 300, 500, 600, 700, 800, 900}) {
            expect(NextSegment.LOST, true, octet, 100);
        }
        assertThat(board.nextSegment(true)).isEqualTo(NextSegment.NEW_DATA);
        assertThat(board.nextSegment(false)).isEqualTo(NextSegment.NONE);
    }

    /** A second timeout sends the same again. */
    @Test
    void timeoutsRepeat() {
        board.onRetransmissionTimeout();
        expect(NextSegment.LOST, false, 0, 100);
        expect(NextSegment.LOST, false, 100, 100);
        board.onRetransmissionTimeout();
        expect(NextSegment.LOST, false, 0, 100);
    }

    /** RFC 2018 section 8: a peer that acknowledges up to a range and not the range has dropped it. */
    @Test
    void aPeerThatTookSacksBackIsNoticed() {
        ack(0, 100, 300, 500, 600);
        assertThat(board.hasReneged()).isFalse();
        ack(100);
        assertThat(board.hasReneged()).isTrue();
        board.onRetransmissionTimeout();
        assertThat(board.hasReneged()).isFalse();
        assertThat(board.sackedBytes()).isZero();
        expect(NextSegment.LOST, false, 100, 100);
        expect(NextSegment.LOST, false, 200, 100);
    }

    @Test
    void aPeerThatTookBackAPartIsNoticedToo() {
        ack(0, 100, 300);
        ack(200);
        assertThat(board.hasReneged()).isTrue();
        board.forget();
        assertThat(board.pipeBytes()).isEqualTo(800);
    }

    /** A hostile peer cannot make it grow without bound. */
    @Test
    void rangesAreBounded() {
        board.reset(0, MSS);
        int highData = 10_000;
        for (int octet = 1; octet < highData; octet += 2) {
            board.update(0, highData, new Blocks(octet, octet + 1));
        }
        assertThat(board.sackedBytes()).isEqualTo(SequenceRanges.MAXIMUM);
        assertThat(board.update(0, highData, new Blocks(2, 3)))
                .as("what touches is taken")
                .isEqualTo(1);
    }
}
