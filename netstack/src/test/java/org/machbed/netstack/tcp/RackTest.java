package org.machbed.netstack.tcp;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 8985 section 6; segments of 100 octets whose numbers wrap, sent 10 us apart, and a round trip of 1000 us. */
class RackTest {
    private static final int LENGTH = 100;
    private static final int START = -250;
    private static final long US = 1_000;
    private static final long SENT_NS = -5 * US; // a clock may say anything
    private static final long RTT_NS = 1_000 * US;
    private static final long SMOOTHED_NS = 10_000 * US;

    private final Rack rack = new Rack();
    private final SentSegments segments = new SentSegments();

    @BeforeEach
    void tenSegmentsAreOnTheirWay() {
        segments.reset(START);
        rack.start(START);
        for (int i = 0; i < 10; i++) {
            segments.onSent(START + (i + 1) * LENGTH, sentNs(i));
        }
    }

    private static long sentNs(int segment) {
        return SENT_NS + segment * (10L * US);
    }

    /** A segment is SACKed, by default a round trip after it was sent. */
    private void sack(int segment) {
        sack(segment, segments.sentNs(segment) + RTT_NS, false);
    }

    private void sack(int segment, long nowNs, boolean echoIsOlder) {
        rack.onDelivered(
                segments.end(segment), segments.sentNs(segment), segments.isRetransmitted(segment), echoIsOlder, nowNs);
        segments.markSacked(segment);
    }

    private long detect(long nowNs) {
        return rack.detectLoss(segments, false, SMOOTHED_NS, nowNs);
    }

    private void expectLost(Integer... lost) {
        var found = new java.util.ArrayList<Integer>();
        for (int i = 0; i < segments.count(); i++) {
            if (segments.isLost(i)) {
                found.add(i);
            }
        }
        assertThat(found).containsExactly(lost);
    }

    private void retransmit(int segment, long nowNs) {
        segments.markLost(segment);
        segments.onRetransmitted(segment, LENGTH, nowNs);
    }

    /** Section 6.2 step 5: what was sent before something that arrived is lost when the window has passed, and not before. */
    @Test
    void whatWasOvertakenIsLostAfterTheReorderingWindow() {
        sack(1);
        long windowNs = RTT_NS / 4;
        assertThat(detect(sentNs(1) + RTT_NS)).isEqualTo(windowNs - 10 * US);
        expectLost();
        assertThat(detect(sentNs(0) + RTT_NS + windowNs - 1)).isEqualTo(1);
        expectLost();
        assertThat(detect(sentNs(0) + RTT_NS + windowNs)).isZero();
        expectLost(0);
    }

    /** Step 5: the timeout is the longest, so that one look finds all of them. */
    @Test
    void theTimeoutCoversAllThatWereOvertaken() {
        sack(2);
        assertThat(detect(sentNs(2) + RTT_NS)).isEqualTo(RTT_NS / 4 - 10 * US);
        assertThat(detect(sentNs(1) + RTT_NS + RTT_NS / 4)).isZero();
        expectLost(0, 1);
    }

    /** Step 4: without reordering, DupThresh SACKed segments or a recovery need no window. */
    @Test
    void withoutReorderingThreeSegmentsOrARecoveryNeedNoWindow() {
        assertThat(rack.reorderingWindowNs(2, false, SMOOTHED_NS)).isZero();
        sack(1);
        sack(2);
        assertThat(rack.reorderingWindowNs(2, false, SMOOTHED_NS)).isEqualTo(RTT_NS / 4);
        assertThat(rack.reorderingWindowNs(2, true, SMOOTHED_NS)).isZero();
        assertThat(rack.reorderingWindowNs(3, false, SMOOTHED_NS)).isZero();
        sack(3);
        assertThat(detect(sentNs(3) + RTT_NS)).isZero();
        expectLost(0);
    }

    /** Step 3 and 4: once a segment that was sent once arrives behind a later one, there is a window always. */
    @Test
    void reorderingIsRemembered() {
        sack(3);
        sack(2);
        assertThat(rack.reorderingWindowNs(5, true, SMOOTHED_NS)).isEqualTo(RTT_NS / 4);
    }

    /** Step 3: a retransmission that arrives behind later segments is none. */
    @Test
    void aRetransmissionIsNoReordering() {
        sack(3);
        retransmit(0, sentNs(3) + RTT_NS);
        sack(0);
        assertThat(rack.reorderingWindowNs(5, true, SMOOTHED_NS)).isZero();
    }

    /** Step 4: SRTT bounds the window. */
    @Test
    void theWindowIsAtMostTheSmoothedRoundTrip() {
        sack(1);
        assertThat(rack.reorderingWindowNs(1, false, 100 * US)).isEqualTo(100 * US);
    }

    /** Step 1: the least round trip counts, of segments that were sent once. */
    @Test
    void theLeastRoundTripMakesTheWindow() {
        sack(0, sentNs(0) + 3 * RTT_NS, false);
        assertThat(rack.reorderingWindowNs(1, false, SMOOTHED_NS)).isEqualTo(3 * RTT_NS / 4);
        sack(1, sentNs(1) + 2 * RTT_NS, false);
        retransmit(2, sentNs(9));
        sack(2, sentNs(9) + 1, false);
        assertThat(rack.reorderingWindowNs(1, false, SMOOTHED_NS)).isEqualTo(RTT_NS / 2);
    }

