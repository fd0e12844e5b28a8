package org.machbed.netstack.tcp;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 8985 section 5.2. */
class SentSegmentsTest {
    private static final int START = -250;

    private final SentSegments segments = new SentSegments();

    private void send(int count) {
        segments.reset(START);
        for (int i = 1; i <= count; i++) {
            segments.onSent(START + 100 * i, i);
        }
    }

    @Test
    void thePipeLeavesOutWhatArrivedAndWhatIsLost() {
        send(10);
        assertThat(segments.pipeBytes()).isEqualTo(1000);
        segments.markSacked(3);
        segments.markLost(0);
        segments.markLost(0);
        segments.markLost(3);
        assertThat(segments.lostBytes()).isEqualTo(100);
        assertThat(segments.pipeBytes()).isEqualTo(800);
        assertThat(segments.firstLost()).isZero();
        segments.onRetransmitted(0, 100, 50);
        assertThat(segments.pipeBytes()).isEqualTo(900);
        assertThat(segments.firstLost()).isEqualTo(-1);
        assertThat(segments.sentNs(0)).isEqualTo(50);
        assertThat(segments.isRetransmitted(0)).isTrue();
        segments.markLost(0);
        segments.markSacked(0);
        assertThat(segments.lostBytes()).isZero();
        assertThat(segments.pipeBytes()).isEqualTo(800);
    }

    /** RFC 9293 section 3.8.4: what is sent again may be put together, or into smaller pieces. */
    @Test
    void segmentsAreSentAgainTogether() {
        send(4);
        segments.markAllLost();
        assertThat(segments.lostRunBytes(0, 350)).isEqualTo(350);
        assertThat(segments.lostRunBytes(2, 350)).isEqualTo(200);
        segments.onRetransmitted(0, 300, 50);
        assertThat(segments.lostBytes()).isEqualTo(100);
        assertThat(segments.count()).isEqualTo(4);
        assertThat(segments.firstLost()).isEqualTo(3);
    }

    @Test
    void aPartOfASegmentBecomesOne() {
        send(17); // more than the arrays had room for
        segments.removeFirst();
        segments.markLost(1);
        segments.markSacked(2);
        segments.onRetransmitted(1, 60, 50);
        assertThat(segments.count()).isEqualTo(17);
        assertThat(segments.lengthBytes(1)).isEqualTo(60);
        assertThat(segments.lengthBytes(2)).isEqualTo(40);
        assertThat(segments.isLost(1)).isFalse();
        assertThat(segments.isLost(2)).isTrue();
        assertThat(segments.isSacked(3)).isTrue();
        assertThat(segments.lostBytes()).isEqualTo(40);
        assertThat(segments.end()).isEqualTo(START + 1700);
        assertThat(segments.firstFrom(segments.start(2))).isEqualTo(2);
        assertThat(segments.firstFrom(segments.start(2) + 1)).isEqualTo(3);
        assertThat(segments.firstFrom(segments.end())).isEqualTo(17);
    }

    /** Whatever happens, the sums are those of the segments. */
    @Test
    void sumsAgree() {
        for (int seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            segments.reset(random.nextInt());
            for (int step = 0; step < 300; step++) {
                step(random);
                check();
            }
        }
    }

    private void step(SplittableRandom random) {
        int any = segments.isEmpty() ? -1 : random.nextInt(segments.count());
        switch (any < 0 ? 0 : random.nextInt(7)) {
            case 0 -> segments.onSent(segments.end() + 1 + random.nextInt(100), random.nextLong());
            case 1 -> segments.removeFirst();
            case 2 -> segments.cut(segments.start(0) + random.nextInt(segments.lengthBytes(0)));
            case 3 -> {
                if (!segments.isSacked(any)) {
                    segments.markSacked(any);
                }
            }
            case 4 -> segments.markLost(any);
            case 5 -> segments.onRetransmitted(any, 1 + random.nextInt(segments.end() - segments.start(any)), 0);
            default -> {
                if (random.nextInt(10) == 0) {
                    segments.forgetSacks();
                }
            }
        }
    }

    private void check() {
        int sacked = 0;
        int sackedCount = 0;
        int lost = 0;
        int firstLost = -1;
        for (int i = 0; i < segments.count(); i++) {
            assertThat(segments.lengthBytes(i)).isPositive();
            assertThat(segments.isSacked(i) && segments.isLost(i)).isFalse();
            sacked += segments.isSacked(i) ? segments.lengthBytes(i) : 0;
            sackedCount += segments.isSacked(i) ? 1 : 0;
            lost += segments.isLost(i) ? segments.lengthBytes(i) : 0;
            firstLost = firstLost < 0 && segments.isLost(i) ? i : firstLost;
        }
        assertThat(segments.sackedBytes()).isEqualTo(sacked);
        assertThat(segments.sackedCount()).isEqualTo(sackedCount);
        assertThat(segments.lostBytes()).isEqualTo(lost);
        assertThat(segments.firstLost()).isEqualTo(firstLost);
        assertThat(segments.pipeBytes()).isEqualTo(segments.end() - segments.start(0) - sacked - lost);
    }
}
