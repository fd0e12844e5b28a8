package org.machbed.testbed.paper;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.measure.TrialLength;
import org.machbed.testbed.measure.Workload;

/**
 * What a paper measured and said.
 *
 * @param name its short name here
 * @param year when it measured
 * @param trial as in the paper where it says so
 * @param reference the topology that ratios refer to, which is in a table of each workload
 * @param baseline the machine's own kernel, measured along
 * @param also topologies of other papers that are measured beside its own
 */
public record Paper(
        String name,
        String title,
        int year,
        TrialLength trial,
        String reference,
        String baseline,
        List<Table> tables,
        List<String> also,
        List<Claim> claims) {

    /** What a table's figures are in. */
    public enum Unit {
        MILLISECONDS("ms"),
        KILOBYTES_PER_SECOND("KB/s");

        private final String symbol;

        Unit(String symbol) {
            this.symbol = symbol;
        }

        public String symbol() {
            return symbol;
        }

        /** A figure as a table shows it. */
        public String format(double figure) {
            return this == MILLISECONDS ? Double.toString(figure) : Long.toString(Math.round(figure));
        }

        /** What takes as long as one figure says, as a multiple of what another one says. */
        double timeRatio(double figure, double reference) {
            return this == MILLISECONDS ? figure / reference : reference / figure;
        }
    }

    /**
     * One of its tables, all of whose lines did the same.
     *
     * @param place where it stands: "Table 1", or "Section 3" for figures of the text
     */
    public record Table(String place, String title, Workload workload, Unit unit, List<Line> lines) {
        public Table {
            lines = List.copyOf(lines);
        }

        /** "Table 1: what it is about". */
        public String heading() {
            return place + ": " + title;
        }
    }

    /**
     * One line of a table.
     *
     * @param implementation what the paper calls it
     * @param published in the table's unit
     */
    public record Line(String implementation, String topology, double published) {}

    public Paper {
        tables = List.copyOf(tables);
        also = List.copyOf(also);
        claims = List.copyOf(claims);
    }

    /** What its systems did, in the order of the tables. */
    public Set<Workload> workloads() {
        var workloads = new LinkedHashSet<Workload>();
        tables.forEach(table -> workloads.add(table.workload()));
        return workloads;
    }

    /** The tables of one workload. */
    public List<Table> tables(Workload workload) {
        return tables.stream()
                .filter(table -> table.workload().equals(workload))
                .toList();
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

    /** What the paper published for a topology, in the unit of its table, or NaN. */
    public double published(Workload workload, String topology) {
        for (Table table : tables(workload)) {
            for (Line line : table.lines()) {
                if (line.topology().equals(topology)) {
                    return line.published();
                }
            }
        }
        return Double.NaN;
    }

    /** The published time of a topology as a multiple of the reference's, or NaN. */
    public double publishedRatio(Workload workload, String topology) {
        List<Table> ofWorkload = tables(workload);
        return ofWorkload.isEmpty()
                ? Double.NaN
                : ofWorkload.getFirst().unit().timeRatio(published(workload, topology), published(workload, reference));
    }
}