    /** Step 4: each round with a D-SACK widens the window by a quarter; 16 recoveries without one narrow it again. */
    @Test
    void duplicatesWidenTheWindowOnceARound() {
        sack(1);
        int next = segments.end();
        rack.onAcknowledgment(START, next, true);
        rack.onAcknowledgment(START, next, true);
        assertThat(rack.reorderingWindowNs(1, false, SMOOTHED_NS)).isEqualTo(2 * (RTT_NS / 4));
        rack.onAcknowledgment(next, next + 1, true);
        assertThat(rack.reorderingWindowNs(1, false, SMOOTHED_NS)).isEqualTo(3 * (RTT_NS / 4));
        for (int i = 0; i < 15; i++) {
            rack.onRecoveryOver();
        }
        assertThat(rack.reorderingWindowNs(1, false, SMOOTHED_NS)).isEqualTo(3 * (RTT_NS / 4));
        rack.onRecoveryOver();
        assertThat(rack.reorderingWindowNs(1, false, SMOOTHED_NS)).isEqualTo(RTT_NS / 4);
    }

    /** Step 2: of segments sent at once the sequence number says which was later. */
    @Test
    void segmentsOfABurstFollowTheirNumbers() {
        segments.reset(START);
        for (int i = 0; i < 5; i++) {
            segments.onSent(START + (i + 1) * LENGTH, SENT_NS);
        }
        for (int i = 1; i < 4; i++) {
            sack(i);
        }
        detect(SENT_NS + RTT_NS);
        expectLost(0);
    }

    /** Step 5: a retransmission is lost when what was sent after it arrives. */
    @Test
    void aLostRetransmissionIsFound() {
        for (int i = 1; i < 4; i++) {
            sack(i);
        }
        long againNs = sentNs(3) + RTT_NS;
        detect(againNs);
        expectLost(0);
        segments.onRetransmitted(0, LENGTH, againNs);
        segments.onSent(segments.end() + LENGTH, againNs + US);
        rack.detectLoss(segments, true, SMOOTHED_NS, againNs + RTT_NS);
        expectLost();
        sack(10);
        rack.detectLoss(segments, true, SMOOTHED_NS, againNs + US + RTT_NS);
        expectLost(0, 4, 5, 6, 7, 8, 9);
        assertThat(rack.foundRetransmissionLost(againNs)).isTrue();
        assertThat(rack.foundRetransmissionLost(againNs + 1))
                .as("one reduction for all that was sent by then")
                .isFalse();
    }

    /** Step 2: an acknowledgment that may be of the first copy says nothing of when the second arrived. */
    @Test
    void anAmbiguousAcknowledgmentOfARetransmissionIsLeftOut() {
        sack(1);
        retransmit(0, sentNs(9) + RTT_NS / 2);
        sack(0, sentNs(9) + RTT_NS, false); // sooner than any round trip
        detect(sentNs(9) + 2 * RTT_NS);
        expectLost();
    }

    /** Step 2: so does a timestamp of before. */
    @Test
    void anEchoOfTheFirstCopyIsLeftOut() {
        sack(1);
        retransmit(0, sentNs(9) + US);
        sack(0, sentNs(9) + US + RTT_NS, true);
        detect(sentNs(9) + 2 * RTT_NS);
        expectLost();
    }

    /** Without anything that arrived there is nothing to compare with. */
    @Test
    void nothingIsLostBeforeAnythingArrived() {
        assertThat(detect(sentNs(9) + 1000 * RTT_NS)).isZero();
        expectLost();
    }

    /** Section 6.3: a timeout takes the oldest, and what has been on its way for a round trip. */
    @Test
    void aTimeoutTakesTheOldestAndWhatIsOverdue() {
        sack(1);
        sack(2);
        sack(3);
        rack.markLostOnTimeout(segments, SMOOTHED_NS, sentNs(6) + RTT_NS);
        expectLost(0, 4, 5, 6);
    }

    @Test
    void aTimeoutTakesTheOldestHoweverYoung() {
        sack(1);
        segments.onRetransmitted(0, LENGTH, sentNs(5) + RTT_NS);
        rack.markLostOnTimeout(segments, SMOOTHED_NS, sentNs(5) + RTT_NS);
        expectLost(0, 2, 3, 4, 5);
    }

    /** Section 6.2 step 1: the path may become longer for good. */
    @Test
    void theLeastRoundTripIsForgottenInTime() {
        MinimumRtt minimum = new MinimumRtt();
        assertThat(minimum.ns()).isZero();
        minimum.onSample(5, 0);
        minimum.onSample(9, 1);
        assertThat(minimum.ns()).isEqualTo(5);
        minimum.onSample(9, MinimumRtt.PERIOD_NS);
        assertThat(minimum.ns()).isEqualTo(5);
        minimum.onSample(9, 2 * MinimumRtt.PERIOD_NS);
        assertThat(minimum.ns()).isEqualTo(9);
    }
}
