package org.machbed.testbed.topology;

import java.util.Map;

/**
 * A structure of the network code: where each component lives and how it reaches the next one. Nothing else tells the
 * systems of the papers apart.
 *
 * @param source the file that it was read from, as complaints show it
 * @param paper short name of the paper that it comes from, or "none"
 * @param standsFor what the papers called it
 * @param options what may be varied, with the values that hold when nothing else is asked for
 */
public record Topology(
        String name,
        String source,
        String paper,
        String standsFor,
        Structure structure,
        Demultiplexer demultiplexer,
        WireKind wire,
        Map<Component, ProcessKind> places,
        Map<Edge, Binding> bindings,
        Map<TopologyOption, String> options) {

    public Topology {
        places = Map.copyOf(places);
        bindings = Map.copyOf(bindings);
        options = Map.copyOf(options);
    }

    public ProcessKind place(Component component) {
        return java.util.Objects.requireNonNull(places.get(component), component.label());
    }

    public Binding binding(Edge edge) {
        return java.util.Objects.requireNonNull(bindings.get(edge), edge.label());
    }

    public boolean uses(ProcessKind kind) {
        return places.containsValue(kind);
    }

    /** Whether an application can have connections on it: the restructured server has datagrams only. */
    public boolean hasConnections() {
        return structure != Structure.RESTRUCTURED;
    }

    /** Whether an application drives the wire itself, with nobody of its host who could open one for it. */
    public boolean applicationDrivesWire() {
        return place(Component.DRIVER) == ProcessKind.CLIENT_APP;
    }

    /** Whether a thread of the application that waits for a frame polls the wire for it first. */
    public boolean pollsWire() {
        return applicationDrivesWire()
                && options()
                        .getOrDefault(TopologyOption.IDLE, TopologyOption.IDLE.byDefault())
                        .equals("spin");
    }

    /**
     * Whether its connections are set up by a Unix server and then live in the application: each host has that server, of which no
     * component is on the data's path.
     */
    public boolean hasSessions() {
        return demultiplexer == Demultiplexer.SESSION;
    }

    /** Whether a host has a process with a protocol server. */
    public boolean needsServer() {
        return uses(ProcessKind.PROTOCOL_SERVER) || hasSessions();
    }

    /** Whether Mach messages cross between its processes, so that a kernel-node has to relay them. */
    public boolean usesMessages() {
        return bindings.containsValue(Binding.MESSAGE) || bindings.containsValue(Binding.MESSAGE_OOL) || hasSessions();
    }

    /** Whether any of its components needs a kernel-node on each host, be it only to relay messages. */
    public boolean needsKernelNode() {
        return uses(ProcessKind.KERNEL_NODE) || usesMessages();
    }

    /** The same topology with other values for some options. */
    public Topology with(Map<TopologyOption, String> changes) {
        var merged = new java.util.EnumMap<TopologyOption, String>(TopologyOption.class);
        merged.putAll(options);
        merged.putAll(changes);
        return new Topology(name, source, paper, standsFor, structure, demultiplexer, wire, places, bindings, merged);
    }

    /** Whether sending a frame waits for the reply to a message. */
    boolean transmitWaitsForMessages() {
        Binding transmit = binding(Edge.STACK_DRIVER);
        return transmit == Binding.MESSAGE || transmit == Binding.MESSAGE_OOL;
    }

    /**
     * The threads of the server: of a restructured one those that are asked for, or else the cheapest that its way to the
     * driver allows; others have platform threads.
     */
    public String threads() {
        if (structure != Structure.RESTRUCTURED) {
            return "platform";
        }
        String cheapest = transmitWaitsForMessages() ? "virtual" : "transport";
        return options.getOrDefault(TopologyOption.THREADS, cheapest);
    }
}
