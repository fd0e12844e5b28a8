package org.machbed.testbed.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.machbed.link.LinkSpecification;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.Role;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.machine.CpuList;
import org.machbed.testbed.machine.Machine;
import org.machbed.testbed.node.NodeAddresses;
import org.machbed.testbed.node.NodeName;
import org.machbed.testbed.node.NodeRole;
import org.machbed.testbed.node.Subnet;
import org.machbed.testbed.node.server.LocalAddresses;
import org.machbed.testbed.node.server.Node;
import org.machbed.testbed.node.server.NodeOptions;
import org.machbed.testbed.topology.InvalidTopologyException;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "node",
        hidden = true,
        description = {
            "Starts the processes of one role of one host, on behalf of launchers (machbed measure --nodes ...), and keeps that role's"
                    + " process of a topology up meanwhile. Docker's containers run it. Runs until SIGTERM.",
            "Whoever can reach its port can have it start such processes: let no more than the launchers reach it."
        },
        mixinStandardHelpOptions = true)
final class NodeCommand implements Callable<Integer> {
    private static final String AUTOMATIC = "auto";
    private static final String NONE = "none";
    private static final int UDP_PORT = 7410;
    private static final int LARGEST_PORT = 65_535;

    @Option(
            names = "--host",
            paramLabel = "H",
            defaultValue = "${env:MACHBED_HOST}",
            required = true,
            description = "Which host: a or b (MACHBED_HOST).")
    private String host = "";

    @Option(
            names = "--role",
            paramLabel = "R",
            defaultValue = "${env:MACHBED_ROLE}",
            required = true,
            description = "kernel-node, protocol-server, connection-server or client-app (MACHBED_ROLE).")
    private String role = "";

