package org.machbed.testbed.launch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.machbed.testbed.topology.Topology;

/**
 * All processes of one row, in the order of their start.
 *
 * @param name names the row within its run
 * @param directory holds its hosts and its wire
 * @param hosts the one that sends first and the one that answers, or one alone
 * @param startOrder processes of one list start together; a list starts when the one before it is ready
 */
public record RowPlan(
        String name, Topology topology, Path directory, List<HostSettings> hosts, List<List<ProcessPlan>> startOrder) {

    public RowPlan {
        hosts = List.copyOf(hosts);
        startOrder = startOrder.stream().map(List::copyOf).toList();
    }

    /** Kernels before servers before applications. */
    public static List<List<ProcessPlan>> startOrder(List<Map<Role, ProcessPlan>> hosts) {
        List<List<ProcessPlan>> order = new ArrayList<>();
        for (Role role : Role.values()) {
            List<ProcessPlan> stage = hosts.stream()
                    .map(host -> host.get(role))
                    .filter(Objects::nonNull)
                    .toList();
            if (!stage.isEmpty()) {
                order.add(stage);
            }
        }
        return order;
    }

    /** The host that sends first. */
    public HostSettings a() {
        return hosts.getFirst();
    }

    /** The host that answers. */
    public HostSettings b() {
        return hosts.getLast();
    }

    /** Where the application on host a finds the one on host b. */
    public String peerAddress() {
        return b().address();
    }

    public List<ProcessPlan> processes() {
        return startOrder.stream().flatMap(List::stream).toList();
    }

    /** The directories of its hosts: where their processes are, or where those of somebody else find a host without any. */
    public List<Path> hostDirectories() {
        List<Path> ofProcesses =
                processes().stream().map(ProcessPlan::hostDirectory).distinct().toList();
        return ofProcesses.isEmpty()
                ? hosts.stream().map(host -> directory.resolve(host.name())).toList()
                : ofProcesses;
    }
}
