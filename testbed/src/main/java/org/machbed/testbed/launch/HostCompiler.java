package org.machbed.testbed.launch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.machbed.link.LinkSpecification;
import org.machbed.link.Wire;
import org.machbed.testbed.topology.Binding;
import org.machbed.testbed.topology.Component;
import org.machbed.testbed.topology.Edge;
import org.machbed.testbed.topology.ProcessKind;
import org.machbed.testbed.topology.Structure;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyOption;

/**
 * Turns one host of a topology with its options into the command lines of its processes. It looks at places, bindings and
 * structure only, never at the topology's name, so a topology that a user wrote starts as those that come along do.
 */
public final class HostCompiler {
    private final String row;
    private final Topology topology;
    private final HostSettings host;
    private final Path directory;
    private final WireEnd wire;
    private final boolean realTimeAllowed;

    /**
     * A compiler for one host.
     *
     * @param row names the row that it belongs to
     * @param rowDirectory the row's shared memory
     * @param realTimeAllowed whether processes may ask for SCHED_FIFO where a topology says {@code real-time: auto}
     */
    public HostCompiler(
            String row,
            Topology topology,
            HostSettings host,
            Path rowDirectory,
            WireEnd wire,
            boolean realTimeAllowed) {
        this.row = row;
        this.topology = topology;
        this.host = host;
        this.directory = rowDirectory.resolve(host.name());
        this.wire = wire;
        this.realTimeAllowed = realTimeAllowed;
    }

    /** Its kernel, server and application: those that it has, in the order of their start. */
    public Map<Role, ProcessPlan> processes() {
        Map<Role, ProcessPlan> processes = underApplication();
        processes.put(Role.CLIENT, process(Role.CLIENT, "binding", client()));
        return processes;
    }

    /** What an application of the host's own stands on: its kernel and server. */
    Map<Role, ProcessPlan> underApplication() {
        var processes = new EnumMap<Role, ProcessPlan>(Role.class);
        if (topology.needsKernelNode()) {
            processes.put(Role.KERNEL, process(Role.KERNEL, "sockets", kernel()));
        }
        if (topology.needsServer()) {
            processes.put(Role.SERVER, process(Role.SERVER, "server", server()));
        }
        return processes;
    }

    /** A process, whose kind is the value of one of its own arguments. */
    private ProcessPlan process(Role role, String kind, Map<String, String> own) {
        var arguments = new ArrayList<String>();
        arguments.add("--host-directory=" + directory);
        arguments.add("--process-name=" + role.processName());
        own.forEach((key, value) -> arguments.add("--" + key + "=" + value));
        return new ProcessPlan(
                row,
                host.name(),
                role.processName(),
                role.program(),
                role.mainClass(),
                arguments,
                host.cpu(),
                directory,
                own.getOrDefault(kind, ""),
                role.processName() + "-" + ipc());
    }

    private Map<String, String> kernel() {
        boolean ownsDriver = topology.place(Component.DRIVER) == ProcessKind.KERNEL_NODE;
        var arguments = ownsDriver || handsWireOver() ? wireEnd() : noWireEnd();
        if (handsWireOver()) {
            arguments.put("hand-over", Role.SERVER.processName());
            // Who drives the wire records it.
            arguments.remove("capture");
        }
        arguments.put("sockets", topology.place(Component.SOCKETS) == ProcessKind.KERNEL_NODE ? "in-kernel" : "none");
        if (topology.hasSessions()) {
            arguments.put("sessions", "true");
        }
        arguments.put("chronicle", String.valueOf(ipc().equals("chronicle")));
        arguments.put("real-time", String.valueOf(realTime()));
        arguments.put("udp-checksum", option(TopologyOption.CHECKSUM));
        putIfVaried(arguments, TopologyOption.CONGESTION);
        return arguments;
    }

