package org.machbed.testbed.launch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.machbed.testbed.topology.Binding;
import org.machbed.testbed.topology.Component;
import org.machbed.testbed.topology.Edge;
import org.machbed.testbed.topology.ProcessKind;
import org.machbed.testbed.topology.Structure;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyOption;

/**
 * Turns a topology with its options into the command lines of its processes. It looks at places, bindings and structure only,
 * never at the topology's name, so a topology that a user wrote starts as those that come along do.
 */
public final class TopologyCompiler implements RowPlanner {
    private final HostSettings a;
    private final HostSettings b;
    private final int mtuBytes;
    private final boolean realTimeAllowed;

    /**
     * A compiler for two hosts.
     *
     * @param mtuBytes longest IP datagram of a frame
     * @param realTimeAllowed whether processes may ask for SCHED_FIFO where a topology says {@code real-time: auto}
     */
    public TopologyCompiler(HostSettings a, HostSettings b, int mtuBytes, boolean realTimeAllowed) {
        this.a = a;
        this.b = b;
        this.mtuBytes = mtuBytes;
        this.realTimeAllowed = realTimeAllowed;
    }

    @Override
    public RowPlan compile(String row, Topology topology, Path runDirectory) {
        Path directory = runDirectory.resolve(row);
        var kernels = new ArrayList<ProcessPlan>();
        var servers = new ArrayList<ProcessPlan>();
        var clients = new ArrayList<ProcessPlan>();
        for (HostSettings host : List.of(a, b)) {
            var compiled = new Host(row, topology, host, directory);
            if (topology.needsKernelNode()) {
                kernels.add(compiled.process(Role.KERNEL, "sockets", compiled.kernel()));
            }
            if (topology.uses(ProcessKind.PROTOCOL_SERVER)) {
                servers.add(compiled.process(Role.SERVER, "server", compiled.server()));
            }
            clients.add(compiled.process(Role.CLIENT, "binding", compiled.client()));
        }
        String peer = topology.uses(ProcessKind.MACHINE) ? "127.0.0.1" : b.address();
        List<List<ProcessPlan>> order = Stream.of(kernels, servers, clients)
                .filter(stage -> !stage.isEmpty())
                .map(List::copyOf)
                .toList();
        return new RowPlan(row, topology, directory, a, b, peer, order);
    }

    /** One host of one topology. */
    private final class Host {
        private final String row;
        private final Topology topology;
        private final HostSettings host;
        private final Path directory;

        Host(String row, Topology topology, HostSettings host, Path directory) {
            this.row = row;
            this.topology = topology;
            this.host = host;
            this.directory = directory;
        }

        /** A process, whose kind is the value of one of its own arguments. */
        ProcessPlan process(Role role, String kind, Map<String, String> own) {
            var arguments = new ArrayList<String>();
            arguments.add("--host-directory=" + directory.resolve(host.name()));
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
                    directory.resolve(host.name()),
                    own.getOrDefault(kind, ""),
                    role.processName() + "-" + ipc());
        }

        Map<String, String> kernel() {
            boolean ownsDriver = topology.place(Component.DRIVER) == ProcessKind.KERNEL_NODE;
            var arguments = ownsDriver ? wireEnd() : noWireEnd();
            arguments.put(
                    "sockets", topology.place(Component.SOCKETS) == ProcessKind.KERNEL_NODE ? "in-kernel" : "none");
            arguments.put("chronicle", String.valueOf(ipc().equals("chronicle")));
            arguments.put("real-time", String.valueOf(realTime()));
            arguments.put("udp-checksum", option(TopologyOption.CHECKSUM));
            return arguments;
        }

        Map<String, String> server() {
            var arguments = wireEnd();
            if (topology.place(Component.DRIVER) == ProcessKind.KERNEL_NODE) {
                arguments.put("wire", "none");
            }
            arguments.put("server", topology.structure() == Structure.UNIX ? "unix" : "udp");
            arguments.put("ipc", ipc());
            arguments.put("transmit", topology.binding(Edge.STACK_DRIVER).label());
            arguments.put("receive", topology.binding(Edge.DEMUX_STACK).label());
            putIfVaried(arguments, TopologyOption.QUEUE);
            if (topology.structure() == Structure.RESTRUCTURED) {
                arguments.put(TopologyOption.THREADS.label(), topology.threads());
            }
            arguments.put("real-time", String.valueOf(realTime()));
            arguments.put("udp-checksum", option(TopologyOption.CHECKSUM));
            return arguments;
        }

        Map<String, String> client() {
            var arguments = new LinkedHashMap<String, String>();
            arguments.put("binding", socketBinding());
            if (topology.usesMessages()) {
                arguments.put("ipc", ipc());
            }
            if (topology.place(Component.SOCKETS) == ProcessKind.CLIENT_APP) {
                var server = new ArrayList<String>();
                server.add("host-directory=" + directory.resolve(host.name()));
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
                case CALL -> "call";
                case JAVA_NIO -> "linux";
                // The Unix server is reached through the system-call emulation library, the restructured one by plain
                // RPC.
                case MESSAGE -> topology.structure() == Structure.UNIX ? "emulation" : "udp-rpc";
                case MESSAGE_OOL, WINDOW ->
                    throw new IllegalStateException(
                            "no socket library for " + binding.label() + "; the rules refuse it");
            };
        }

        private Map<String, String> wireEnd() {
            var arguments = new LinkedHashMap<String, String>();
            arguments.put("wire", "segment:" + directory.resolve("wire"));
            arguments.put("mac", host.mac());
            arguments.put("address", host.addressWithPrefix());
            arguments.put("mtu", String.valueOf(mtuBytes));
            return arguments;
        }

        private Map<String, String> noWireEnd() {
            var arguments = wireEnd();
            arguments.put("wire", "none");
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
}
