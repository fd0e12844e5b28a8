package org.machbed.testbed.node.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.HostCompiler;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.launch.Role;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.WireEnd;
import org.machbed.testbed.node.NodeRole;
import org.machbed.testbed.node.NodeWire;
import org.machbed.testbed.node.StandingHost;
import org.machbed.testbed.topology.Topology;

/** A node's part of the topology that stands for as long as the node does: its role's process, if the topology has one. */
final class StandingProcess implements AutoCloseable {
    private static final int MTU_BYTES = 1500;
    private static final Duration READY_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofMillis(2_500);

    private final NodeOptions options;
    private final Topology topology;
    private final NodeMemory memory;
    private final HostCompiler compiler;
    private final Path hostDirectory;
    private @Nullable ChildProcess process;

    StandingProcess(NodeOptions options, Topology topology, NodeMemory memory) {
        this.options = options;
        this.topology = topology;
        this.memory = memory;
        this.hostDirectory = memory.host(NodeMemory.STANDING, row());
        this.compiler = new HostCompiler(
                row(),
                topology,
                options.standingHost(),
                memory.row(NodeMemory.STANDING, row()),
                WireEnd.of(NodeWire.ofRow(options.wire(), 0), MTU_BYTES),
                false);
    }

    private String row() {
        return topology.name();
    }

    /**
     * Starts it and waits until it is ready.
     *
     * @param onDeath told when it ends unasked
     * @return a sentence for the log
     */
    String start(JvmCommand jvm, Path logs, Consumer<RunFailure> onDeath)
            throws IOException, RunFailure, InterruptedException {
        if (options.role() == NodeRole.KERNEL_NODE) {
            memory.createRun(NodeMemory.STANDING);
            memory.createHost(NodeMemory.STANDING, row());
        }
        Optional<ProcessPlan> plan =
                options.role().process().map(role -> compiler.processes().get(role));
        if (plan.isEmpty()) {
            return "idle, for " + row() + " has no " + options.role().label();
        }
        removeLeftovers(plan.get());
        ChildProcess started = ChildProcess.startAlone(plan.get(), jvm, logs);
        process = started;
        started.onEnd(onDeath);
        started.awaitReady(READY_LIMIT);
        String what = row() + " stands at " + options.standingHost().addressWithPrefix();
        if (options.role() != NodeRole.CLIENT_APP) {
            return what;
        }
        String services =
                started.ask("services", "SERVICES", READY_LIMIT).json().toString();
        StandingHost.announce(applicationArguments());
        return what + ", with " + services;
    }

    /** The page of counters of the one before, where that was killed and the host lives on: a process makes its own. */
    private static void removeLeftovers(ProcessPlan plan) throws IOException {
        Path host = plan.hostDirectory();
        if (Files.isDirectory(host)) {
            Files.deleteIfExists(HostDirectory.open(host).crossings(plan.name()));
        }
    }

    private Map<String, String> applicationArguments() {
        Map<String, String> arguments = new LinkedHashMap<>();
        arguments.put("host-directory", hostDirectory.toString());
        arguments.put("process-name", Role.CLIENT.processName());
        arguments.putAll(compiler.client());
        return arguments;
    }

    @Override
    public void close() {
        ChildProcess started = process;
        try {
            if (started != null) {
                if (options.role() == NodeRole.CLIENT_APP) {
                    StandingHost.withdraw();
                }
                started.stop(STOP_LIMIT);
            }
            if (options.role() == NodeRole.KERNEL_NODE) {
                memory.removeRun(NodeMemory.STANDING);
            }
        } catch (IOException e) {
            System.err.println(options.name() + ": cannot clean up: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
