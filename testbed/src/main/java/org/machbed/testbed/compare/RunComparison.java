package org.machbed.testbed.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.machbed.testbed.measure.Interval;

/**
 * Two runs, row by row. They were not measured in the same rounds, so all that is known of a ratio is that each typical time lies in
 * its interval, and that neither run tells apart what differs by less than its noise.
 *
 * @param rows that both have, in the order of the first
 * @param onlyInA names of rows that the second does not have
 * @param environment facts that differ: what the first says, and what the second does
 */
public record RunComparison(
        ResultsFile a,
        ResultsFile b,
        List<ComparedRow> rows,
        List<ResultsFile.RowKey> onlyInA,
        List<ResultsFile.RowKey> onlyInB,
        Map<String, Difference> environment) {

    /** What the two runs say of one thing; empty where one says nothing. */
    public record Difference(String a, String b) {}

    /** How the second run's row compares with the first's. */
    public enum Verdict {
        FASTER("faster"),
        SLOWER("slower"),
        CANNOT_TELL("cannot tell");

        private final String label;

        Verdict(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /**
     * A row of both runs.
     *
     * @param ratio of the second's typical time to the first's, with noise
     */
    public record ComparedRow(ResultsFile.RowKey key, Interval a, Interval b, Interval ratio) {
        public Verdict verdict() {
            if (ratio.high() < 1) {
                return Verdict.FASTER;
            }
            return ratio.low() > 1 ? Verdict.SLOWER : Verdict.CANNOT_TELL;
        }
    }

    /** Compares two runs. */
    public static RunComparison of(ResultsFile a, ResultsFile b) {
        var rows = new ArrayList<ComparedRow>();
        a.rows().forEach((key, row) -> {
            ResultsFile.Row other = b.rows().get(key);
            if (other != null) {
                rows.add(compared(key, row, other));
            }
        });
        Map<String, Difference> environment = new LinkedHashMap<>();
        var facts = new LinkedHashSet<>(a.environment().keySet());
        facts.addAll(b.environment().keySet());
        for (String fact : facts) {
            String ofA = a.environment().getOrDefault(fact, "");
            String ofB = b.environment().getOrDefault(fact, "");
            if (!ofA.equals(ofB)) {
                environment.put(fact, new Difference(ofA, ofB));
            }
        }
        return new RunComparison(a, b, rows, missing(a, b), missing(b, a), environment);
    }

    private static ComparedRow compared(ResultsFile.RowKey key, ResultsFile.Row a, ResultsFile.Row b) {
        double noise = Math.max(a.noiseFloor().orElse(0), b.noiseFloor().orElse(0));
        Interval ofA = a.typicalNanos();
        Interval ofB = b.typicalNanos();
        return new ComparedRow(key, ofA, ofB, ofB.over(ofA).widened(noise));
    }

    private static List<ResultsFile.RowKey> missing(ResultsFile from, ResultsFile in) {
        return from.rows().keySet().stream()
                .filter(key -> !in.rows().containsKey(key))
                .toList();
    }
}
