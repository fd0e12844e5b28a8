package org.machbed.testbed.fake;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.node.NodeAddresses;
import org.machbed.testbed.node.NodeName;
import org.machbed.testbed.node.NodeRole;
import org.machbed.testbed.node.Subnet;
import org.machbed.testbed.node.server.Node;
import org.machbed.testbed.node.server.NodeOptions;
import org.machbed.testbed.topology.TopologyCatalog;

/** The nodes of two hosts in this process, each host with memory of its own. They start fake processes, and no topology stands. */
public final class FakeNodes implements AutoCloseable {
    private static final Subnet SUBNET = Subnet.parse("10.151.0.0/16");

    private final Map<NodeName, Node> nodes = new LinkedHashMap<>();

    public FakeNodes(Path parent) throws IOException, RunFailure, InterruptedException {
        for (String host : List.of("a", "b")) {
            Path memory = Files.createDirectory(memory(parent, host));
            for (NodeRole role : List.of(NodeRole.KERNEL_NODE, NodeRole.PROTOCOL_SERVER, NodeRole.CLIENT_APP)) {
                NodeName name = new NodeName(host, role);
                var options = new NodeOptions(
                        name,
                        List.of(InetAddress.getLoopbackAddress()),
                        0,
                        memory,
                        FakeRows.cpu(),
                        "segment:" + parent.resolve("wire"),
                        SUBNET,
                        Optional.empty());
                Node node = Node.create(
                        options,
                        FakeRows.jvm(),
                        _ -> FakeProcess.class.getName(),
                        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
                nodes.put(name, node);
                node.start();
            }
        }
    }

    /** Where the memory of a host is. */
    public static Path memory(Path parent, String host) {
        return parent.resolve("memory-" + host);
    }

    public Node node(String name) {
        return java.util.Objects.requireNonNull(nodes.get(NodeName.parse(name).orElseThrow()), name);
    }

    public NodeAddresses addresses() {
        return NodeAddresses.parse(text());
    }

    /** As {@code --nodes} takes it. */
    public String text() {
        return nodes.entrySet().stream()
                .map(entry -> entry.getKey() + "=127.0.0.1:" + entry.getValue().port())
                .collect(Collectors.joining(","));
    }

    /** A row of a kernel and an application on each host; the application on host a has further arguments. */
    public static RowPlan plan(Run run, String row, String... clientArguments) {
        List<ProcessPlan> kernels = new ArrayList<>();
        List<ProcessPlan> clients = new ArrayList<>();
        List<HostSettings> hosts = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            HostSettings host = SUBNET.host(name, 1, FakeRows.cpu());
            hosts.add(host);
            kernels.add(process(run, row, host, "kernel", NodeRole.KERNEL_NODE));
            clients.add(process(
                    run, row, host, "client", NodeRole.CLIENT_APP, name.equals("a") ? clientArguments : new String[0]));
        }
        return new RowPlan(row, TopologyCatalog.all().getFirst(), Path.of(row), hosts, List.of(kernels, clients));
    }

    private static ProcessPlan process(
            Run run, String row, HostSettings host, String name, NodeRole role, String... more) {
        Path directory = run.directoryOf(host.name()).resolve(row).resolve(host.name());
        var arguments = new ArrayList<>(List.of("--host-directory=" + directory, "--process-name=" + name));
        arguments.addAll(List.of(more));
        return new ProcessPlan(
                row,
                host.name(),
                name,
                role.label(),
                FakeProcess.class.getName(),
                arguments,
                host.cpu(),
                directory,
                name,
                "none");
    }

    @Override
    public void close() {
        nodes.values().forEach(Node::close);
    }
}
