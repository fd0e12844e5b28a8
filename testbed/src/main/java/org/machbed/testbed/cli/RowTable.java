package org.machbed.testbed.cli;

import java.util.ArrayList;
import java.util.List;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.measure.SystemSpec;
import org.machbed.testbed.topology.ProcessKind;
import org.machbed.testbed.topology.Topology;

/**
 * What is measured of one scenario.
 *
 * @param variants the first is the reference
 */
record RowTable(Scenario scenario, List<Variant> variants) {
    /** A topology with the values of its options, and what it is called. */
    record Variant(String name, Topology topology) {}

    RowTable {
        variants = List.copyOf(variants);
    }

    /**
     * The rows of all tables, those of one after those of another, each with its reference once more at its end: what drifts within
     * a round shows in the noise floor. A topology has one system for each MTU, whose processes do all its workloads.
     */
    static List<RowSpec> rows(List<RowTable> tables) {
        List<Scenario> all = tables.stream().map(RowTable::scenario).toList();
        var rows = new ArrayList<RowSpec>();
        for (RowTable table : tables) {
            Scenario scenario = table.scenario;
            String wire = differs(all.stream().map(Scenario::mtuBytes).toList()) ? ".mtu" + scenario.mtuBytes() : "";
            String load = workload(scenario, all);
            for (Variant variant : table.variants) {
                RowRole role = role(variant, variant.equals(table.variants.getFirst()));
                rows.add(row(variant, "", wire, load, scenario, role));
            }
            rows.add(row(table.variants.getFirst(), ".again", wire, load, scenario, RowRole.SAME_AGAIN));
        }
        return rows;
    }

    private static RowSpec row(
            Variant variant, String again, String wire, String load, Scenario scenario, RowRole role) {
        var system = new SystemSpec(variant.name + wire + again, variant.topology, scenario.mtuBytes());
        return new RowSpec(variant.name + load + wire + again, variant.name + again, system, scenario.workload(), role);
    }

    /** What tells the workload of a scenario from those of the others. */
    private static String workload(Scenario scenario, List<Scenario> all) {
        String name = scenario.workload().name();
        boolean bytesTell = differs(all.stream()
                .map(Scenario::workload)
                .filter(workload -> workload.name().equals(name))
                .toList());
        return differs(all.stream().map(Scenario::workload).toList())
                ? "." + name + (bytesTell ? "-" + scenario.workload().bytes() : "")
                : "";
    }

    private static boolean differs(List<?> values) {
        return values.stream().distinct().count() > 1;
    }

    private static RowRole role(Variant variant, boolean reference) {
        if (reference) {
            return RowRole.REFERENCE;
        }
        return variant.topology.uses(ProcessKind.MACHINE) ? RowRole.BASELINE : RowRole.COMPARED;
    }
}
