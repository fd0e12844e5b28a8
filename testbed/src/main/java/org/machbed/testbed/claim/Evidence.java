package org.machbed.testbed.claim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.predict.PrimitiveCosts;

/**
 * Everything that verdicts are computed from.
 *
 * @param comparisons one for each scenario of the run, at least one, in the order in which they were asked for
 */
public record Evidence(List<Comparison> comparisons, PrimitiveCosts costs) {
    public Evidence {
        comparisons = List.copyOf(comparisons);
    }

    /** Judges all rows, each beside the reference of its scenario. */
    public static Evidence of(List<RowResult> results, PrimitiveCosts costs) {
        Map<Scenario, List<RowResult>> scenarios = new LinkedHashMap<>();
        for (RowResult result : results) {
            scenarios
                    .computeIfAbsent(result.spec().scenario(), _ -> new ArrayList<>())
                    .add(result);
        }
        var comparisons = new ArrayList<Comparison>();
        scenarios.forEach((scenario, rows) -> comparisons.add(Comparison.of(scenario, rows, costs)));
        return new Evidence(comparisons, costs);
    }

    /** All rows of all scenarios. */
    public List<JudgedRow> rows() {
        return comparisons.stream()
                .flatMap(comparison -> comparison.rows().stream())
                .toList();
    }

    /** What was measured. */
    public List<RowResult> results() {
        return rows().stream().map(JudgedRow::result).toList();
    }

    /** The only comparison, or the first of several. */
    public Comparison first() {
        return comparisons.getFirst();
    }

    /** The first comparison that a claim can be about. */
    Optional<Comparison> find(ScenarioPattern pattern) {
        return comparisons.stream()
                .filter(comparison -> pattern.matches(comparison.scenario()))
                .findFirst();
    }
}
