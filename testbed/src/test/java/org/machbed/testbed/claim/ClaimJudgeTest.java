package org.machbed.testbed.claim;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.claim.ClaimRule.Garbage.Per;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.measure.Workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class ClaimJudgeTest {
    private static final Map<Crossing, Long> TRAPS = Map.of(Crossing.TRAPS, 4L, Crossing.FRAMES_SENT, 2L);
    private static final Map<Crossing, Long> MESSAGES =
            Map.of(Crossing.TRAPS, 2L, Crossing.MESSAGES, 8L, Crossing.KERNEL_MESSAGES, 2L, Crossing.FRAMES_SENT, 2L);

    private static final Scenario TCP_RTT = new Scenario(Workload.of("tcp-rtt", 1), 1500);
    private static final Scenario TCP_STREAM = new Scenario(Workload.of("tcp-stream", 65_536), 1500);
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
                ratio("server-ipc", List.of("server-ipc-vm"), new Band(0, 1)),
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
                ratio("server-ipc", List.of("server-ipc-vm"), new Band(0, 1)),
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
                        List.of(claim(ratio("server-ipc", List.of("server-ipc-vm"), new Band(0, 1)))), evidence)
                .getFirst();
        ClaimResult explained = ClaimJudge.judge(
                        List.of(claim(new ClaimRule.Explained(List.of("server-ipc"), new Band(0, 1.3)))), evidence)
                .getFirst();

        assertThat(evidence.first().knowsNoise()).isFalse();
        assertThat(evidence.rows())
                .extracting(JudgedRow::verdict)
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
                List.of(claim(ratio("udp-server", List.of("in-kernel"), new Band(0.8, 1.25)))),
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
                JudgedRow.of(Rows.row("udp-server", "grpc", RowRole.COMPARED, 300, MESSAGES), KERNEL, Rows.COSTS, 0);
        JudgedRow kernel = JudgedRow.of(KERNEL, KERNEL, Rows.COSTS, 0);

        assertThat(BreakEven.affordableShare(row, kernel, 1.25).orElseThrow()).isCloseTo(42.5 / 280, within(0.01));
    }

    @Test
    void theWorstOfSeveralDecides() {
        ClaimResult result = judge(
                ratio("udp-server", List.of("server-ipc", "server-syscall"), new Band(0, 1)),
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
        ClaimResult result = judge(ratio("udp-server", List.of("in-kernel"), new Band(0, 1)), KERNEL, AGAIN);

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
        assertThat(judge(garbage("kernel-node", Per.OPERATION), KERNEL, AGAIN).verdict())
                .isEqualTo(Verdict.HOLDS);
        assertThat(judge(garbage("client-app", Per.OPERATION), KERNEL, AGAIN).verdict())
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

    /** Of tcp-rtt over tcp-rtt's own reference; udp-rtt has another noise floor. */
    @Test
    void comparesWorkloadsOfATopology() {
        ScenarioPattern tcp = pattern("tcp-rtt");
        ScenarioPattern udp = pattern("udp-rtt");
        RowResult[] rows = {
            KERNEL,
            AGAIN,
            Rows.row(TCP_RTT, 55, "in-kernel", "", RowRole.REFERENCE, 55, TRAPS),
            Rows.row(TCP_RTT, 55, "in-kernel", "", RowRole.SAME_AGAIN, 55.3, TRAPS)
        };

        ClaimResult holds = judge(new ClaimRule.WorkloadRatio(List.of("in-kernel"), tcp, udp, new Band(0, 1.2)), rows);
        ClaimResult fails = judge(new ClaimRule.WorkloadRatio(List.of("in-kernel"), tcp, udp, new Band(0, 1.05)), rows);
        ClaimResult missing =
                judge(new ClaimRule.WorkloadRatio(List.of("server-ipc"), tcp, udp, new Band(0, 1.2)), rows);

        assertThat(holds.verdict()).isEqualTo(Verdict.HOLDS);
        assertThat(holds.measured().value()).isCloseTo(1.1, within(0.01));
        assertThat(holds.parts()).extracting(ClaimResult.Part::what).containsExactly("in-kernel: tcp-rtt / udp-rtt");
        assertThat(holds.because())
                .startsWith("in-kernel takes 1.10 times as long for tcp-rtt as for udp-rtt (55.1 against 50.1 us;")
                .endsWith("It crosses the same for both: the difference is the protocol's own work.");
        assertThat(fails.verdict()).isEqualTo(Verdict.FAILS);
        assertThat(missing.because()).isEqualTo("server-ipc was not measured with tcp-rtt.");
    }

    @Test
    void comparesWhatIsMovedInATime() {
        ScenarioPattern stream = pattern("tcp-stream");
        ClaimResult result = judge(
                new ClaimRule.Throughput(
                        "in-kernel", List.of("linux"), stream, new Band(0.5, Double.POSITIVE_INFINITY)),
                KERNEL,
                AGAIN,
                Rows.row(TCP_STREAM, 30, "in-kernel", "", RowRole.REFERENCE, 30, TRAPS),
                Rows.row(TCP_STREAM, 30, "in-kernel", "", RowRole.SAME_AGAIN, 30.3, TRAPS),
                Rows.row(TCP_STREAM, 30, "linux", "", RowRole.BASELINE, 24, Map.of()));

        assertThat(result.verdict()).isEqualTo(Verdict.HOLDS);
        assertThat(result.measured().value()).isCloseTo(0.8, within(0.01));
        // 65,536 bytes in 30 us, and in 24.
        assertThat(result.because())
                .startsWith("in-kernel moves 0.80 times as much as linux (17,")
                .contains("Per message: 4 traps against 0");
    }

    /** Two of the four frames of a round trip are of the host's. */
    @Test
    void garbageMayBeCountedPerSegment() {
        ClaimResult result = judge(garbage("client-app", Per.SEGMENT), KERNEL, AGAIN);

        assertThat(result.measured().value()).isCloseTo(24.0, within(0.01));
        assertThat(result.because()).startsWith("Most has a/client-app of in-kernel: 24.00 bytes a segment.");
        assertThat(judge(garbage("kernel-node", Per.OPERATION), KERNEL, AGAIN).because())
                .startsWith("Most has a/kernel-node of in-kernel: 0.20 bytes a round trip.");
    }

    @Test
    void everyScenarioHasAReferenceAndANoiseFloorOfItsOwn() {
        Evidence evidence = evidence(
                KERNEL,
                AGAIN,
                Rows.row(TCP_RTT, 55, "in-kernel", "", RowRole.REFERENCE, 55, TRAPS),
                Rows.row(TCP_RTT, 55, "in-kernel", "", RowRole.SAME_AGAIN, 66, TRAPS));

        assertThat(evidence.comparisons())
                .extracting(comparison -> comparison.scenario().title())
                .containsExactly("udp-rtt of 1 byte, MTU 1500", "tcp-rtt of 1 byte, MTU 1500");
        assertThat(evidence.comparisons().getFirst().noiseFloor()).isCloseTo(0.01, within(0.002));
        assertThat(evidence.comparisons().getLast().noiseFloor()).isCloseTo(Math.log(1.2), within(0.002));
    }

    private static ScenarioPattern pattern(String workload) {
        return new ScenarioPattern(Optional.of(workload), OptionalInt.empty());
    }

    private static ClaimRule ratio(String of, List<String> to, Band band) {
        return new ClaimRule.Ratio(of, to, ScenarioPattern.ANY, band);
    }

    private static ClaimRule garbage(String program, Per per) {
        return new ClaimRule.Garbage(List.of("in-kernel"), List.of(program), per, ScenarioPattern.ANY, new Band(0, 1));
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
