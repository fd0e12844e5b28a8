package org.machbed.testbed.node.server;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.machbed.proto.node.OpenRunRequest;
import org.machbed.proto.node.RunEvent;
import org.machbed.testbed.node.NodeName;
import org.machbed.testbed.node.NodeRole;

/** The run that a node takes part in: one at a time, for two would measure each other. */
final class NodeRuns implements AutoCloseable {
    private final NodeName node;
    private final String build;
    private final NodeMemory memory;
    private final NodeProcesses processes;
    private @Nullable String current; // guarded by this

    NodeRuns(NodeName node, String build, NodeMemory memory, NodeProcesses processes) {
        this.node = node;
        this.build = build;
        this.memory = memory;
        this.processes = processes;
    }

    /** Begins a run that ends with its call. */
    void open(OpenRunRequest request, ServerCallStreamObserver<RunEvent> observer) throws IOException {
        if (!request.getBuild().equals(build)) {
            throw Status.FAILED_PRECONDITION
                    .withDescription(node + " is of build " + build + " and the launcher of build " + request.getBuild()
                            + "; both must be of one")
                    .asRuntimeException();
        }
        memory.checkRun(request.getRun());
        begin(request.getRun());
        // The context is told of a cancelled call at once, the observer only in its turn.
        Context.current()
                .addListener(
                        _ -> Thread.ofPlatform().daemon().start(() -> endAndReport(request.getRun())), Runnable::run);
        if (node.role() == NodeRole.KERNEL_NODE) {
            memory.createRun(request.getRun());
        }
        observer.onNext(RunEvent.getDefaultInstance());
    }

    private synchronized void begin(String run) {
        if (current != null) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription(node + ": another run is on (" + current
                            + "); two at once would measure each other, so wait for it to end")
                    .asRuntimeException();
        }
        current = run;
    }

    private void endAndReport(String run) {
        try {
            end(run);
        } catch (IOException e) {
            System.err.println("node: cannot remove the memory of " + run + ": " + e.getMessage());
        }
    }

    /** Ends a run, if it has not ended: nothing is left of it, no process and nothing in this host's memory. */
    synchronized void end(String run) throws IOException {
        if (run.equals(current)) {
            current = null;
            processes.close();
            if (node.role() == NodeRole.KERNEL_NODE) {
                memory.removeRun(run);
            }
        }
    }

    /** Ends whatever run is on. */
    @Override
    public void close() {
        String run;
        synchronized (this) {
            run = current;
        }
        if (run != null) {
            endAndReport(run);
        }
    }

    synchronized boolean isOn(String run) {
        return run.equals(current);
    }
}
