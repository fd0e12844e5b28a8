package org.machbed.testbed.node.server;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.node.NodeName;
import org.machbed.testbed.node.NodeRole;
import org.machbed.testbed.node.Subnet;
import org.machbed.testbed.topology.Topology;

/**
 * What a node is.
 *
 * @param bind addresses to listen on
 * @param port TCP port to listen on; 0 for any
 * @param memory the root of its host's memory, which is there
 * @param cpu what the processes of its host are pinned to
 * @param wire what joins kernel-nodes, as their argument has it
 * @param subnet of the hosts of rows
 * @param standing the topology of which the node keeps its part up; empty for none
 */
public record NodeOptions(
        NodeName name,
        List<InetAddress> bind,
        int port,
        Path memory,
        int cpu,
        String wire,
        Subnet subnet,
        Optional<Topology> standing) {
    public NodeOptions {
        bind = List.copyOf(bind);
    }

    NodeRole role() {
        return name.role();
    }

    /** The host of the standing topology, which is row 0. */
    HostSettings standingHost() {
        return subnet.host(name.host(), 0, cpu);
    }
}
