package org.machbed.testbed.node.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.machbed.proto.node.HostRequest;
import org.machbed.proto.node.MachineReading;
import org.machbed.proto.node.MachineRequest;
import org.machbed.proto.node.MemoryReading;
import org.machbed.proto.node.MemoryRequest;
import org.machbed.proto.node.NodeDescription;
import org.machbed.proto.node.StartProcess;
import org.machbed.testbed.launch.Deployment;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.HostedProcess;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.machine.ProcFs;
import org.machbed.testbed.node.BuildIdentity;
import org.machbed.testbed.node.NodeAddresses;
import org.machbed.testbed.node.NodeName;
import org.machbed.testbed.node.NodeRole;
import org.machbed.testbed.topology.ProcessKind;
import org.machbed.testbed.topology.Topology;

/** All hosts are with nodes, which start their processes and hold their memory for as long as the run's calls last. */
public final class NodeDeployment implements Deployment {
    private final String run;
    private final Map<NodeName, NodeConnection> connections;
    private final NodeFacts facts;
    private final CompletableFuture<RunFailure> failure = new CompletableFuture<>();

    private NodeDeployment(String run, Map<NodeName, NodeConnection> connections, NodeFacts facts) {
        this.run = run;
        this.connections = new LinkedHashMap<>(connections);
        this.facts = facts;
        for (NodeConnection node : connections.values()) {
            var _ = node.failure().thenAccept(failure::complete);
        }
    }

    /**
     * Begins a run with nodes.
     *
     * @throws RunFailure naming every node that does not answer, is of another build or has another run on
     */
    public static NodeDeployment open(NodeAddresses addresses) throws RunFailure, InterruptedException {
        String run = "run-%d-%08x"
                .formatted(
                        System.currentTimeMillis(), ThreadLocalRandom.current().nextInt());
        Map<NodeName, NodeConnection> connections = new LinkedHashMap<>();
        addresses.byName().forEach((name, address) -> connections.put(name, new NodeConnection(name, address)));
        try {
            var facts = new NodeFacts(describe(connections.values()));
            String build = BuildIdentity.ofThisBuild();
            for (NodeConnection node : connections.values()) {
                node.openRun(run, build);
            }
            return new NodeDeployment(run, connections, facts);
        } catch (RunFailure | RuntimeException | InterruptedException e) {
            connections.values().forEach(NodeConnection::close);
            throw e;
        }
    }

    /** Asks all at once, so that the message of a failure names all that do not answer. */
    private static Map<NodeName, NodeDescription> describe(Collection<NodeConnection> nodes)
            throws RunFailure, InterruptedException {
        Map<NodeName, NodeDescription> described = new ConcurrentHashMap<>();
        List<RunFailure> failures = Collections.synchronizedList(new ArrayList<>());
        var askers = nodes.stream()
                .map(node -> Thread.ofVirtual().start(() -> {
                    try {
                        described.put(node.name(), node.describe());
                    } catch (RunFailure e) {
                        failures.add(e);
                    }
                }))
                .toList();
        for (Thread asker : askers) {
            asker.join();
        }
        if (!failures.isEmpty()) {
            throw new RunFailure(
                    failures.stream().map(RunFailure::getMessage).sorted().collect(Collectors.joining("\n")),
                    List.of("Are the nodes up? docker compose ps tells."),
                    failures.getFirst());
        }
        return described;
    }

    /** What the nodes said of themselves. */
    public NodeFacts facts() {
        return facts;
    }

    @Override
    public Path directory() {
        return Path.of(run);
    }

    @Override
    public Path directoryOf(String host) {
        return facts.memoryOf(host).resolve(run);
    }

    private NodeConnection node(String host, NodeRole role) {
        return Objects.requireNonNull(connections.get(new NodeName(host, role)), host);
    }

    private NodeConnection kernel(String host) {
        return node(host, NodeRole.KERNEL_NODE);
    }

    @Override
    public void createHosts(RowPlan row) throws IOException {
        for (HostSettings host : hosts(row)) {
            kernel(host.name()).call(stub -> stub.createHost(hostOf(row)));
        }
    }

