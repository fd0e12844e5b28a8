package org.machbed.testbed.topology;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What makes a topology sound. The rules speak of places and bindings only, never of names, so they hold for topologies that
 * users write.
 */
public final class TopologyRules {
    /**
     * One thing wrong with a topology.
     *
     * @param section of the file, for instance {@code bind}; empty for the top
     * @param key within it, for instance {@code stack-driver}
     */
    public record Problem(String section, String key, String reason) {}

    private final Topology topology;
    private final List<Problem> problems = new ArrayList<>();

    private TopologyRules(Topology topology) {
        this.topology = topology;
    }

    /** All that is wrong with it, in the order of the file; empty when it is sound. */
    public static List<Problem> check(Topology topology) {
        var rules = new TopologyRules(topology);
        rules.checkPlaces();
        for (Edge edge : Edge.values()) {
            rules.checkBinding(edge);
        }
        rules.checkDirections();
        rules.checkStructure();
        rules.checkDemultiplexer();
        rules.checkWire();
        rules.checkOptions();
        return List.copyOf(rules.problems);
    }

    private void checkPlaces() {
        if (place(Component.APP) != ProcessKind.CLIENT_APP) {
            refuse("place", "app", "the application lives in client-app, not in " + label(Component.APP));
        }
        if (place(Component.SOCKETS) != place(Component.STACK)) {
            refuse(
                    "place",
                    "stack",
                    "sockets live in " + label(Component.SOCKETS) + " and the stack in " + label(Component.STACK)
                            + "; nothing here can part them yet");
        }
        if (place(Component.DEMUX) != place(Component.DRIVER)) {
            refuse(
                    "place",
                    "demux",
                    "frames are demultiplexed where the driver takes them in, in " + label(Component.DRIVER)
                            + ", not in " + label(Component.DEMUX));
        }
        ProcessKind driver = place(Component.DRIVER);
        if (driver == ProcessKind.CLIENT_APP && topology.structure() != Structure.LIBRARY) {
            refuse(
                    "place",
                    "driver",
                    "in client-app only a library owns the driver, and the structure is "
                            + topology.structure().label() + "; place it in kernel-node or protocol-server");
        } else if (driver != ProcessKind.KERNEL_NODE && driver != place(Component.STACK)) {
            refuse(
                    "place",
                    "driver",
                    "a driver outside kernel-node lives with the stack that it is mapped into, in "
                            + label(Component.STACK) + ", not in " + label(Component.DRIVER));
        }
        if (topology.uses(ProcessKind.MACHINE)) {
            for (Component component : List.of(Component.SOCKETS, Component.STACK, Component.DEMUX, Component.DRIVER)) {
                if (place(component) != ProcessKind.MACHINE) {
                    refuse("place", component.label(), "the machine's own kernel is taken whole or not at all");
                }
            }
        }
    }

    private void checkBinding(Edge edge) {
        ProcessKind from = place(edge.from());
        ProcessKind to = place(edge.to());
        String ends =
                edge.from().label() + " in " + from.label() + ", " + edge.to().label() + " in " + to.label();
        switch (topology.binding(edge)) {
            case CALL -> {
                if (from != to) {
                    refuse(edge, "a call stays in one process, and this edge joins two (" + ends + ")");
                }
            }
            case TRAP -> {
                if (to != ProcessKind.KERNEL_NODE || from == ProcessKind.KERNEL_NODE) {
                    refuse(
                            edge,
                            "a trap enters kernel-node from another process, and this edge does not (" + ends + ")");
                }
            }
            case MESSAGE, MESSAGE_OOL -> {
                if (from == to || from == ProcessKind.MACHINE || to == ProcessKind.MACHINE) {
                    refuse(
                            edge,
                            "a message goes from one process of ours to another, and this edge does not (" + ends
                                    + ")");
                }
            }
            case WINDOW -> {
                if (from == to || (from != ProcessKind.KERNEL_NODE && to != ProcessKind.KERNEL_NODE)) {
                    refuse(
                            edge,
                            "a window joins kernel-node with another process of its host, and this edge does not ("
                                    + ends + ")");
                }
            }
            case JAVA_NIO -> {
                if (to != ProcessKind.MACHINE || from != ProcessKind.CLIENT_APP) {
                    refuse(
                            edge,
                            "java-nio reaches the machine's own kernel from client-app, and this edge does not (" + ends
                                    + ")");
                }
            }
        }
    }

    /** Not every binding is built in both directions. */
    private void checkDirections() {
        Binding transmit = topology.binding(Edge.STACK_DRIVER);
        Binding receive = topology.binding(Edge.DEMUX_STACK);
        if (receive == Binding.MESSAGE_OOL) {
            refuse(Edge.DEMUX_STACK, "received frames come in line; message-ool is for stack-driver");
        }
        if ((transmit == Binding.WINDOW) != (receive == Binding.WINDOW)) {
            refuse(
                    Edge.DEMUX_STACK,
                    "a window carries frames both ways: stack-driver is " + transmit.label() + " and demux-stack "
                            + receive.label());
        }
        Binding access = topology.binding(Edge.APP_SOCKETS);
        if (access == Binding.MESSAGE_OOL || access == Binding.WINDOW) {
            refuse(
                    Edge.APP_SOCKETS,
                    "sockets are reached by call, trap, message or java-nio; " + access.label() + " is not built here");
        }
    }

