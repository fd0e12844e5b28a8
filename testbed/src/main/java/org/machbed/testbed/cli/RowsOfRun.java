package org.machbed.testbed.cli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.machbed.testbed.cli.RowTable.Variant;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.paper.Paper;
import org.machbed.testbed.suite.Suite;
import org.machbed.testbed.topology.Named;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.topology.TopologyOption;
import org.machbed.testbed.topology.TopologyRules;

/** Which rows a command measures. */
final class RowsOfRun {
    private RowsOfRun() {}

    /**
     * All topologies of a paper, each with every carrier of messages that it may have, and the references twice; a table for each
     * of its workloads.
     */
    static List<RowSpec> of(Paper paper, int mtuBytes) {
        var variants = new ArrayList<Variant>();
        paper.topologies().forEach(name -> variants.addAll(withEveryCarrier(name)));
        var tables = new ArrayList<RowTable>();
        for (Workload workload : paper.workloads()) {
            tables.add(new RowTable(
                    new Scenario(workload, mtuBytes),
                    variants.stream().filter(variant -> can(variant, workload)).toList()));
        }
        return RowTable.rows(tables);
    }

    /** All rows of a suite, with every carrier of messages that their topologies may have, and the references twice. */
    static List<RowSpec> of(Suite suite) {
        var tables = new ArrayList<RowTable>();
        for (Suite.Table table : suite.tables()) {
            var variants = new ArrayList<Variant>();
            table.topologies().forEach(name -> variants.addAll(withEveryCarrier(name)));
            tables.add(new RowTable(table.scenario(), variants));
        }
        return RowTable.rows(tables);
    }

    /** Every topology with every carrier of messages that it may have. */
    static List<RowSpec> ofAll() {
        var variants = new ArrayList<Variant>();
        TopologyCatalog.all().forEach(topology -> variants.addAll(withEveryCarrier(topology.name())));
        return RowTable.rows(List.of(new RowTable(new Scenario(Workload.udpRoundTrip(1), 1500), variants)));
    }

    private static List<Variant> withEveryCarrier(String name) {
        Topology topology = TopologyCatalog.find(name).orElseThrow();
        if (!topology.options().containsKey(TopologyOption.IPC)) {
            return List.of(new Variant(name, topology));
        }
        var variants = new ArrayList<Variant>();
        for (String ipc : TopologyOption.IPC.allowed()) {
            Map<TopologyOption, String> value = Map.of(TopologyOption.IPC, ipc);
            variants.add(new Variant(rowName(name, value), topology.with(value)));
        }
        return variants;
    }

    /**
     * The topologies that a user asked for, with every combination of the option values asked for, in each of some scenarios; the
     * first topology is the reference. One that cannot do a workload has no row of it.
     *
     * @throws UsageError when an option is unknown, a value is not built, no topology heeds it, or a topology can do nothing of
     *     what was asked for
     */
    static List<RowSpec> of(List<Topology> topologies, List<String> settings, List<Scenario> scenarios) {
        List<Variant> variants = variants(topologies, settings);
        var tables = new ArrayList<RowTable>();
        for (Scenario scenario : scenarios) {
            tables.add(new RowTable(
                    scenario,
                    variants.stream()
                            .filter(variant -> can(variant, scenario.workload()))
                            .toList()));
        }
        Variant reference = variants.getFirst();
        if (!tables.stream().allMatch(table -> table.variants().contains(reference))) {
            throw new UsageError(reference.topology().name()
                    + " has no connections, and what the others are compared with must have them");
        }
        for (Variant variant : variants) {
            if (tables.stream().noneMatch(table -> table.variants().contains(variant))) {
                throw new UsageError(variant.topology().name() + " has no connections");
            }
        }
        return RowTable.rows(tables);
    }

    private static boolean can(Variant variant, Workload workload) {
        return !workload.connected() || variant.topology().hasConnections();
    }

