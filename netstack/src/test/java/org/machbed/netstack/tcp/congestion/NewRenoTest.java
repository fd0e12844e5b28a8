package org.machbed.netstack.tcp.congestion;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 5681 and RFC 6582; what CUBIC shares with it is tested here. */
class NewRenoTest {
    private static final int MSS = 1000;

    private final CongestionControl control = CongestionAlgorithm.NEW_RENO.create();

    @BeforeEach
    void start() {
        control.start(MSS, false);
    }

    /** A whole window is acknowledged, two segments at a time. */
    private void acknowledgeWindow() {
        long flight = control.windowBytes();
        for (long left = flight; left > 0; left -= 2 * MSS) {
            control.onAck(Math.min(left, 2 * MSS), flight, 0, 0);
        }
    }

    /** RFC 6928 section 2: min(10 MSS, max(2 MSS, 14600)). */
    @Test
    void beginsWithTenSegments() {
        assertThat(control.windowBytes()).isEqualTo(10 * MSS);
        control.start(1460, false);
        assertThat(control.windowBytes()).isEqualTo(14_600);
        control.start(8960, false);
        assertThat(control.windowBytes()).isEqualTo(17_920);
        control.start(2000, false);
        assertThat(control.windowBytes()).isEqualTo(14_600);
        assertThat(control.slowStartThresholdBytes()).isEqualTo(Long.MAX_VALUE);
    }

    /** RFC 5681 section 3.1: after a lost SYN, one segment. */
    @Test
    void beginsWithOneAfterALostHandshake() {
        control.start(MSS, true);
        assertThat(control.windowBytes()).isEqualTo(MSS);
    }

    /** RFC 5681 section 3.1 with RFC 3465 section 2.2: what is acknowledged, up to two segments each time. */
    @Test
    void slowStartDoublesTheWindowEveryRoundTrip() {
        acknowledgeWindow();
        assertThat(control.windowBytes()).isEqualTo(20 * MSS);
        control.onAck(10 * MSS, 20 * MSS, 0, 0);
        assertThat(control.windowBytes())
                .as("one acknowledgment of ten segments")
                .isEqualTo(22 * MSS);
        control.onAck(100, 22 * MSS, 0, 0);
        assertThat(control.windowBytes()).as("of a part of one").isEqualTo(22 * MSS + 100);
    }

    /** RFC 7661: an application that sends little proves nothing about the path. */
    @Test
    void aWindowThatIsNotInUseDoesNotGrow() {
        control.onAck(MSS, 4 * MSS, 0, 0);
        assertThat(control.windowBytes()).isEqualTo(10 * MSS);
        control.enterRecovery(20 * MSS, false, 0);
        control.exitRecovery(0, 0);
        for (int i = 0; i < 100; i++) {
            control.onAck(MSS, 5 * MSS, 0, 0);
        }
        assertThat(control.windowBytes()).isEqualTo(10 * MSS);
    }

    /** RFC 5681 section 3.2 step 2, equation 4: half of the flight, not of the window. */
    @Test
    void aLossHalvesTheFlight() {
        control.enterRecovery(8 * MSS, false, 0);
        assertThat(control.slowStartThresholdBytes()).isEqualTo(4 * MSS);
        assertThat(control.windowBytes()).isEqualTo(4 * MSS);
        control.onDuplicateAck();
        control.onPartialAck(MSS);
        assertThat(control.windowBytes()).as("with SACK the pipe counts").isEqualTo(4 * MSS);
        control.exitRecovery(MSS, 0);
        assertThat(control.windowBytes()).isEqualTo(4 * MSS);
    }

    /** Equation 4: no less than two segments. */
    @Test
    void theThresholdIsAtLeastTwoSegments() {
        control.enterRecovery(MSS, false, 0);
        assertThat(control.slowStartThresholdBytes()).isEqualTo(2 * MSS);
        assertThat(control.windowBytes()).isEqualTo(2 * MSS);
    }

    /** RFC 5681 section 3.2 steps 3 and 4. */
    @Test
    void withoutSackTheWindowInflatesByWhatLeftTheNetwork() {
        control.enterRecovery(10 * MSS, true, 0);
        assertThat(control.windowBytes()).isEqualTo(8 * MSS);
        control.onDuplicateAck();
        assertThat(control.windowBytes()).isEqualTo(9 * MSS);
    }

