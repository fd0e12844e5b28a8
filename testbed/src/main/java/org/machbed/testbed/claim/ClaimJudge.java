package org.machbed.testbed.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.machbed.testbed.claim.ClaimResult.Part;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.predict.Prediction;
import org.machbed.testbed.predict.Primitive;

/** Computes verdicts. What is missing or invalid makes a claim "cannot tell", never "holds". */
public final class ClaimJudge {
    private static final double MEBIBYTE = 1024.0 * 1024;

    private final Evidence evidence;
    private final String ipc;

    private ClaimJudge(Evidence evidence, String ipc) {
        this.evidence = evidence;
        this.ipc = ipc;
    }

    /** Judges all claims on the rows over gRPC, and those that concern messages once more on the rows over Chronicle Queue. */
    public static List<ClaimResult> judge(List<Claim> claims, Evidence evidence) {
        var grpc = new ClaimJudge(evidence, "grpc");
        var chronicle = new ClaimJudge(evidence, "chronicle");
        boolean measured = evidence.rows().stream()
                .anyMatch(row -> row.result().spec().ipc().equals("chronicle"));
        var results = new ArrayList<ClaimResult>();
        for (Claim claim : claims) {
            ClaimResult result = grpc.judge(claim);
            boolean differs = measured && concernsMessages(claim.rule());
            results.add(result.beside(differs ? chronicle.judge(claim) : null));
        }
        return results;
    }

    private static boolean concernsMessages(ClaimRule rule) {
        return switch (rule) {
            case ClaimRule.Ratio ratio -> !ratio.to().contains("linux");
            case ClaimRule.Explained _, ClaimRule.AddedByCrossings _ -> true;
            case ClaimRule.PrimitiveRatio _, ClaimRule.Garbage _, ClaimRule.SharedMemory _ -> false;
        };
    }

    private ClaimResult judge(Claim claim) {
        return switch (claim.rule()) {
            case ClaimRule.Ratio rule -> ratio(claim, rule);
            case ClaimRule.Explained rule -> explained(claim, rule);
            case ClaimRule.AddedByCrossings rule -> addedByCrossings(claim, rule);
            case ClaimRule.PrimitiveRatio rule -> primitiveRatio(claim, rule);
            case ClaimRule.Garbage rule -> garbage(claim, rule);
            case ClaimRule.SharedMemory _ -> sharedMemory(claim);
        };
    }

    private ClaimResult ratio(Claim claim, ClaimRule.Ratio rule) {
        var parts = new ArrayList<Part>();
        String because = "";
        Interval worst = Interval.exactly(Double.NaN);
        for (String to : rule.to()) {
            Optional<JudgedRow> row = evidence.find(rule.of(), ipc);
            Optional<JudgedRow> other = evidence.find(to, ipc);
            Optional<String> obstacle = obstacle(rule.of(), row).or(() -> obstacle(to, other));
            if (obstacle.isPresent()) {
                return unknown(claim, obstacle.get());
            }
            JudgedRow left = row.orElseThrow();
            JudgedRow right = other.orElseThrow();
            Interval ratio = left.result().ratioTo(right.result()).widened(evidence.noiseFloor());
            Verdict verdict = rule.band().judge(ratio);
            parts.add(new Part(left.title() + " / " + right.title(), ratio, verdict));
            if (worse(ratio, worst, rule.band())) {
                worst = ratio;
                because = reason(left, right, ratio, verdict, rule.band());
            }
        }
        return of(claim, worst, because, parts);
    }

    /** Whether a comparison speaks against the claim more than the worst one so far, of which there may be none. */
    private static boolean worse(Interval candidate, Interval worst, Band band) {
        return Double.isNaN(worst.value()) || band.excess(candidate.value()) > band.excess(worst.value());
    }

    private String reason(JudgedRow row, JudgedRow other, Interval ratio, Verdict verdict, Band band) {
        String certainty = evidence.knowsNoise()
                ? "95 %%: %.2f to %.2f, noise included".formatted(ratio.low(), ratio.high())
                : "one round does not tell how certain that is";
        var text = new StringBuilder("%s takes %.2f times as long as %s (%.0f against %.0f us; %s)."
                .formatted(
                        row.title(),
                        ratio.value(),
                        other.title(),
                        row.typicalNanos() / 1000,
                        other.typicalNanos() / 1000,
                        certainty));
        append(text, CountDifference.text(row.result(), other.result()));
        if (verdict != Verdict.HOLDS && ratio.value() > band.high()) {
            append(text, BreakEven.sentence(row, other, band.high(), evidence.costs()));
        }
        return text.toString();
    }

