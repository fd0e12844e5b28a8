package org.machbed.testbed.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.Statistics;
import org.machbed.testbed.predict.PrimitiveCosts;

/**
 * Everything that verdicts are computed from.
 *
 * @param noiseFloor relative distance below which this run does not tell two rows apart, from its A/A pair; infinite when a single
 *     round tells nothing about noise
 */
public record Evidence(List<JudgedRow> rows, PrimitiveCosts costs, double noiseFloor) {
    public Evidence {
        rows = List.copyOf(rows);
    }

    /** Judges all rows beside the reference among them. */
    public static Evidence of(List<RowResult> results, PrimitiveCosts costs) {
        RowResult reference = results.stream()
                .filter(row -> row.spec().role() == RowRole.REFERENCE)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no row is the reference"));
        var rows = new ArrayList<JudgedRow>();
        double floor = 0;
        for (RowResult result : results) {
            JudgedRow row = JudgedRow.of(result, reference, costs);
            rows.add(row);
            if (result.spec().role() == RowRole.SAME_AGAIN) {
                floor = result.trials().size() == 1 ? Double.POSITIVE_INFINITY : Statistics.noiseFloor(row.ratio());
            }
        }
        return new Evidence(rows, costs, floor);
    }

    /** Whether the run knows its noise: otherwise no two rows are told apart. */
    public boolean knowsNoise() {
        return Double.isFinite(noiseFloor);
    }

    /** What was measured, in the order of the rows. */
    public List<RowResult> results() {
        return rows.stream().map(JudgedRow::result).toList();
    }

    /** The row of a topology with one carrier of messages; topologies that send none answer to any. */
    public Optional<JudgedRow> find(String topology, String ipc) {
        return rows.stream()
                .filter(row -> row.topology().equals(topology))
                .filter(row -> row.result().spec().role() != RowRole.SAME_AGAIN)
                .filter(row -> row.result().spec().ipc().equals(ipc)
                        || row.result().spec().ipc().isEmpty())
                .findFirst();
    }

    public JudgedRow reference() {
        return rows.stream()
                .filter(row -> row.result().spec().role() == RowRole.REFERENCE)
                .findFirst()
                .orElseThrow();
    }
}