    private void checkStructure() {
        ProcessKind sockets = place(Component.SOCKETS);
        boolean fits = switch (topology.structure()) {
            case KERNEL -> sockets == ProcessKind.KERNEL_NODE;
            case UNIX -> sockets == ProcessKind.PROTOCOL_SERVER;
            case RESTRUCTURED -> sockets == ProcessKind.PROTOCOL_SERVER || sockets == ProcessKind.CLIENT_APP;
            case LIBRARY -> sockets == ProcessKind.CLIENT_APP;
            case NATIVE -> sockets == ProcessKind.MACHINE;
        };
        if (!fits) {
            refuse(
                    "",
                    "structure",
                    "structure " + topology.structure().label() + " does not live in " + sockets.label());
        } else if (topology.structure() == Structure.LIBRARY
                && place(Component.DRIVER) != ProcessKind.CLIENT_APP
                && place(Component.DRIVER) != ProcessKind.KERNEL_NODE) {
            refuse(
                    "place",
                    "driver",
                    "a library owns the end of its link, or has sessions of a driver in kernel-node, not in "
                            + label(Component.DRIVER));
        } else if (topology.structure() == Structure.LIBRARY && topology.binding(Edge.APP_SOCKETS) != Binding.CALL) {
            refuse(Edge.APP_SOCKETS, "a library is called");
        }
    }

    private void checkDemultiplexer() {
        Binding receive = topology.binding(Edge.DEMUX_STACK);
        Demultiplexer demultiplexer = topology.demultiplexer();
        boolean fits = switch (demultiplexer) {
            case NONE -> receive == Binding.CALL;
            case PACKET_FILTER -> receive == Binding.MESSAGE;
            case FAMILY -> receive == Binding.WINDOW && topology.structure() != Structure.LIBRARY;
            case SESSION -> receive == Binding.WINDOW && topology.structure() == Structure.LIBRARY;
        };
        if (!fits) {
            refuse(
                    "",
                    "demux-by",
                    "demux-by " + demultiplexer.label() + " does not go with demux-stack " + receive.label()
                            + " (none goes with call, packet-filter with message, family with window, session with the window of a"
                            + " library)");
        }
    }

    private void checkWire() {
        boolean machine = topology.uses(ProcessKind.MACHINE);
        if (machine != (topology.wire() == WireKind.LOOPBACK)) {
            refuse(
                    "",
                    "wire",
                    machine
                            ? "the machine's own kernel is measured over loopback"
                            : "loopback belongs to the machine's own kernel; our hosts are joined by segment");
        }
    }

    private void checkOptions() {
        for (Map.Entry<TopologyOption, String> entry : topology.options().entrySet()) {
            TopologyOption option = entry.getKey();
            if (!option.allowed().contains(entry.getValue())) {
                refuse(
                        "options",
                        option.label(),
                        option.label() + " is one of " + String.join(", ", option.allowed()) + ", not '"
                                + entry.getValue() + "'");
            } else if (!heeds(option)) {
                refuse("options", option.label(), "nothing in this topology heeds " + option.label());
            }
        }
        if (topology.transmitWaitsForMessages()
                && "transport".equals(topology.options().get(TopologyOption.THREADS))) {
            refuse(
                    "options",
                    TopologyOption.THREADS.label(),
                    "the thread that messages come in on cannot wait for the reply that stack-driver "
                            + topology.binding(Edge.STACK_DRIVER).label()
                            + " brings, so threads is virtual or platform here");
        }
    }

    private boolean heeds(TopologyOption option) {
        return switch (option) {
            case IPC -> topology.usesMessages();
            case QUEUE -> topology.bindings().containsValue(Binding.WINDOW);
            case THREADS -> topology.structure() == Structure.RESTRUCTURED;
            case CHECKSUM -> !topology.uses(ProcessKind.MACHINE);
            case CONGESTION -> !topology.uses(ProcessKind.MACHINE) && topology.hasConnections();
            // Who shares its CPU with a kernel or a server must leave it to them.
            case IDLE -> topology.applicationDrivesWire();
            case BUFFERS -> topology.hasSessions();
            // A library has no threads that stand for interrupts: the application's own run it.
            case REAL_TIME -> topology.needsKernelNode() || topology.needsServer();
        };
    }

    private ProcessKind place(Component component) {
        return topology.place(component);
    }

    private String label(Component component) {
        return place(component).label();
    }

    private void refuse(Edge edge, String reason) {
        refuse("bind", edge.label(), edge.label() + ": " + reason);
    }

    private void refuse(String section, String key, String reason) {
        problems.add(new Problem(section, key, reason));
    }
}
