package org.machbed.testbed.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.machbed.testbed.claim.ClaimResult.Part;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.predict.Prediction;
import org.machbed.testbed.predict.Primitive;

/** Judges claims about what the primitives explain. */
final class PredictionJudge {
    private final Witnesses witnesses;

    PredictionJudge(Witnesses witnesses) {
        this.witnesses = witnesses;
    }

    ClaimResult explained(Claim claim, ClaimRule.Explained rule) throws Obstacle {
        var parts = new ArrayList<Part>();
        var worst = new Worst(rule.band());
        for (String topology : rule.topologies()) {
            JudgedRow row = witnesses.valid(topology, ScenarioPattern.ANY);
            Prediction prediction = prediction(row);
            Interval ratio = row.result().typicalNanos().scaled(1 / prediction.totalNanos());
            if (Double.isInfinite(row.noiseFloor())) {
                ratio = ratio.widened(row.noiseFloor());
            }
            parts.add(new Part(row.title(), ratio, rule.band().judge(ratio)));
            worst.see(ratio, () -> unexplained(row, prediction));
        }
        return ClaimResult.of(claim, worst.interval(), worst.because(), parts);
    }

    private static Prediction prediction(JudgedRow row) throws Obstacle {
        return row.prediction().orElseThrow(() -> new Obstacle("nothing is predicted for " + row.title()));
    }

    private static String unexplained(JudgedRow row, Prediction prediction) {
        double switches =
                row.result().contextSwitchesPerOperation("a") + row.result().contextSwitchesPerOperation("b");
        String because =
                "Worst is %s: predicted %.0f us, measured %.0f us, unexplained %.0f us. It makes %.0f context switches a round trip."
                        .formatted(
                                row.title(),
                                prediction.totalNanos() / 1000,
                                row.typicalNanos() / 1000,
                                (row.typicalNanos() - prediction.totalNanos()) / 1000,
                                switches);
        return prediction.missing().isEmpty()
                ? because
                : because + " Left out, because not calibrated: " + String.join(", ", prediction.missing()) + ".";
    }

    ClaimResult addedByCrossings(Claim claim, ClaimRule.AddedByCrossings rule) throws Obstacle {
        JudgedRow row = witnesses.valid(rule.of(), ScenarioPattern.ANY);
        JudgedRow base = witnesses.valid(rule.reference(), ScenarioPattern.ANY);
        double crossings = prediction(row).crossingNanos() - prediction(base).crossingNanos();
        if (crossings <= 0) {
            throw new Obstacle(row.title() + " crosses no more than " + base.title());
        }
        Interval mine = row.result().typicalNanos();
        Interval theirs = base.result().typicalNanos();
        Interval added = new Interval(
                        mine.low() - theirs.high(), mine.value() - theirs.value(), mine.high() - theirs.low())
                .scaled(1 / crossings);
        String because =
                "%s takes %.0f us longer than %s; by the primitives its additional traps, messages and maps cost %.0f us of that. %s"
                        .formatted(
                                row.title(),
                                (mine.value() - theirs.value()) / 1000,
                                base.title(),
                                crossings / 1000,
                                priceOfMessage());
        return ClaimResult.of(claim, added, because.strip(), List.of());
    }

    private String priceOfMessage() {
        OptionalDouble message = witnesses.evidence().costs().message(witnesses.ipc());
        OptionalDouble trap = witnesses.evidence().costs().of(Primitive.NULL_TRAP);
        return message.isEmpty() || trap.isEmpty()
                ? ""
                : "A message costs as much as %.1f null traps here (in 1992: 2.3), so crossing weighs more now."
                        .formatted(message.getAsDouble() / trap.getAsDouble());
    }
}