    private static List<Variant> variants(List<Topology> topologies, List<String> settings) {
        Map<TopologyOption, List<String>> wanted = parse(settings);
        for (Map.Entry<TopologyOption, List<String>> entry : wanted.entrySet()) {
            if (topologies.stream().noneMatch(topology -> topology.options().containsKey(entry.getKey()))) {
                throw new UsageError("none of these topologies has the option "
                        + entry.getKey().label());
            }
        }
        var variants = new ArrayList<Variant>();
        for (Topology topology : topologies) {
            for (Map<TopologyOption, String> values : combinations(topology, wanted)) {
                String name = rowName(topology.name(), values);
                if (variants.stream().anyMatch(variant -> variant.name().equals(name))) {
                    throw new UsageError("topology " + topology.name() + " is asked for twice");
                }
                variants.add(new Variant(name, sound(topology.with(values))));
            }
        }
        return variants;
    }

    /**
     * A topology with the option values that a user asked for, one each.
     *
     * @throws UsageError when an option is unknown, not the topology's or given several values, or a value is not built
     */
    static Topology single(Topology topology, List<String> settings) {
        Map<TopologyOption, String> values = new EnumMap<>(TopologyOption.class);
        parse(settings).forEach((option, wanted) -> {
            if (!topology.options().containsKey(option)) {
                throw new UsageError(topology.name() + " does not have the option " + option.label());
            }
            if (wanted.size() > 1) {
                throw new UsageError(option.label() + " is given several values; one host has one");
            }
            values.put(option, wanted.getFirst());
        });
        return sound(topology.with(values));
    }

    /** A topology is sound as its file has it; with other values of its options it may not be. */
    private static Topology sound(Topology variant) {
        List<TopologyRules.Problem> problems = TopologyRules.check(variant);
        if (!problems.isEmpty()) {
            throw new UsageError(variant.name() + ": " + problems.getFirst().reason());
        }
        return variant;
    }

    /** The topology, and the values that are not the default ones. */
    private static String rowName(String topology, Map<TopologyOption, String> values) {
        String suffix = values.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(entry.getKey().byDefault()))
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> "." + entry.getValue())
                .collect(Collectors.joining());
        return topology + suffix;
    }

    private static Map<TopologyOption, List<String>> parse(List<String> settings) {
        Map<TopologyOption, List<String>> wanted = new LinkedHashMap<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals <= 0) {
                throw new UsageError("'" + setting + "' is not of the form option=value");
            }
            String label = setting.substring(0, equals);
            TopologyOption option = TopologyOption.find(label)
                    .orElseThrow(() -> new UsageError(
                            "unknown option '" + label + "'; known: " + Named.labels(TopologyOption.class)));
            List<String> values = List.of(setting.substring(equals + 1).split(",", -1));
            for (String value : values) {
                if (!option.allowed().contains(value)) {
                    throw new UsageError(
                            label + " is one of " + String.join(", ", option.allowed()) + ", not '" + value + "'");
                }
            }
            wanted.put(option, values);
        }
        return wanted;
    }

    private static List<Map<TopologyOption, String>> combinations(
            Topology topology, Map<TopologyOption, List<String>> wanted) {
        List<Map<TopologyOption, String>> combinations = new ArrayList<>();
        combinations.add(new EnumMap<>(TopologyOption.class));
        for (Map.Entry<TopologyOption, List<String>> entry : wanted.entrySet()) {
            if (!topology.options().containsKey(entry.getKey())) {
                continue;
            }
            List<Map<TopologyOption, String>> longer = new ArrayList<>();
            for (Map<TopologyOption, String> one : combinations) {
                for (String value : entry.getValue()) {
                    Map<TopologyOption, String> extended = new EnumMap<>(TopologyOption.class);
                    extended.putAll(one);
                    extended.put(entry.getKey(), value);
                    longer.add(extended);
                }
            }
            combinations = longer;
        }
        return combinations;
    }
}
