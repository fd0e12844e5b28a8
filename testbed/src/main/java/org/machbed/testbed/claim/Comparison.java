package org.machbed.testbed.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.measure.Statistics;
import org.machbed.testbed.predict.PrimitiveCosts;

/**
 * The rows of one scenario, each beside the same reference: one table of a run.
 *
 * @param noiseFloor relative distance below which two of them are not told apart, from the A/A pair; infinite when a single round
 *     tells nothing about noise
 */
public record Comparison(Scenario scenario, List<JudgedRow> rows, double noiseFloor) {
    public Comparison {
        rows = List.copyOf(rows);
    }

    /** Judges rows beside the reference among them. */
    static Comparison of(Scenario scenario, List<RowResult> results, PrimitiveCosts costs) {
        RowResult reference = results.stream()
                .filter(row -> row.spec().role() == RowRole.REFERENCE)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no row is the reference of " + scenario.title()));
        double floor = noiseFloor(results);
        var rows = new ArrayList<JudgedRow>();
        results.forEach(result -> rows.add(JudgedRow.of(result, reference, costs, floor)));
        return new Comparison(scenario, rows, floor);
    }

    private static double noiseFloor(List<RowResult> results) {
        double floor = 0;
        for (RowResult result : results) {
            if (result.spec().role() == RowRole.SAME_AGAIN) {
                floor = result.trials().size() == 1
                        ? Double.POSITIVE_INFINITY
                        : Statistics.noiseFloor(result.ratioToReference());
            }
        }
        return floor;
    }

    /** Whether its noise is known: otherwise no two rows are told apart. */
    public boolean knowsNoise() {
        return Double.isFinite(noiseFloor);
    }

    public JudgedRow reference() {
        return rows.stream()
                .filter(row -> row.result().spec().role() == RowRole.REFERENCE)
                .findFirst()
                .orElseThrow();
    }

    /** The rows without the one that is there for its noise only. */
    public List<JudgedRow> told() {
        return rows.stream()
                .filter(row -> row.result().spec().role() != RowRole.SAME_AGAIN)
                .toList();
    }

    /** All rows of a topology, whatever carries their messages. */
    public List<JudgedRow> of(String topology) {
        return told().stream().filter(row -> row.topology().equals(topology)).toList();
    }

    /** The row of a topology with one carrier of messages; topologies that send none answer to any. */
    public Optional<JudgedRow> find(String topology, String ipc) {
        return of(topology).stream()
                .filter(row -> row.result().spec().ipc().equals(ipc)
                        || row.result().spec().ipc().isEmpty())
                .findFirst();
    }
}
