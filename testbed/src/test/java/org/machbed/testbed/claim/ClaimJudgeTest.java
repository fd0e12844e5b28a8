package org.machbed.testbed.claim;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.RowSpec.RowRole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class ClaimJudgeTest {
    private static final Map<Crossing, Long> TRAPS = Map.of(Crossing.TRAPS, 4L, Crossing.FRAMES_SENT, 2L);
    private static final Map<Crossing, Long> MESSAGES =
            Map.of(Crossing.TRAPS, 2L, Crossing.MESSAGES, 8L, Crossing.KERNEL_MESSAGES, 2L, Crossing.FRAMES_SENT, 2L);

    private static final RowResult KERNEL = Rows.row("in-kernel", "", RowRole.REFERENCE, 50, TRAPS);
    private static final RowResult AGAIN = Rows.row("in-kernel", "", RowRole.SAME_AGAIN, 50.5, TRAPS);

    @Test
    void bandsJudgeIntervals() {
        var band = new Band(0.8, 1.25);

        assertThat(band.judge(new Interval(0.9, 1, 1.1))).isEqualTo(Verdict.HOLDS);
        assertThat(band.judge(new Interval(1.3, 1.4, 1.5))).isEqualTo(Verdict.FAILS);
        assertThat(band.judge(new Interval(0.5, 0.6, 0.7))).isEqualTo(Verdict.FAILS);
        assertThat(band.judge(new Interval(1.2, 1.24, 1.3))).isEqualTo(Verdict.CANNOT_TELL);
        assertThat(band.judge(Interval.exactly(Double.NaN))).isEqualTo(Verdict.CANNOT_TELL);
        assertThat(band.text()).isEqualTo("0.8 to 1.25");
        assertThat(new Band(0, 2).text()).isEqualTo("at most 2");
        assertThat(new Band(2, Double.POSITIVE_INFINITY).text()).isEqualTo("at least 2");
    }

    @Test
    void oneFailureIsEnoughAndAllMustHold() {
        assertThat(Verdict.HOLDS.and(Verdict.HOLDS)).isEqualTo(Verdict.HOLDS);
        assertThat(Verdict.HOLDS.and(Verdict.CANNOT_TELL)).isEqualTo(Verdict.CANNOT_TELL);
        assertThat(Verdict.CANNOT_TELL.and(Verdict.FAILS)).isEqualTo(Verdict.FAILS);
    }

    @Test
    void aClearRatioHolds() {
        ClaimResult result = judge(
                new ClaimRule.Ratio("server-ipc", List.of("server-ipc-vm"), new Band(0, 1)),
                KERNEL,
                AGAIN,
                Rows.row("server-ipc", "grpc", RowRole.COMPARED, 300, MESSAGES),
                Rows.row("server-ipc-vm", "grpc", RowRole.COMPARED, 400, MESSAGES));

        assertThat(result.verdict()).isEqualTo(Verdict.HOLDS);
        assertThat(result.measured().value()).isCloseTo(0.75, within(0.01));
        assertThat(result.because()).contains("server-ipc takes 0.75 times as long as server-ipc-vm");
    }

    @Test
    void whatLiesWithinTheNoiseCannotBeTold() {
        ClaimResult result = judge(
                new ClaimRule.Ratio("server-ipc", List.of("server-ipc-vm"), new Band(0, 1)),
                KERNEL,
                Rows.row("in-kernel", "", RowRole.SAME_AGAIN, 54, TRAPS),
                Rows.row("server-ipc", "grpc", RowRole.COMPARED, 380, MESSAGES),
                Rows.row("server-ipc-vm", "grpc", RowRole.COMPARED, 400, MESSAGES));

        assertThat(result.verdict()).isEqualTo(Verdict.CANNOT_TELL);
    }

    @Test
    void oneRoundTellsNoRowsApart() {
        Evidence evidence = evidence(
                Rows.oneRound(KERNEL),
                Rows.oneRound(AGAIN),
                Rows.oneRound(Rows.row("server-ipc", "grpc", RowRole.COMPARED, 300, MESSAGES)),
                Rows.oneRound(Rows.row("server-ipc-vm", "grpc", RowRole.COMPARED, 600, MESSAGES)));
        ClaimResult ratio = ClaimJudge.judge(
                        List.of(claim(new ClaimRule.Ratio("server-ipc", List.of("server-ipc-vm"), new Band(0, 1)))),
                        evidence)
                .getFirst();
        ClaimResult explained = ClaimJudge.judge(
                        List.of(claim(new ClaimRule.Explained(List.of("server-ipc"), new Band(0, 1.3)))), evidence)
                .getFirst();

        assertThat(evidence.knowsNoise()).isFalse();
        assertThat(evidence.rows())
                .extracting(row -> row.verdict(evidence.noiseFloor()))
                .containsExactly("reference", "same again", "cannot tell", "cannot tell");
        assertThat(ratio.verdict()).isEqualTo(Verdict.CANNOT_TELL);
        assertThat(ratio.because())
                .contains("0.50 times", "one round does not tell")
                .doesNotContain("Infinity");
        assertThat(explained.verdict()).isEqualTo(Verdict.CANNOT_TELL);
    }

    @Test
    void aFailureShowsTheBreakEvenAndTheOtherCarrier() {
        List<ClaimResult> results = ClaimJudge.judge(
                List.of(claim(new ClaimRule.Ratio("udp-server", List.of("in-kernel"), new Band(0.8, 1.25)))),
                evidence(
                        KERNEL,
                        AGAIN,
                        Rows.row("udp-server", "grpc", RowRole.COMPARED, 300, MESSAGES),
                        Rows.row("udp-server", "chronicle", RowRole.COMPARED, 61, MESSAGES)));

        ClaimResult result = results.getFirst();
        assertThat(result.verdict()).isEqualTo(Verdict.FAILS);
        assertThat(result.because())
                .contains("8 messages between tasks against 0")
                .contains("A message costs 30.0 us here, as much as 6.0 null traps (in 1992: 2.3)")
                .contains("Break-even");
        assertThat(result.withChronicle()).isNotNull();
        assertThat(result.withChronicle().verdict()).isEqualTo(Verdict.HOLDS);
    }

    @Test
    void breakEvenIsWhatMessagesMayCost() {
        // 300 us, of which 8 x 30 + 2 x 20 = 280 are messages; the limit is 1.25 x 50 = 62.5, so messages may take
        // 42.5.
        JudgedRow row =
                JudgedRow.of(Rows.row("udp-server", "grpc", RowRole.COMPARED, 300, MESSAGES), KERNEL, Rows.COSTS);
        JudgedRow kernel = JudgedRow.of(KERNEL, KERNEL, Rows.COSTS);

        assertThat(BreakEven.affordableShare(row, kernel, 1.25).orElseThrow()).isCloseTo(42.5 / 280, within(0.01));
    }

    @Test
    void theWorstOfSeveralDecides() {
        ClaimResult result = judge(
                new ClaimRule.Ratio("udp-server", List.of("server-ipc", "server-syscall"), new Band(0, 1)),
                KERNEL,
                AGAIN,
                Rows.row("udp-server", "grpc", RowRole.COMPARED, 200, MESSAGES),
                Rows.row("server-ipc", "grpc", RowRole.COMPARED, 300, MESSAGES),
                Rows.row("server-syscall", "grpc", RowRole.COMPARED, 150, MESSAGES));

        assertThat(result.verdict()).isEqualTo(Verdict.FAILS);
        assertThat(result.parts()).extracting(ClaimResult.Part::verdict).containsExactly(Verdict.HOLDS, Verdict.FAILS);
        assertThat(result.because()).contains("server-syscall");
    }

    @Test
    void whatIsMissingCannotBeTold() {
        ClaimResult result =
                judge(new ClaimRule.Ratio("udp-server", List.of("in-kernel"), new Band(0, 1)), KERNEL, AGAIN);

        assertThat(result.verdict()).isEqualTo(Verdict.CANNOT_TELL);
        assertThat(result.because()).isEqualTo("udp-server was not measured.");
    }

    @Test
    void comparesMeasuredWithPredicted() {
        // Predicted for in-kernel: 4 traps of 5 us and 2 frames of 4 us.
        ClaimResult explained = judge(new ClaimRule.Explained(List.of("in-kernel"), new Band(0, 2)), KERNEL, AGAIN);

        assertThat(explained.measured().value()).isCloseTo(50.0 / 28, within(0.02));
        assertThat(explained.verdict()).isEqualTo(Verdict.HOLDS);
        assertThat(explained.because()).contains("predicted 28 us, measured 50 us, unexplained 22 us");
    }

    /** Predicted for each: 28 us. One takes 0.6 times as long, which an upper bound allows, the other 1.34 times. */
    @Test
    void theRowBeyondTheBandIsExplainedRatherThanTheOneFurthestFromItsPrediction() {
        ClaimResult result = judge(
                new ClaimRule.Explained(List.of("server-mapped", "server-syscall"), new Band(0, 1.3)),
                KERNEL,
                AGAIN,
                Rows.row("server-mapped", "grpc", RowRole.COMPARED, 28 * 0.60, TRAPS),
                Rows.row("server-syscall", "grpc", RowRole.COMPARED, 28 * 1.34, TRAPS));

        assertThat(result.parts()).extracting(ClaimResult.Part::verdict).containsExactly(Verdict.HOLDS, Verdict.FAILS);
        assertThat(result.measured().value()).isCloseTo(1.34, within(0.02));
        assertThat(result.because()).startsWith("Worst is server-syscall: predicted 28 us");
    }

    @Test
    void ofABandWithTwoEndsTheFurthestBeyondEitherIsWorst() {
        var band = new Band(0.8, 1.25);

        assertThat(band.excess(0.5)).isGreaterThan(band.excess(1.3)).isPositive();
        assertThat(band.excess(1.3)).isPositive();
        assertThat(band.excess(1.0)).isNegative();
        assertThat(new Band(0, 1.3).excess(0.6)).isLessThan(new Band(0, 1.3).excess(1.2));
        assertThat(new Band(2, Double.POSITIVE_INFINITY).excess(3)).isNegative();
    }

    @Test
    void comparesPrimitives() {
        assertThat(judge(
                                new ClaimRule.PrimitiveRatio("nullTrap", "bareFutexRoundTrip", new Band(0, 1.5)),
                                KERNEL,
                                AGAIN)
                        .verdict())
                .isEqualTo(Verdict.HOLDS);
        assertThat(judge(
                                new ClaimRule.PrimitiveRatio("nullRpc", "bareGrpcStreamRoundTrip", new Band(0, 2)),
                                KERNEL,
                                AGAIN)
                        .verdict())
                .isEqualTo(Verdict.FAILS);
        assertThat(judge(new ClaimRule.PrimitiveRatio("splPair", "nullTrap", new Band(0, 2)), KERNEL, AGAIN)
                        .verdict())
                .isEqualTo(Verdict.CANNOT_TELL);
    }

    @Test
    void looksAtGarbageAndSharedMemory() {
        assertThat(judge(new ClaimRule.Garbage("in-kernel", List.of("kernel-node"), new Band(0, 1)), KERNEL, AGAIN)
                        .verdict())
                .isEqualTo(Verdict.HOLDS);
        assertThat(judge(new ClaimRule.Garbage("in-kernel", List.of("client-app"), new Band(0, 1)), KERNEL, AGAIN)
                        .verdict())
                .isEqualTo(Verdict.FAILS);
        assertThat(judge(new ClaimRule.SharedMemory(new Band(0, 64)), KERNEL, AGAIN)
                        .measured()
                        .value())
                .isCloseTo(4.77, within(0.01));
    }

    @Test
    void whatCrossingsAdd() {
        ClaimResult result = judge(
                new ClaimRule.AddedByCrossings("server-syscall", "in-kernel", new Band(1.5, Double.POSITIVE_INFINITY)),
                KERNEL,
                AGAIN,
                Rows.row("server-syscall", "grpc", RowRole.COMPARED, 350, MESSAGES));

        // 300 us more than the kernel; crossings: 2 traps and 280 us of messages against 4 traps.
        assertThat(result.measured().value()).isCloseTo(300.0 / 270, within(0.01));
        assertThat(result.verdict()).isEqualTo(Verdict.FAILS);
    }

    private static ClaimResult judge(ClaimRule rule, RowResult... rows) {
        return ClaimJudge.judge(List.of(claim(rule)), evidence(rows)).getFirst();
    }

    private static Claim claim(ClaimRule rule) {
        return new Claim("id", "maeda92", "A statement.", "", Double.NaN, rule);
    }

    private static Evidence evidence(RowResult... rows) {
        return Evidence.of(List.of(rows), Rows.COSTS);
    }
}
