package org.machbed.testbed.paper;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.measure.Workload;

/**
 * What a paper measured and said.
 *
 * @param name its short name here
 * @param operationsPerTrial as in the paper
 * @param reference the topology that ratios refer to
 * @param baseline the machine's own kernel, measured along
 * @param also topologies of other papers that are measured beside its own
 */
public record Paper(
        String name,
        String title,
        Workload workload,
        int operationsPerTrial,
        String reference,
        String baseline,
        List<Table> tables,
        List<String> also,
        List<Claim> claims) {

    /** One of its tables. */
    public record Table(String number, String title, List<Line> lines) {
        public Table {
            lines = List.copyOf(lines);
        }
    }

    /**
     * One line of a table.
     *
     * @param implementation what the paper calls it
     */
    public record Line(String implementation, String topology, double publishedMillis) {}

    public Paper {
        tables = List.copyOf(tables);
        also = List.copyOf(also);
        claims = List.copyOf(claims);
    }

    /** All topologies to measure, the reference first, the baseline last. */
    public Set<String> topologies() {
        var names = new LinkedHashSet<String>();
        names.add(reference);
        tables.forEach(table -> table.lines().forEach(line -> names.add(line.topology())));
        names.addAll(also);
        names.add(baseline);
        return names;
    }

    /** What the paper published for a topology, in milliseconds, or NaN. */
    public double publishedMillis(String topology) {
        for (Table table : tables) {
            for (Line line : table.lines()) {
                if (line.topology().equals(topology)) {
                    return line.publishedMillis();
                }
            }
        }
        return Double.NaN;
    }
}