    private Map<String, String> server() {
        boolean ownsDriver = topology.place(Component.DRIVER) != ProcessKind.KERNEL_NODE;
        var arguments = ownsDriver ? wireEnd() : noWireEnd();
        if (handsWireOver()) {
            arguments.put("wire", "kernel:" + directory);
        }
        boolean unix = topology.structure() == Structure.UNIX || topology.hasSessions();
        arguments.put("server", unix ? "unix" : "udp");
        if (topology.hasSessions()) {
            arguments.put("sessions", "true");
        }
        arguments.put("ipc", ipc());
        arguments.put("transmit", topology.binding(Edge.STACK_DRIVER).label());
        arguments.put("receive", topology.binding(Edge.DEMUX_STACK).label());
        putIfVaried(arguments, TopologyOption.QUEUE);
        if (topology.structure() == Structure.RESTRUCTURED) {
            arguments.put(TopologyOption.THREADS.label(), topology.threads());
        }
        arguments.put("real-time", String.valueOf(realTime()));
        arguments.put("udp-checksum", option(TopologyOption.CHECKSUM));
        putIfVaried(arguments, TopologyOption.CONGESTION);
        return arguments;
    }

    /**
     * Whether the kernel opens the wire for a server that drives it: the machine's devices are the kernel's. A segment in shared memory
     * is joined by whoever drives it.
     */
    private boolean handsWireOver() {
        return topology.needsKernelNode()
                && topology.place(Component.DRIVER) == ProcessKind.PROTOCOL_SERVER
                && LinkSpecification.parse(wire.wire()).wire() instanceof Wire.OnDescriptor;
    }

    /** The arguments of its application, as keys and values. */
    public Map<String, String> client() {
        var arguments = new LinkedHashMap<String, String>();
        arguments.put("binding", socketBinding());
        if (topology.usesMessages()) {
            arguments.put("ipc", ipc());
        }
        if (topology.applicationDrivesWire()) {
            arguments.putAll(wireEnd());
            arguments.put("udp-checksum", option(TopologyOption.CHECKSUM));
            putIfVaried(arguments, TopologyOption.CONGESTION);
            arguments.put(TopologyOption.IDLE.label(), option(TopologyOption.IDLE));
        } else if (topology.hasSessions()) {
            arguments.putAll(noWireEnd());
            arguments.remove("wire");
            arguments.put("sessions", "true");
            putIfVaried(arguments, TopologyOption.QUEUE);
            arguments.put("udp-checksum", option(TopologyOption.CHECKSUM));
            putIfVaried(arguments, TopologyOption.CONGESTION);
            putIfVaried(arguments, TopologyOption.BUFFERS);
        } else if (topology.place(Component.SOCKETS) == ProcessKind.CLIENT_APP) {
            var server = new ArrayList<String>();
            server.add("host-directory=" + directory);
            server.add("process-name=" + Role.CLIENT.processName());
            server().forEach((key, value) -> server.add(key + "=" + value));
            arguments.put("server-arguments", String.join(";", server));
        }
        return arguments;
    }

    /** How the application's channels reach their sockets, in the client's own words. */
    private String socketBinding() {
        Binding binding = topology.binding(Edge.APP_SOCKETS);
        return switch (binding) {
            case TRAP -> "trap";
            case CALL -> topology.structure() == Structure.LIBRARY ? "library" : "call";
            case JAVA_NIO -> "linux";
            // The Unix server is reached through the system-call emulation library, the restructured one by plain
            // RPC.
            case MESSAGE -> topology.structure() == Structure.UNIX ? "emulation" : "udp-rpc";
            case MESSAGE_OOL, WINDOW ->
                throw new IllegalStateException("no socket library for " + binding.label() + "; the rules refuse it");
        };
    }

    private Map<String, String> wireEnd() {
        var arguments = new LinkedHashMap<String, String>();
        arguments.put("wire", wire.wire());
        arguments.put("mac", host.mac());
        arguments.put("address", host.addressWithPrefix());
        wire.gateway().ifPresent(gateway -> arguments.put("gateway", gateway));
        arguments.put("mtu", String.valueOf(wire.mtuBytes()));
        wire.capture().ifPresent(file -> arguments.put("capture", file.toString()));
        return arguments;
    }

    private Map<String, String> noWireEnd() {
        var arguments = wireEnd();
        arguments.put("wire", "none");
        arguments.remove("capture");
        return arguments;
    }

    private void putIfVaried(Map<String, String> arguments, TopologyOption option) {
        String value = topology.options().get(option);
        if (value != null) {
            arguments.put(option.label(), value);
        }
    }

    private boolean realTime() {
        String wanted = option(TopologyOption.REAL_TIME);
        return wanted.equals("auto") ? realTimeAllowed : Boolean.parseBoolean(wanted);
    }

    private String ipc() {
        return option(TopologyOption.IPC);
    }

    private String option(TopologyOption option) {
        return topology.options().getOrDefault(option, option.byDefault());
    }
}
