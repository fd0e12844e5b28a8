package org.machbed.testbed.node.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.machbed.proto.node.NodeDescription;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.machine.CpuList;
import org.machbed.testbed.node.NodeName;
import org.machbed.testbed.node.NodeRole;
import org.machbed.testbed.node.NodeWire;
import org.machbed.testbed.node.Subnet;
import org.machbed.testbed.topology.WireKind;

/** What the nodes of both hosts have said of themselves. */
public final class NodeFacts {
    static final List<String> HOSTS = List.of("a", "b");

    private static final String LOOPBACK = "127.";
    private static final String BRIDGE = "bridge";

    private final Map<NodeName, NodeDescription> descriptions;

    /**
     * Facts of a run.
     *
     * @throws RunFailure when they do not fit together, naming what does not
     */
    NodeFacts(Map<NodeName, NodeDescription> descriptions) throws RunFailure {
        this.descriptions = Map.copyOf(descriptions);
        for (String host : HOSTS) {
            for (Map.Entry<NodeName, NodeDescription> entry : descriptions.entrySet()) {
                NodeDescription kernel = kernel(host);
                NodeDescription node = entry.getValue();
                if (entry.getKey().host().equals(host)
                        && (node.getCpu() != kernel.getCpu()
                                || !node.getMemory().equals(kernel.getMemory()))) {
                    throw new RunFailure(
                            "%s is pinned to CPU %d with its memory in %s, and the kernel-node of its host to"
                                            .formatted(entry.getKey(), node.getCpu(), node.getMemory())
                                    + " CPU %d with %s; they must agree."
                                            .formatted(kernel.getCpu(), kernel.getMemory()));
                }
            }
        }
        if (!wireLabel("a").equals(wireLabel("b"))
                || !kernel("a").getSubnet().equals(kernel("b").getSubnet())) {
            throw new RunFailure("a-kernel-node is on wire %s in %s and b-kernel-node on %s in %s; they must agree."
                    .formatted(
                            wireLabel("a"),
                            kernel("a").getSubnet(),
                            wireLabel("b"),
                            kernel("b").getSubnet()));
        }
    }

    private NodeDescription kernel(String host) {
        return Objects.requireNonNull(descriptions.get(new NodeName(host, NodeRole.KERNEL_NODE)), host);
    }

    private String wireLabel(String host) {
        return NodeWire.label(wireOf(host));
    }

    Path memoryOf(String host) {
        return Path.of(kernel(host).getMemory());
    }

    /** How a kernel-node is on the wire of row 0. */
    public String wireOf(String host) {
        return kernel(host).getWire();
    }

    /** What the wire is called in a table. */
    public String wireLabel() {
        return wireLabel("a");
    }

    /** What joins programs on the machines of the kernel-nodes, as their own kernels see it. */
    String machineWire() {
        if (machineAddressOf("a").startsWith(LOOPBACK)) {
            return WireKind.LOOPBACK.label();
        }
        return wireLabel().equals(BRIDGE) ? BRIDGE : "network";
    }

    /** Longest IP datagram that this takes whole, where the machine says it. */
    OptionalInt machineMtuBytes() {
        int bytes = kernel("a").getMachineMtu();
        return bytes == 0 ? OptionalInt.empty() : OptionalInt.of(bytes);
    }

    Subnet subnet() {
        return Subnet.parse(kernel("a").getSubnet());
    }

    /** The address at which programs on the machine of a kernel-node are reached. */
    String machineAddressOf(String host) {
        return kernel(host).getMachineAddress();
    }

    public Pinning pinning() {
        return new Pinning(kernel("a").getCpu(), kernel("b").getCpu());
    }

    /** Whether a host's processes may run on a CPU. */
    public boolean mayUse(String host, int cpu) {
        try {
            return CpuList.parse(kernel(host).getAllowedCpus()).contains(cpu);
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether all processes that ask for real-time priority can have it. */
    public boolean realTime() {
        return descriptions.values().stream().allMatch(NodeDescription::getRealTime);
    }

    /** Bytes free in the smaller of the hosts' memories. */
    public long freeMemoryBytes() {
        return Math.min(kernel("a").getFreeMemoryBytes(), kernel("b").getFreeMemoryBytes());
    }
}