    /** Those that have processes. */
    private static List<HostSettings> hosts(RowPlan row) {
        return row.hosts().stream()
                .filter(host -> row.processes().stream()
                        .anyMatch(process -> process.host().equals(host.name())))
                .toList();
    }

    private HostRequest hostOf(RowPlan row) {
        return HostRequest.newBuilder().setRun(run).setRow(row.name()).build();
    }

    @Override
    public void removeHosts(RowPlan row) {
        for (HostSettings host : hosts(row)) {
            try {
                kernel(host.name()).call(stub -> stub.removeHost(hostOf(row)));
            } catch (IOException e) {
                System.err.println("machbed: cannot remove the hosts of " + row.name() + ": " + e.getMessage());
            }
        }
    }

    @Override
    public HostedProcess start(ProcessPlan plan, boolean shared, JvmCommand jvm, Path logDirectory, Path log)
            throws IOException {
        StartProcess start = StartProcess.newBuilder()
                .setRun(run)
                .setRow(plan.row())
                .setName(plan.name())
                .setProgram(plan.program())
                .addAllArguments(plan.arguments())
                .setCpu(plan.cpu())
                .setKind(plan.kind())
                .setCache(plan.cache())
                .setShared(shared)
                .build();
        return RemoteProcess.start(node(plan.host(), NodeRole.of(plan)), start, log);
    }

    @Override
    public CompletableFuture<RunFailure> failure() {
        return failure.copy();
    }

    @Override
    public Optional<String> full() {
        for (String host : NodeFacts.HOSTS) {
            try {
                String said = machine(host, NodeRole.KERNEL_NODE).getFull();
                if (!said.isEmpty()) {
                    return Optional.of("on host " + host + " " + said);
                }
            } catch (IOException e) {
                // Whoever asks has a failure already, of which this may be a part.
            }
        }
        return Optional.empty();
    }

    @Override
    public String wasFull() {
        return full().orElse("no space is left in the memory of a host");
    }

    @Override
    public String wire(Topology topology) {
        return topology.uses(ProcessKind.MACHINE) ? facts.machineWire() : facts.wireLabel();
    }

    @Override
    public OptionalInt mtuBytes(Topology topology, int asked) {
        return topology.uses(ProcessKind.MACHINE) ? facts.machineMtuBytes() : OptionalInt.of(asked);
    }

    private MachineReading machine(String host, NodeRole role) throws IOException {
        return node(host, role).call(stub -> stub.readMachine(MachineRequest.getDefaultInstance()));
    }

    @Override
    public ProcFs.CpuTicks ticksOf(HostSettings host) throws IOException {
        MachineReading reading = machine(host.name(), NodeRole.KERNEL_NODE);
        return new ProcFs.CpuTicks(reading.getCpuTicks(), reading.getStolenTicks());
    }

    @Override
    public long throttled() throws IOException {
        long throttled = 0;
        for (NodeConnection node : connections.values()) {
            throttled += node.call(stub -> stub.readMachine(MachineRequest.getDefaultInstance()))
                    .getThrottled();
        }
        return throttled;
    }

    @Override
    public Map<Path, Long> memoryBytes(Collection<RowPlan> rows) throws IOException {
        MemoryRequest request = MemoryRequest.newBuilder()
                .setRun(run)
                .addAllRows(rows.stream().map(RowPlan::name).toList())
                .build();
        Map<Path, Long> bytes = new LinkedHashMap<>();
        for (String host : NodeFacts.HOSTS) {
            MemoryReading reading = kernel(host).call(stub -> stub.readMemory(request));
            reading.getBytesByRowMap()
                    .forEach((row, count) ->
                            bytes.put(directoryOf(host).resolve(row).resolve(host), count));
        }
        return bytes;
    }

    /** The nodes of kernels come last: they remove the memory that the processes of the others use. */
    @Override
    public void close() {
        connections.values().stream()
                .sorted(Comparator.comparing(node -> node.name().role() == NodeRole.KERNEL_NODE))
                .forEach(node -> node.closeRun(run));
        connections.values().forEach(NodeConnection::close);
    }
}
