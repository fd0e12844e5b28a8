package org.machbed.testbed.node.client;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.machbed.testbed.launch.HostCompiler;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.launch.Role;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.RowPlanner;
import org.machbed.testbed.launch.WireEnd;
import org.machbed.testbed.node.NodeWire;
import org.machbed.testbed.node.Subnet;
import org.machbed.testbed.topology.ProcessKind;
import org.machbed.testbed.topology.Topology;

/** Turns a topology with its options into a row of two hosts that nodes start, with addresses and stations of the row's own. */
public final class NodeRowPlanner implements RowPlanner {
    private final NodeDeployment deployment;
    private final boolean realTimeAllowed;
    private final Map<String, Integer> numbers = new HashMap<>(); // guarded by this

    /**
     * A planner.
     *
     * @param realTimeAllowed whether processes may ask for SCHED_FIFO where a topology says {@code real-time: auto}
     */
    public NodeRowPlanner(NodeDeployment deployment, boolean realTimeAllowed) {
        this.deployment = deployment;
        this.realTimeAllowed = realTimeAllowed;
    }

    @Override
    public RowPlan compile(String row, Topology topology, int mtuBytes, Path runDirectory) {
        int number = number(row);
        NodeFacts facts = deployment.facts();
        List<HostSettings> settings = new ArrayList<>();
        List<Map<Role, ProcessPlan>> hosts = new ArrayList<>();
        for (String name : NodeFacts.HOSTS) {
            int cpu = name.equals("a")
                    ? facts.pinning().cpuOfA()
                    : facts.pinning().cpuOfB();
            HostSettings own = facts.subnet().host(name, number, cpu);
            HostSettings host = topology.uses(ProcessKind.MACHINE) ? own.at(facts.machineAddressOf(name)) : own;
            settings.add(host);
            hosts.add(new HostCompiler(
                            row,
                            topology,
                            host,
                            deployment.directoryOf(name).resolve(row),
                            WireEnd.of(NodeWire.ofRow(facts.wireOf(name), number), mtuBytes),
                            realTimeAllowed)
                    .processes());
        }
        return new RowPlan(row, topology, runDirectory.resolve(row), settings, RowPlan.startOrder(hosts));
    }

    /** Row 0 is the standing topology. */
    private synchronized int number(String row) {
        int number = numbers.computeIfAbsent(row, _ -> numbers.size() + 1);
        if (number >= Subnet.ROWS) {
            throw new IllegalArgumentException("a run with nodes has at most " + (Subnet.ROWS - 1) + " rows");
        }
        return number;
    }
}
