package org.machbed.netstack.tcp.congestion;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** RFC 9438. */
class CubicTest {
    private static final int MSS = 1000;
    private static final long SECOND = 1_000_000_000L;

    private final CongestionControl control = CongestionAlgorithm.CUBIC.create();
    private long nowNs = -3 * SECOND;

    @BeforeEach
    void start() {
        control.start(MSS, false);
    }

    private double segments() {
        return control.windowBytes() / (double) MSS;
    }

    /** Acknowledges window after window, one each {@code rttNs}, two segments at a time. */
    private void run(long durationNs, long rttNs) {
        for (long round = 0; round < durationNs / rttNs; round++) {
            long beginNs = nowNs;
            long acks = Math.max(1, control.windowBytes() / (2 * MSS));
            for (long i = 1; i <= acks; i++) {
                nowNs = beginNs + rttNs * i / acks;
                control.onAck(2 * MSS, control.windowBytes(), rttNs, nowNs);
            }
        }
    }

    /** Brings the window to a size by slow start, and loses there. */
    private void loseAt(int size) {
        while (segments() < size) {
            control.onAck(
                    Math.min(2 * MSS, size * (long) MSS - control.windowBytes()), control.windowBytes(), 0, nowNs);
        }
        control.enterRecovery(control.windowBytes(), false, nowNs);
        control.exitRecovery(0, nowNs);
    }

    /** W_cubic of section 4.2, with K of equation 2. */
    private static double cubic(double seconds, double maximum, double atStart) {
        double k = Math.cbrt((maximum - atStart) / 0.4);
        return 0.4 * Math.pow(seconds - k, 3) + maximum;
    }

    /** Section 4.6: 0.7 of the flight, and of no fewer than two segments. */
    @Test
    void aLossLeavesSevenTenths() {
        loseAt(1000);
        assertThat(segments()).isEqualTo(700);
        assertThat(control.slowStartThresholdBytes()).isEqualTo(700_000);
        control.enterRecovery(MSS, false, nowNs);
        assertThat(control.slowStartThresholdBytes()).isEqualTo(2 * MSS);
    }

    /** Section 4.2, concave region (4.4): along the function, flat where the loss was, and one round trip ahead at most. */
    @Test
    void theWindowFollowsTheCubicFunction() {
        loseAt(1000);
        long rttNs = SECOND / 10;
        for (int second = 1; second <= 8; second++) {
            run(SECOND, rttNs);
            double low = cubic(second - 0.2, 1000, 700);
            double high = cubic(second + 0.2, 1000, 700);
            assertThat(segments()).as("after %d s", second).isBetween(low - 2, high + 2);
        }
        run(SECOND, rttNs);
        assertThat(segments()).as("near K, 9.1 s").isCloseTo(1000, within(2.0));
    }

    /** Section 4.5: beyond the plateau it grows faster and faster, but by no more than half in a round trip (4.2). */
    @Test
    void theConvexRegionProbes() {
        loseAt(1000);
        run(12 * SECOND, SECOND / 10);
        double twelve = segments();
        run(2 * SECOND, SECOND / 10);
        double fourteen = segments();
        run(2 * SECOND, SECOND / 10);
        assertThat(segments() - fourteen).isGreaterThan(fourteen - twelve);
        double before = segments();
        nowNs += 1000 * SECOND;
        run(SECOND / 10, SECOND / 10);
        assertThat(segments()).isBetween(1.4 * before, 1.5 * before + 2);
    }

    /** Section 4.3: where Reno is faster - short round trips - it is no slower. */
    @Test
    void isAsFastAsRenoWhereRenoIsFaster() {
        loseAt(20);
        long rttNs = SECOND / 1000;
        run(200 * rttNs, rttNs);
        double alpha = 3 * 0.3 / 1.7;
        // W_est grows by alpha a round trip up to cwnd_prior, and by 1 afterwards
        double rounds = 6 / alpha;
        double reno = 20 + (200 - rounds);
        assertThat(segments()).isCloseTo(reno, within(0.05 * reno));
    }

    /** Section 4.7: a second loss below the first leaves room for others. */
    @Test
    void convergesFast() {
        loseAt(1000);
        control.enterRecovery(control.windowBytes(), false, nowNs);
        control.exitRecovery(0, nowNs);
        assertThat(segments()).isEqualTo(490);
        long rttNs = SECOND / 10;
        double maximum = 700 * (1 + 0.7) / 2;
        double k = Math.cbrt((maximum - 490) / 0.4);
        run((long) (k * SECOND), rttNs);
        assertThat(segments()).isCloseTo(maximum, within(3.0));
    }

    /** Section 4.8: one segment, a threshold of 0.7, and then a stage that begins flat at its own size. */
    @Test
    void aTimeoutBeginsAtItsOwnSize() {
        loseAt(1000);
        control.onRetransmissionTimeout(700 * MSS, true, nowNs);
        assertThat(segments()).isEqualTo(1);
        assertThat(control.slowStartThresholdBytes()).isEqualTo(490 * MSS);
        while (segments() < 490) {
            control.onAck(2 * MSS, control.windowBytes(), 0, nowNs);
        }
        run(2 * SECOND, SECOND / 10);
        assertThat(segments()).isCloseTo(490 + 0.4 * 8, within(8.0));
    }

    /** Section 5.8: time without data to send does not let the window jump. */
    @Test
    void timeWithoutNeedDoesNotCount() {
        loseAt(1000);
        run(9 * SECOND, SECOND / 10);
        double before = segments();
        for (int i = 0; i < 100; i++) {
            nowNs += SECOND;
            control.onAck(MSS, MSS, SECOND / 10, nowNs);
        }
        assertThat(segments()).isEqualTo(before);
        run(SECOND / 5, SECOND / 10);
        assertThat(segments()).isCloseTo(before, within(3.0));
    }

    @Test
    void equalEventsGiveEqualWindows() {
        CubicTest other = new CubicTest();
        other.start();
        loseAt(300);
        other.loseAt(300);
        run(5 * SECOND, 12_345_678);
        other.run(5 * SECOND, 12_345_678);
        assertThat(control.windowBytes()).isEqualTo(other.control.windowBytes());
    }
}
