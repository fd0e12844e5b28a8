package org.machbed.testbed.node.server;

import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.machbed.proto.node.StartProcess;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.machine.CpuList;
import org.machbed.testbed.node.NodeName;
import org.machbed.testbed.node.NodeRole;

/** The processes that a node has started for launchers. It starts those of its own role, and builds their command lines itself. */
final class NodeProcesses implements AutoCloseable {
    private final NodeName node;
    private final NodeMemory memory;
    private final CpuList allowed;
    private final JvmCommand jvm;
    private final UnaryOperator<String> mainClasses;
    private final Path crashes;
    private final Map<Long, NodeProcess> running = new ConcurrentHashMap<>();

    /**
     * Processes of a node.
     *
     * @param mainClasses the main class of a program's name
     * @param crashes where virtual machines that crash write down why
     */
    NodeProcesses(
            NodeName node,
            NodeMemory memory,
            CpuList allowed,
            JvmCommand jvm,
            UnaryOperator<String> mainClasses,
            Path crashes) {
        this.node = node;
        this.memory = memory;
        this.allowed = allowed;
        this.jvm = jvm;
        this.mainClasses = mainClasses;
        this.crashes = crashes;
    }

    /**
     * Starts a process.
     *
     * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming what the node refuses
     */
    NodeProcess start(StartProcess wanted, EventSender events) throws IOException, InterruptedException {
        ProcessPlan plan = plan(wanted);
        Files.createDirectories(crashes);
        NodeProcess process =
                NodeProcess.start(wanted.getShared() ? jvm.ofShared(plan, crashes) : jvm.of(plan, crashes), events);
        running.put(process.pid(), process);
        var _ = process.process().onExit().thenAccept(_ -> running.remove(process.pid()));
        return process;
    }

    private ProcessPlan plan(StartProcess wanted) {
        NodeRole role = roleOf(wanted);
        if (role != node.role()) {
            throw refusal("it starts no process of " + role.label());
        }
        if (!allowed.contains(wanted.getCpu())) {
            throw refusal("CPU " + wanted.getCpu() + " is not among those that it may use, " + allowed);
        }
        Path host = memory.host(wanted.getRun(), wanted.getRow());
        if (!wanted.getArgumentsList().contains("--host-directory=" + host)) {
            throw refusal("a process of row " + wanted.getRow() + " has its host in " + host);
        }
        return new ProcessPlan(
                wanted.getRow(),
                node.host(),
                wanted.getName(),
                wanted.getProgram(),
                mainClasses.apply(wanted.getProgram()),
                wanted.getArgumentsList(),
                wanted.getCpu(),
                host,
                wanted.getKind(),
                wanted.getCache());
    }

    private NodeRole roleOf(StartProcess wanted) {
        try {
            return NodeRole.of(wanted.getProgram(), wanted.getKind());
        } catch (IllegalArgumentException e) {
            throw refusal(String.valueOf(e.getMessage()));
        }
    }

    /** Whether a process of that number is one of ours that runs. */
    boolean has(long pid) {
        return running.containsKey(pid);
    }

    private RuntimeException refusal(String why) {
        return Status.INVALID_ARGUMENT.withDescription(node + ": " + why).asRuntimeException();
    }

    /** Ends all of them; there are none when this returns. */
    @Override
    public void close() {
        var enders = running.values().stream()
                .map(process -> Thread.ofPlatform().daemon().start(process::abandon))
                .toList();
        try {
            for (Thread ender : enders) {
                ender.join();
            }
        } catch (InterruptedException e) {
            running.values().forEach(NodeProcess::kill);
            Thread.currentThread().interrupt();
        }
    }
}
