package org.machbed.testbed.claim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.machbed.testbed.claim.ClaimResult.Part;
import org.machbed.testbed.measure.Interval;

/** Judges claims that compare the times of rows, two by two. */
final class RatioJudge {
    private final Witnesses witnesses;

    RatioJudge(Witnesses witnesses) {
        this.witnesses = witnesses;
    }

    /** Two rows, and what the one is called beside the other. */
    private record Pair(JudgedRow left, JudgedRow right, String title) {
        /** The time of the left one as a multiple of the right one's, noise included. */
        Interval times() {
            return left.result().ratioTo(right.result()).widened(Math.max(left.noiseFloor(), right.noiseFloor()));
        }

        String certainty(Interval ratio) {
            return Double.isFinite(ratio.high())
                    ? "95 %%: %.2f to %.2f, noise included".formatted(ratio.low(), ratio.high())
                    : "one round does not tell how certain that is";
        }
    }

    /** Words for what a pair came out as. */
    private interface Wording {
        String because(Pair pair, Interval ratio, Verdict verdict);
    }

    ClaimResult ratio(Claim claim, ClaimRule.Ratio rule) throws Obstacle {
        return judge(
                claim,
                pairs(rule.of(), rule.to(), rule.in()),
                false,
                (pair, ratio, verdict) -> sentences(
                        "%s takes %.2f times as long as %s (%.0f against %.0f us; %s)."
                                .formatted(
                                        pair.left.title(),
                                        ratio.value(),
                                        pair.right.title(),
                                        pair.left.typicalNanos() / 1000,
                                        pair.right.typicalNanos() / 1000,
                                        pair.certainty(ratio)),
                        CountDifference.text(pair.left.result(), pair.right.result()),
                        breakEven(pair, ratio, verdict, rule.band())));
    }

    private String breakEven(Pair pair, Interval ratio, Verdict verdict, Band band) {
        return verdict != Verdict.HOLDS && ratio.value() > band.high()
                ? BreakEven.sentence(
                        pair.left, pair.right, band.high(), witnesses.evidence().costs())
                : "";
    }

    ClaimResult throughput(Claim claim, ClaimRule.Throughput rule) throws Obstacle {
        return judge(
                claim,
                pairs(rule.of(), rule.to(), rule.in()),
                true,
                (pair, ratio, _) -> sentences(
                        "%s moves %.2f times as much as %s (%,.0f against %,.0f Mbit/s; %s)."
                                .formatted(
                                        pair.left.title(),
                                        ratio.value(),
                                        pair.right.title(),
                                        megabits(pair.left),
                                        megabits(pair.right),
                                        pair.certainty(ratio)),
                        "A gigabit takes %s seconds of CPU time, sender and receiver, against %s."
                                .formatted(cpu(pair.left), cpu(pair.right)),
                        CountDifference.text(pair.left.result(), pair.right.result())));
    }

    private static double megabits(JudgedRow row) {
        return row.result().throughputBitsPerSecond() / 1e6;
    }

    private static String cpu(JudgedRow row) {
        return "%.3f and %.3f"
                .formatted(row.result().cpuSecondsPerGigabit("a"), row.result().cpuSecondsPerGigabit("b"));
    }

    ClaimResult workloads(Claim claim, ClaimRule.WorkloadRatio rule) throws Obstacle {
        var pairs = new ArrayList<Pair>();
        for (String topology : rule.topologies()) {
            JudgedRow left = witnesses.valid(topology, rule.of());
            JudgedRow right = witnesses.valid(topology, rule.to());
            pairs.add(new Pair(left, right, "%s: %s / %s".formatted(left.title(), workload(left), workload(right))));
        }
        return judge(
                claim,
                pairs,
                false,
                (pair, ratio, _) -> sentences(
                        "%s takes %.2f times as long for %s as for %s (%.1f against %.1f us; %s)."
                                .formatted(
                                        pair.left.title(),
                                        ratio.value(),
                                        workload(pair.left),
                                        workload(pair.right),
                                        pair.left.typicalNanos() / 1000,
                                        pair.right.typicalNanos() / 1000,
                                        pair.certainty(ratio)),
                        crossings(pair)));
    }

    private static String workload(JudgedRow row) {
        return row.result().workload().name();
    }

    private static String crossings(Pair pair) {
        String difference = CountDifference.text(pair.left.result(), pair.right.result());
        return difference.isEmpty()
                ? "It crosses the same for both: the difference is the protocol's own work."
                : difference;
    }

    private List<Pair> pairs(String of, List<String> others, ScenarioPattern in) throws Obstacle {
        var pairs = new ArrayList<Pair>();
        for (String to : others) {
            JudgedRow left = witnesses.valid(of, in);
            JudgedRow right = witnesses.valid(to, in);
            pairs.add(new Pair(left, right, left.title() + " / " + right.title()));
        }
        return pairs;
    }

    /**
     * All pairs, of which the worst for the claim gives the reason.
     *
     * @param inverse whether the rule's ratio is of what is done in a time rather than of the time that it takes
     */
    private static ClaimResult judge(Claim claim, List<Pair> pairs, boolean inverse, Wording wording) {
        Band band = claim.rule().band();
        var parts = new ArrayList<Part>();
        var worst = new Worst(band);
        for (Pair pair : pairs) {
            Interval ratio = inverse ? pair.times().inverse() : pair.times();
            Verdict verdict = band.judge(ratio);
            parts.add(new Part(pair.title, ratio, verdict));
            worst.see(ratio, () -> wording.because(pair, ratio, verdict));
        }
        return ClaimResult.of(claim, worst.interval(), worst.because(), parts);
    }

    private static String sentences(String... sentences) {
        return String.join(
                " ",
                Arrays.stream(sentences).filter(sentence -> !sentence.isEmpty()).toList());
    }
}