    @Option(
            names = "--bind",
            paramLabel = "A",
            split = ",",
            defaultValue = "${env:MACHBED_BIND:-127.0.0.1}",
            description = "Where to listen: addresses, or networks that this machine has one address of"
                    + " (MACHBED_BIND, default 127.0.0.1).")
    private List<String> bind = List.of();

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "${env:MACHBED_PORT:-" + NodeAddresses.PORT + "}",
            description = "TCP port; 0 for any (MACHBED_PORT, default " + NodeAddresses.PORT + ").")
    private int port;

    @Option(
            names = "--memory",
            paramLabel = "DIR",
            defaultValue = "${env:MACHBED_MEMORY:-/dev/shm/machbed}",
            description =
                    "The memory of the host, which its nodes have in common and nobody else (MACHBED_MEMORY, default"
                            + " /dev/shm/machbed).")
    private Path memory = Path.of("/dev/shm/machbed");

    @Option(
            names = "--topology",
            paramLabel = "T",
            defaultValue = "${env:TOPOLOGY:-in-kernel}",
            description = "What to keep up, or none (TOPOLOGY, default in-kernel).")
    private String topology = "in-kernel";

    @Option(
            names = "--subnet",
            paramLabel = "A/16",
            defaultValue = "${env:MACHBED_SUBNET:-10.151.0.0/16}",
            description = "Network of the hosts of rows (MACHBED_SUBNET, default 10.151.0.0/16).")
    private String subnet = "10.151.0.0/16";

    @Option(
            names = "--wire",
            paramLabel = "W",
            defaultValue = "${env:MACHBED_WIRE:-auto}",
            description = {
                "What joins the kernel-nodes: bridge:NETWORK, udp:NETWORK:PORT,peer=HOST:PORT or segment:DIRECTORY (MACHBED_WIRE).",
                "Default: the bridge of the subnet where packet sockets are allowed, else UDP on it."
            })
    private String wire = AUTOMATIC;

    @Option(
            names = "--peer",
            paramLabel = "NAME",
            defaultValue = "${env:MACHBED_PEER}",
            description =
                    "The other kernel-node's machine, for UDP (MACHBED_PEER, default a-kernel-node or b-kernel-node).")
    private @Nullable String peer;

    @Option(
            names = "--cpu",
            paramLabel = "N",
            defaultValue = "${env:MACHBED_CPU}",
            description =
                    "The CPU of the host (MACHBED_CPU, default: the first that is allowed for a, the second for b).")
    private @Nullable Integer cpu;

    @Override
    public Integer call() throws Exception {
        NodeOptions options = options();
        PrintStream log = System.out;
        Node node = Node.create(options, JvmCommand.ofThisJvm(AotTrainer.readyCaches()), NodeCommand::mainClass, log);
        // A signal is its ordinary end; an exit would give the signal's code.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endWith(node), "clean-up"));
        try (node) {
            node.start();
            throw node.failure().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void endWith(Node node) {
        if (!node.closing()) {
            node.close();
            Runtime.getRuntime().halt(Machbed.DONE);
        }
    }

    private static String mainClass(String program) {
        return Arrays.stream(Role.values())
                .filter(one -> one.program().equals(program))
                .findFirst()
                .orElseThrow()
                .mainClass();
    }

    private NodeOptions options() throws RunFailure, IOException {
        NodeName name = name();
        Subnet rows = rows();
        if (port < 0 || port > LARGEST_PORT) {
            throw new UsageError("--port is 0 to " + LARGEST_PORT + ", not " + port);
        }
        return new NodeOptions(name, addresses(), port, memory, cpu(name), wire(name, rows), rows, standing());
    }

    private NodeName name() {
        if (!host.equals("a") && !host.equals("b")) {
            throw new UsageError("--host is a or b, not " + host);
        }
        return new NodeName(
                host,
                NodeRole.find(role)
                        .orElseThrow(
                                () -> new UsageError("unknown role '" + role + "'; known: " + NodeAddresses.roles())));
    }

    private Subnet rows() {
        try {
            return Subnet.parse(subnet);
        } catch (IllegalArgumentException e) {
            throw new UsageError("--subnet: " + e.getMessage());
        }
    }

    private List<InetAddress> addresses() throws RunFailure {
        try {
            return LocalAddresses.of(bind);
        } catch (IllegalArgumentException | UnknownHostException e) {
            throw new RunFailure("--bind: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new RunFailure("cannot tell the addresses of this machine: " + e.getMessage(), e);
        }
    }

    private int cpu(NodeName name) throws IOException {
        if (cpu == null) {
            Pinning pinning = Pinning.ofThisMachine();
            return name.host().equals("a") ? pinning.cpuOfA() : pinning.cpuOfB();
        }
        CpuList allowed = CpuList.allowed();
        if (!allowed.contains(cpu)) {
            throw new UsageError("--cpu is one of those that this process may use, " + allowed + ", not " + cpu);
        }
        return cpu;
    }

    private String wire(NodeName name, Subnet rows) {
        if (!wire.equals(AUTOMATIC)) {
            try {
                LinkSpecification.parse(wire);
            } catch (IllegalArgumentException e) {
                throw new UsageError("--wire: " + e.getMessage());
            }
            return wire;
        }
        if (Machine.mayOpenPacketSockets()) {
            return "bridge:" + rows;
        }
        String other = name.host().equals("a") ? "b" : "a";
        String machine = peer != null ? peer : new NodeName(other, NodeRole.KERNEL_NODE).toString();
        return "udp:" + rows + ":" + UDP_PORT + ",peer=" + machine + ":" + UDP_PORT;
    }

    private Optional<Topology> standing() {
        try {
            if (topology.equals(NONE)) {
                return Optional.empty();
            }
            Topology standing = TopologyCatalog.resolve(topology);
            NodeVenue.refuseWireOfApplication(standing);
            return Optional.of(standing);
        } catch (InvalidTopologyException e) {
            throw new UsageError(String.join("; ", e.problems()));
        }
    }
}
