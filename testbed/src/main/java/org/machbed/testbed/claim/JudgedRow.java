package org.machbed.testbed.claim;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.predict.Counts;
import org.machbed.testbed.predict.Prediction;
import org.machbed.testbed.predict.PrimitiveCosts;

/**
 * A row with what follows from it.
 *
 * @param ratio its typical trip as a multiple of the reference's, both of the same rounds
 * @param invalid why it cannot be compared, if it cannot
 * @param prediction what it should cost; empty for the baseline, whose inside we do not know, and for TCP, which no primitive
 *     times
 * @param noiseFloor of its scenario
 */
public record JudgedRow(
        RowResult result,
        Interval ratio,
        Optional<String> invalid,
        Optional<Prediction> prediction,
        double noiseFloor) {

    /** Judges a row beside its reference. */
    static JudgedRow of(RowResult row, RowResult reference, PrimitiveCosts costs, double noiseFloor) {
        Interval ratio = row.ratioToReference();
        boolean baseline = row.spec().role() == RowRole.BASELINE;
        // The baseline's wire is the machine's own: that is what it is for.
        Optional<String> invalid =
                baseline ? row.conditions().invalidAlone() : row.conditions().invalidBeside(reference.conditions());
        Optional<Prediction> prediction = baseline || row.workload().connected()
                ? Optional.empty()
                : Optional.of(Prediction.of(countsOf(row), costs));
        return new JudgedRow(row, ratio, invalid, prediction, noiseFloor);
    }

    private static Counts countsOf(RowResult row) {
        Map<Crossing, Double> counts = new EnumMap<>(Crossing.class);
        for (Crossing crossing : Crossing.values()) {
            counts.put(crossing, row.perOperation(crossing));
        }
        boolean virtual = row.spec().topology().threads().equals("virtual");
        return new Counts(
                counts, row.spec().ipc(), virtual, row.spec().topology().pollsWire());
    }

    public String topology() {
        return result.spec().topology().name();
    }

    /** As sentences call it: the topology, and what carries its messages where that is not gRPC. */
    public String title() {
        return result.spec().ipc().equals("chronicle") ? topology() + " (chronicle)" : topology();
    }

    public double typicalNanos() {
        return result.typicalNanos().value();
    }

    /** Faster or slower than the reference, beyond the noise. */
    public String verdict() {
        if (invalid.isPresent()) {
            return "invalid: " + invalid.get();
        }
        return switch (result.spec().role()) {
            case REFERENCE -> "reference";
            case SAME_AGAIN -> "same again";
            case COMPARED, BASELINE -> {
                Interval widened = ratio.widened(noiseFloor);
                yield widened.high() < 1 ? "faster" : widened.low() > 1 ? "slower" : "cannot tell";
            }
        };
    }
}
