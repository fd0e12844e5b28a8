package org.machbed.testbed.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.machbed.testbed.topology.ProcessKind;
import org.machbed.testbed.topology.Topology;

/** Turns a topology with its options into a row of two hosts on a segment of their own. */
public final class TopologyCompiler implements RowPlanner {
    /** Where two applications of this machine's own kernel meet. */
    private static final String LOOPBACK = "127.0.0.1";

    private final HostSettings a;
    private final HostSettings b;
    private final boolean realTimeAllowed;

    /**
     * A compiler for two hosts.
     *
     * @param realTimeAllowed whether processes may ask for SCHED_FIFO where a topology says {@code real-time: auto}
     */
    public TopologyCompiler(HostSettings a, HostSettings b, boolean realTimeAllowed) {
        this.a = a;
        this.b = b;
        this.realTimeAllowed = realTimeAllowed;
    }

    @Override
    public RowPlan compile(String row, Topology topology, int mtuBytes, Path runDirectory) {
        Path directory = runDirectory.resolve(row);
        WireEnd wire = WireEnd.of("segment:" + directory.resolve("wire"), mtuBytes);
        boolean machine = topology.uses(ProcessKind.MACHINE);
        List<HostSettings> settings = machine ? List.of(a.at(LOOPBACK), b.at(LOOPBACK)) : List.of(a, b);
        List<Map<Role, ProcessPlan>> hosts = settings.stream()
                .map(host -> new HostCompiler(row, topology, host, directory, wire, realTimeAllowed).processes())
                .toList();
        return new RowPlan(row, topology, directory, settings, RowPlan.startOrder(hosts));
    }
}
