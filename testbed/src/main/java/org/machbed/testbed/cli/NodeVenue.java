package org.machbed.testbed.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.launch.AotCaches;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.RowPlanner;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.node.NodeAddresses;
import org.machbed.testbed.node.client.NodeDeployment;
import org.machbed.testbed.node.client.NodeFacts;
import org.machbed.testbed.node.client.NodeRowPlanner;
import org.machbed.testbed.topology.Topology;

/** Both hosts are with nodes, in containers or wherever those run. */
final class NodeVenue implements Venue {
    private final NodeAddresses nodes;
    private @Nullable NodeDeployment deployment;

    NodeVenue(NodeAddresses nodes) {
        this.nodes = nodes;
    }

    @Override
    public void check(Topology topology) {
        refuseWireOfApplication(topology);
    }

    /** The wire between nodes is opened by kernel-nodes, which alone have the network and the privileges. */
    static void refuseWireOfApplication(Topology topology) {
        if (topology.applicationDrivesWire()) {
            throw new UsageError(topology.name() + " has its wire in the application, and between nodes it is"
                    + " kernel-nodes that have one; it is for hosts on this machine");
        }
    }

    @Override
    public Run open(Path logs) throws RunFailure, InterruptedException {
        NodeDeployment opened = NodeDeployment.open(nodes);
        deployment = opened;
        return Run.open(opened, logs);
    }

    private NodeDeployment deployment() {
        return Objects.requireNonNull(deployment, "its run has not been opened");
    }

    private NodeFacts facts() {
        return deployment().facts();
    }

    @Override
    public Pinning pinning() {
        return facts().pinning();
    }

    @Override
    public boolean realTime() {
        return facts().realTime();
    }

    @Override
    public RowPlanner planner(boolean realTimeAllowed) {
        return new NodeRowPlanner(deployment(), realTimeAllowed);
    }

    /** Nodes have caches of their own, or none. */
    @Override
    public JvmCommand jvm(Run run, List<RowSpec> rows, TerminalProgress progress) {
        return JvmCommand.ofThisJvm(AotCaches.none());
    }

    @Override
    public HostSettings calibratedHost() {
        return HostSettings.a(pinning());
    }

    @Override
    public OptionalInt otherCpu() {
        int cpu = pinning().cpuOfB();
        return facts().mayUse("a", cpu) ? OptionalInt.of(cpu) : OptionalInt.empty();
    }

    @Override
    public String memory() {
        return "the memory of a host";
    }

    @Override
    public long freeMemoryBytes() {
        return facts().freeMemoryBytes();
    }

    @Override
    public List<String> notes() {
        var notes = new ArrayList<String>();
        notes.add("the hosts are with nodes, and the wire between them is " + facts().wireLabel()
                + ", whose system calls no primitive times");
        if (otherCpu().isEmpty()) {
            notes.add("host a's processes may not use the CPU of host b, so no primitive of two CPUs is measured");
        }
        return notes;
    }

    @Override
    public String text() {
        return "nodes: the processes of both hosts are started by " + nodes.text() + "; wire " + facts().wireOf("a")
                + " and " + facts().wireOf("b");
    }
}
