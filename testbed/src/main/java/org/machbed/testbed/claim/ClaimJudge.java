package org.machbed.testbed.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.predict.Primitive;

/** Computes verdicts. What is missing or invalid makes a claim "cannot tell", never "holds". */
public final class ClaimJudge {
    private final Witnesses witnesses;

    private ClaimJudge(Witnesses witnesses) {
        this.witnesses = witnesses;
    }

    /** Judges all claims on the rows over gRPC, and those that concern messages once more on the rows over Chronicle Queue. */
    public static List<ClaimResult> judge(List<Claim> claims, Evidence evidence) {
        var grpc = new ClaimJudge(new Witnesses(evidence, "grpc"));
        var chronicle = new ClaimJudge(new Witnesses(evidence, "chronicle"));
        var results = new ArrayList<ClaimResult>();
        for (Claim claim : claims) {
            ClaimResult result = grpc.judge(claim);
            results.add(result.beside(measuredOverChronicle(claim.rule(), evidence) ? chronicle.judge(claim) : null));
        }
        return results;
    }

    private static boolean measuredOverChronicle(ClaimRule rule, Evidence evidence) {
        return evidence.rows().stream()
                .filter(row -> row.result().spec().ipc().equals("chronicle"))
                .anyMatch(row -> rule.topologies().contains(row.topology()));
    }

    private ClaimResult judge(Claim claim) {
        try {
            return switch (claim.rule()) {
                case ClaimRule.Ratio rule -> new RatioJudge(witnesses).ratio(claim, rule);
                case ClaimRule.Throughput rule -> new RatioJudge(witnesses).throughput(claim, rule);
                case ClaimRule.WorkloadRatio rule -> new RatioJudge(witnesses).workloads(claim, rule);
                case ClaimRule.Explained rule -> new PredictionJudge(witnesses).explained(claim, rule);
                case ClaimRule.AddedByCrossings rule -> new PredictionJudge(witnesses).addedByCrossings(claim, rule);
                case ClaimRule.PrimitiveRatio rule -> primitiveRatio(claim, rule);
                case ClaimRule.Garbage rule -> new MemoryJudge(witnesses).garbage(claim, rule);
                case ClaimRule.SharedMemory _ -> new MemoryJudge(witnesses).sharedMemory(claim);
            };
        } catch (Obstacle e) {
            return ClaimResult.unknown(claim, String.valueOf(e.getMessage()));
        }
    }

    private ClaimResult primitiveRatio(Claim claim, ClaimRule.PrimitiveRatio rule) throws Obstacle {
        double of = cost(rule.of());
        double to = cost(rule.to());
        String because = "%s %.1f us, %s %.1f us.".formatted(rule.of(), of / 1000, rule.to(), to / 1000);
        return ClaimResult.of(claim, Interval.exactly(of / to), because, List.of());
    }

    private double cost(String label) throws Obstacle {
        for (Primitive primitive : Primitive.values()) {
            OptionalDouble cost = witnesses.evidence().costs().of(primitive);
            if (primitive.label().equals(label) && cost.isPresent()) {
                return cost.getAsDouble();
            }
        }
        throw new Obstacle(label + " was not calibrated");
    }
}