    /** RFC 6582 section 3.2 step 3, partial acknowledgments: deflate by what was acknowledged, add back one segment. */
    @Test
    void aPartialAcknowledgmentDeflatesTheWindow() {
        control.enterRecovery(10 * MSS, true, 0);
        control.onPartialAck(3 * MSS);
        assertThat(control.windowBytes()).isEqualTo(6 * MSS);
        control.onPartialAck(MSS / 2);
        assertThat(control.windowBytes())
                .as("less than a segment: none added back")
                .isEqualTo(5 * MSS + MSS / 2);
        control.onPartialAck(100 * MSS);
        assertThat(control.windowBytes()).isEqualTo(MSS);
    }

    /** The same step, full acknowledgments, option 1: min(ssthresh, max(FlightSize, SMSS) + SMSS). */
    @Test
    void aFullAcknowledgmentEndsTheRecoveryWithoutABurst() {
        control.enterRecovery(10 * MSS, true, 0);
        control.exitRecovery(0, 0);
        assertThat(control.windowBytes()).isEqualTo(2 * MSS);
        control.enterRecovery(20 * MSS, true, 0);
        control.exitRecovery(20 * MSS, 0);
        assertThat(control.windowBytes()).isEqualTo(10 * MSS);
        control.onDuplicateAck();
        assertThat(control.windowBytes()).as("the recovery is over").isEqualTo(10 * MSS);
    }

    /** RFC 3465 section 2.1: one segment per window acknowledged. */
    @Test
    void congestionAvoidanceAddsASegmentEveryRoundTrip() {
        control.enterRecovery(20 * MSS, false, 0);
        control.exitRecovery(0, 0);
        for (int round = 11; round < 20; round++) {
            acknowledgeWindow();
            assertThat(control.windowBytes()).isEqualTo((long) round * MSS);
        }
    }

    /** RFC 5681 section 3.1: slow start ends at the threshold, and goes no further. */
    @Test
    void slowStartEndsAtTheThreshold() {
        control.onRetransmissionTimeout(5 * MSS, true, 0);
        control.onAck(2 * MSS, MSS, 0, 0);
        assertThat(control.windowBytes())
                .as("RFC 3465 section 2.3: one segment")
                .isEqualTo(2000);
        control.onAck(2 * MSS, 2000, 0, 0);
        assertThat(control.windowBytes()).isEqualTo(2500);
        control.onAck(2 * MSS, 2500, 0, 0);
        assertThat(control.windowBytes()).isEqualTo(2500);
    }

    /** RFC 5681 section 3.1: the loss window is one segment; the threshold falls once for a segment sent again and again. */
    @Test
    void aTimeoutLeavesOneSegment() {
        control.onRetransmissionTimeout(10 * MSS, true, 0);
        assertThat(control.windowBytes()).isEqualTo(MSS);
        assertThat(control.slowStartThresholdBytes()).isEqualTo(5 * MSS);
        control.onRetransmissionTimeout(MSS, false, 0);
        assertThat(control.windowBytes()).isEqualTo(MSS);
        assertThat(control.slowStartThresholdBytes()).isEqualTo(5 * MSS);
    }

    /** RFC 5681 section 4.1: RW = min(IW, cwnd). */
    @Test
    void aRestBringsTheInitialWindowBack() {
        acknowledgeWindow();
        control.onIdleRestart(0);
        assertThat(control.windowBytes()).isEqualTo(10 * MSS);
        control.onRetransmissionTimeout(4 * MSS, true, 0);
        control.onIdleRestart(0);
        assertThat(control.windowBytes()).isEqualTo(MSS);
    }

    @Test
    void aNewSegmentSizeFitsInTheWindow() {
        control.onRetransmissionTimeout(4 * MSS, true, 0);
        control.onSegmentSize(2 * MSS);
        assertThat(control.windowBytes()).isEqualTo(2 * MSS);
        control.onSegmentSize(MSS);
        assertThat(control.windowBytes()).isEqualTo(2 * MSS);
    }

    @Test
    void windowsAreBounded() {
        for (int i = 0; i < 100; i++) {
            long flight = control.windowBytes();
            for (int j = 0; j < 20_000; j++) {
                control.onAck(2 * MSS, flight, 0, 0);
            }
        }
        assertThat(control.windowBytes()).isEqualTo(LossBasedControl.MAXIMUM_WINDOW_BYTES);
    }
}
