package org.machbed.testbed.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.RunDirectory;
import org.machbed.testbed.launch.TopologyCompiler;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.topology.TopologyOption;

/** Rows of real processes, below a directory of shared memory of their own: another run may be on while tests are. */
final class RealRows {
    static final int MTU_BYTES = 1500;

    private RealRows() {}

    /** Short, since the path of a Unix-domain socket in it may have 107 bytes (unix(7)). */
    static Path sharedMemory(String name) throws IOException {
        return Files.createDirectory(RunDirectory.SHARED_MEMORY.resolve(
                name + "-" + ProcessHandle.current().pid()));
    }

    static TopologyCompiler compiler() throws IOException {
        Pinning pinning = Pinning.ofThisMachine();
        return new TopologyCompiler(HostSettings.a(pinning), HostSettings.b(pinning), false);
    }

    /** A topology with one carrier of messages, empty where it sends none, that makes round trips of one byte over UDP. */
    static RowSpec row(String topology, String ipc, RowRole role) {
        Topology found = TopologyCatalog.find(topology).orElseThrow();
        SystemSpec system = ipc.isEmpty()
                ? new SystemSpec(topology, found, MTU_BYTES)
                : new SystemSpec(topology + "." + ipc, found.with(Map.of(TopologyOption.IPC, ipc)), MTU_BYTES);
        return new RowSpec(system.name(), system.name(), system, Workload.udpRoundTrip(1), role);
    }

    /** The same system with another workload. */
    static RowSpec with(RowSpec row, Workload workload) {
        return new RowSpec(
                row.system().name() + "." + workload.name(), row.variant(), row.system(), workload, row.role());
    }

    /** Every topology with every carrier of messages that it may have; in-kernel, the reference, first. */
    static List<RowSpec> all() {
        var rows = new ArrayList<RowSpec>();
        for (Topology topology : TopologyCatalog.all()) {
            RowRole role = rows.isEmpty() ? RowRole.REFERENCE : RowRole.COMPARED;
            List<String> carriers = topology.usesMessages() ? TopologyOption.IPC.allowed() : List.of("");
            carriers.forEach(ipc -> rows.add(row(topology.name(), ipc, role)));
        }
        return rows;
    }
}
