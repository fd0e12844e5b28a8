package org.machbed.testbed.launch;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.machbed.testbed.topology.Topology;

/** One host of a topology, alone on a wire: the peer is whoever else is on that. */
public final class SingleHost {
    private final Topology topology;
    private final HostSettings settings;
    private final Path directory;
    private final HostCompiler compiler;

    /**
     * A host whose shared memory is below that of its run.
     *
     * @param realTimeAllowed whether processes may ask for SCHED_FIFO where a topology says {@code real-time: auto}
     */
    public SingleHost(
            Topology topology, HostSettings settings, WireEnd wire, boolean realTimeAllowed, Path runDirectory) {
        this.topology = topology;
        this.settings = settings;
        this.directory = runDirectory.resolve(topology.name());
        this.compiler = new HostCompiler(topology.name(), topology, settings, directory, wire, realTimeAllowed);
    }

    /** All its processes. */
    public RowPlan whole() {
        return plan(compiler.processes());
    }

    /** All but its application. */
    public RowPlan underApplication() {
        return plan(compiler.underApplication());
    }

    /** What tells an application how to reach the host's sockets: the keys and values of {@code client-app}'s arguments. */
    public Map<String, String> applicationArguments() {
        var arguments = new LinkedHashMap<String, String>();
        arguments.put("host-directory", directory.resolve(settings.name()).toString());
        arguments.put("process-name", Role.CLIENT.processName());
        arguments.putAll(compiler.client());
        return arguments;
    }

    private RowPlan plan(Map<Role, ProcessPlan> processes) {
        return new RowPlan(
                topology.name(), topology, directory, List.of(settings), RowPlan.startOrder(List.of(processes)));
    }
}
