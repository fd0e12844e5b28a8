package org.machbed.testbed.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.machbed.testbed.topology.Component;
import org.machbed.testbed.topology.Edge;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.topology.TopologyOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "topologies",
        description = "Lists the topologies: where each component lives and how it talks to the next one.",
        mixinStandardHelpOptions = true)
final class TopologiesCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        var out = spec.commandLine().getOut();
        if (json) {
            out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(array()));
            return Machbed.DONE;
        }
        String format = "%-18s %-16s %-10s %-13s %-14s %-9s %s%n";
        out.printf(format, "name", "stack lives in", "app to", "stack to", "driver to", "paper", "stands for");
        out.printf(format, "", "", "sockets", "driver", "stack", "", "");
        for (Topology topology : TopologyCatalog.all()) {
            out.printf(
                    format,
                    topology.name(),
                    topology.place(Component.STACK).label(),
                    topology.binding(Edge.APP_SOCKETS).label(),
                    topology.binding(Edge.STACK_DRIVER).label(),
                    topology.binding(Edge.DEMUX_STACK).label(),
                    topology.paper(),
                    topology.standsFor());
        }
        out.flush();
        return Machbed.DONE;
    }

    private static ArrayNode array() {
        ArrayNode array = new ObjectMapper().createArrayNode();
        for (Topology topology : TopologyCatalog.all()) {
            ObjectNode node = array.addObject();
            node.put("name", topology.name());
            node.put("paper", topology.paper());
            node.put("standsFor", topology.standsFor());
            node.put("structure", topology.structure().label());
            node.put("demultiplexer", topology.demultiplexer().label());
            node.put("wire", topology.wire().label());
            ObjectNode places = node.putObject("places");
            for (Component component : Component.values()) {
                places.put(component.label(), topology.place(component).label());
            }
            ObjectNode bindings = node.putObject("bindings");
            for (Edge edge : Edge.values()) {
                bindings.put(edge.label(), topology.binding(edge).label());
            }
            ObjectNode options = node.putObject("options");
            for (TopologyOption option : TopologyOption.values()) {
                if (topology.options().containsKey(option)) {
                    option.allowed().forEach(options.putArray(option.label())::add);
                }
            }
        }
        return array;
    }
}