    private ClaimResult explained(Claim claim, ClaimRule.Explained rule) {
        var parts = new ArrayList<Part>();
        Interval worst = Interval.exactly(Double.NaN);
        String because = "";
        for (String topology : rule.topologies()) {
            Optional<JudgedRow> found = evidence.find(topology, ipc);
            Optional<String> obstacle = obstacle(topology, found);
            if (obstacle.isPresent()) {
                return unknown(claim, obstacle.get());
            }
            JudgedRow row = found.orElseThrow();
            Prediction prediction = row.prediction().orElseThrow();
            Interval ratio = row.result().typicalNanos().scaled(1 / prediction.totalNanos());
            if (!evidence.knowsNoise()) {
                ratio = ratio.widened(evidence.noiseFloor());
            }
            parts.add(new Part(row.title(), ratio, rule.band().judge(ratio)));
            if (worse(ratio, worst, rule.band())) {
                worst = ratio;
                because = unexplained(row, prediction);
            }
        }
        return of(claim, worst, because, parts);
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

    private ClaimResult addedByCrossings(Claim claim, ClaimRule.AddedByCrossings rule) {
        Optional<JudgedRow> found = evidence.find(rule.of(), ipc);
        Optional<JudgedRow> reference = evidence.find(rule.reference(), ipc);
        Optional<String> obstacle = obstacle(rule.of(), found).or(() -> obstacle(rule.reference(), reference));
        if (obstacle.isPresent()) {
            return unknown(claim, obstacle.get());
        }
        JudgedRow row = found.orElseThrow();
        JudgedRow base = reference.orElseThrow();
        double crossings = row.prediction().orElseThrow().crossingNanos()
                - base.prediction().orElseThrow().crossingNanos();
        if (crossings <= 0) {
            return unknown(claim, row.title() + " crosses no more than " + base.title());
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
        return of(claim, added, because.strip(), List.of());
    }

    private String priceOfMessage() {
        OptionalDouble message = evidence.costs().message(ipc);
        OptionalDouble trap = evidence.costs().of(Primitive.NULL_TRAP);
        return message.isEmpty() || trap.isEmpty()
                ? ""
                : "A message costs as much as %.1f null traps here (in 1992: 2.3), so crossing weighs more now."
                        .formatted(message.getAsDouble() / trap.getAsDouble());
    }

    private ClaimResult primitiveRatio(Claim claim, ClaimRule.PrimitiveRatio rule) {
        OptionalDouble of = cost(rule.of());
        OptionalDouble to = cost(rule.to());
        if (of.isEmpty() || to.isEmpty()) {
            return unknown(claim, (of.isEmpty() ? rule.of() : rule.to()) + " was not calibrated");
        }
        Interval ratio = Interval.exactly(of.getAsDouble() / to.getAsDouble());
        String because = "%s %.1f us, %s %.1f us."
                .formatted(rule.of(), of.getAsDouble() / 1000, rule.to(), to.getAsDouble() / 1000);
        return of(claim, ratio, because, List.of());
    }

    private OptionalDouble cost(String label) {
        for (Primitive primitive : Primitive.values()) {
            if (primitive.label().equals(label)) {
                return evidence.costs().of(primitive);
            }
        }
        return OptionalDouble.empty();
    }

    private ClaimResult garbage(Claim claim, ClaimRule.Garbage rule) {
        Optional<JudgedRow> found = evidence.find(rule.topology(), ipc);
        if (found.isEmpty()) {
            return unknown(claim, rule.topology() + " was not measured");
        }
        var parts = new ArrayList<Part>();
        double worst = 0;
        for (var entry : found.get().result().allocatedBytesPerOperation().entrySet()) {
            if (rule.programs().stream().anyMatch(program -> entry.getKey().endsWith("/" + program))) {
                Interval bytes = Interval.exactly(Math.max(0, entry.getValue()));
                parts.add(new Part(entry.getKey(), bytes, rule.band().judge(bytes)));
                worst = Math.max(worst, entry.getValue());
            }
        }
        if (parts.isEmpty()) {
            return unknown(claim, rule.topology() + " has no such process");
        }
        String because = "At most %.2f bytes per round trip in %s of %s."
                .formatted(
                        worst,
                        String.join(" and ", rule.programs()),
                        found.get().title());
        return of(claim, Interval.exactly(worst), because, parts);
    }

    private ClaimResult sharedMemory(Claim claim) {
        JudgedRow most = evidence.rows().getFirst();
        for (JudgedRow row : evidence.rows()) {
            if (row.result().mostSharedMemoryBytes() > most.result().mostSharedMemoryBytes()) {
                most = row;
            }
        }
        double mebibytes = most.result().mostSharedMemoryBytes() / MEBIBYTE;
        return of(
                claim,
                Interval.exactly(mebibytes),
                "The most was %.1f MiB, on a host of %s.".formatted(mebibytes, most.title()),
                List.of());
    }

    /** Why a row cannot carry a verdict, if it cannot. */
    private static Optional<String> obstacle(String topology, Optional<JudgedRow> row) {
        if (row.isEmpty()) {
            return Optional.of(topology + " was not measured");
        }
        return row.get().invalid().map(reason -> row.get().title() + " is invalid: " + reason);
    }

    private static ClaimResult unknown(Claim claim, String because) {
        return new ClaimResult(
                claim, Interval.exactly(Double.NaN), Verdict.CANNOT_TELL, because + ".", List.of(), null);
    }

    private static ClaimResult of(Claim claim, Interval measured, String because, List<Part> parts) {
        Verdict verdict = parts.stream()
                .map(Part::verdict)
                .reduce(Verdict::and)
                .orElseGet(() -> claim.rule().band().judge(measured));
        return new ClaimResult(claim, measured, verdict, because, parts, null);
    }

    private static void append(StringBuilder text, String sentence) {
        if (!sentence.isEmpty()) {
            text.append(' ').append(sentence);
        }
    }
}
