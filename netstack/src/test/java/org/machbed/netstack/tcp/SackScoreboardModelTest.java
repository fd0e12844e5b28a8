package org.machbed.netstack.tcp;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 6675 section 4 word by word, octet by octet, against {@link SackScoreboard} for random acknowledgments. */
class SackScoreboardModelTest {
    private static final int OCTETS = 400;
    private static final int MSS = 10;

    private final boolean[] sacked = new boolean[OCTETS];
    private int una;
    private int highData;

    /** HighRxt + 1. */
    private int highRetransmitted;

    /** IsLost(SeqNum). */
    private boolean isLost(int octet) {
        int ranges = 0;
        int octets = 0;
        for (int i = octet + 1; i < highData; i++) {
            octets += sacked[i] ? 1 : 0;
            ranges += sacked[i] && !sacked[i - 1] ? 1 : 0;
        }
        return ranges >= 3 || octets > 2 * MSS;
    }

    /** SetPipe(). */
    private int pipe() {
        int pipe = 0;
        for (int i = una; i < highData; i++) {
            if (!sacked[i]) {
                pipe += isLost(i) ? 0 : 1;
                pipe += i < highRetransmitted ? 1 : 0;
            }
        }
        return pipe;
    }

    /** The octet that rule 1, or with {@code anyHole} rule 3, says; -1 for none. */
    private int nextHole(boolean anyHole) {
        int highest = -1;
        for (int i = una; i < highData; i++) {
            highest = sacked[i] ? i : highest;
        }
        for (int i = Math.max(una, highRetransmitted); i < highest; i++) {
            if (!sacked[i] && (anyHole || isLost(i))) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void doesAsTheRfcSaysOctetByOctet() {
        for (int seed = 0; seed < 300; seed++) {
            run(new SplittableRandom(seed));
        }
    }

    private void run(SplittableRandom random) {
        java.util.Arrays.fill(sacked, false);
        una = 0;
        highData = 0;
        highRetransmitted = 0;
        int start = random.nextInt();
        SackScoreboard board = new SackScoreboard();
        board.reset(start, MSS);
        boolean recovering = false;
        for (int step = 0; step < 120 && una < OCTETS - 1; step++) {
            highData = Math.min(OCTETS, highData + random.nextInt(3 * MSS));
            acknowledge(random);
            board.update(start + una, start + highData, randomBlock(random, start));
            assertThat(board.pipeBytes()).isEqualTo(pipe());
            for (int i = una; i < highData; i++) {
                assertThat(board.isSacked(start + i)).isEqualTo(sacked[i]);
                if (!sacked[i]) {
                    assertThat(board.isLost(start + i)).as("octet %d", i).isEqualTo(isLost(i));
                }
            }
            if (!recovering && board.isRecoveryDue(0)) {
                recovering = true;
                highRetransmitted = una;
                board.enterRecovery();
            }
            if (recovering) {
                compareNext(board, start);
            }
        }
    }

    /** Moves {@code una} to an octet that is not SACKed, as an honest receiver does. */
    private void acknowledge(SplittableRandom random) {
        if (random.nextInt(4) == 0) {
            una = Math.min(highData, una + random.nextInt(2 * MSS));
            while (una < highData && sacked[una]) {
                una++;
            }
            highRetransmitted = Math.max(highRetransmitted, una);
        }
    }

    private SackBlocks randomBlock(SplittableRandom random, int start) {
        int room = highData - una - 1;
        if (room <= 0) {
            return Blocks.NONE;
        }
        int left = una + 1 + random.nextInt(room);
        int right = Math.min(highData, left + 1 + random.nextInt(MSS));
        for (int i = left; i < right; i++) {
            sacked[i] = true;
        }
        return new Blocks(start + left, start + right);
    }

    private void compareNext(SackScoreboard board, int start) {
        NextSegment rule = board.nextSegment(false);
        int lost = nextHole(false);
        int hole = nextHole(true);
        if (lost >= 0) {
            assertThat(rule).isEqualTo(NextSegment.LOST);
            assertThat(board.nextSequence() - start).isEqualTo(lost);
        } else if (hole >= 0) {
            assertThat(rule).isEqualTo(NextSegment.UNSACKED);
            assertThat(board.nextSequence() - start).isEqualTo(hole);
        } else {
            assertThat(rule).isIn(NextSegment.RESCUE, NextSegment.NONE);
        }
        if (rule.isRetransmission()) {
            assertThat(board.nextBytes()).isBetween(1, MSS);
            board.onRetransmitted(rule, board.nextSequence(), board.nextBytes());
            if (rule != NextSegment.RESCUE) {
                highRetransmitted = board.nextSequence() - start + board.nextBytes();
            }
        }
    }
}
