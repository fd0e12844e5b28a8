package org.machbed.testbed.node.client;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.machbed.proto.node.DescribeRequest;
import org.machbed.proto.node.HostRequest;
import org.machbed.proto.node.NodeDescription;
import org.machbed.proto.node.NodesGrpc;
import org.machbed.proto.node.OpenRunRequest;
import org.machbed.proto.node.ProcessEvent;
import org.machbed.proto.node.ProcessInput;
import org.machbed.proto.node.RunEvent;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.node.NodeAddresses;
import org.machbed.testbed.node.NodeName;

/** A launcher's connection to a node, and the run that it takes part in. A node that vanishes without a word is noticed within 15 s. */
final class NodeConnection implements AutoCloseable {
    /** For a node that is just starting. */
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);

    /** For whatever a node does at once. */
    private static final Duration CALL_LIMIT = Duration.ofSeconds(10);

    private static final int LONGEST_MESSAGE_BYTES = 4 * 1024 * 1024;

    /** gRPC's clients send none more often. */
    private static final int KEEP_ALIVE_SECONDS = 10;

    private static final int KEEP_ALIVE_LIMIT_SECONDS = 4;
    private static final int CHANNEL_STOP_MILLIS = 500;

    private final NodeName name;
    private final NodeAddresses.Address address;
    private final ManagedChannel channel;
    private final CompletableFuture<RunFailure> failure = new CompletableFuture<>();
    private volatile boolean closing;

    NodeConnection(NodeName name, NodeAddresses.Address address) {
        this.name = name;
        this.address = address;
        this.channel = NettyChannelBuilder.forAddress(address.host(), address.port())
                .usePlaintext()
                .disableRetry()
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .maxInboundMessageSize(LONGEST_MESSAGE_BYTES)
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEP_ALIVE_LIMIT_SECONDS, TimeUnit.SECONDS)
                .keepAliveWithoutCalls(true)
                .build();
    }

    NodeName name() {
        return name;
    }

    /** Asks the node who it is; waits for one that is just starting. */
    NodeDescription describe() throws RunFailure {
        NodeDescription description;
        try {
            description = NodesGrpc.newBlockingStub(channel)
                    .withWaitForReady()
                    .withDeadlineAfter(ANSWER_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                    .describe(DescribeRequest.getDefaultInstance());
        } catch (StatusRuntimeException e) {
            throw new RunFailure(name + " does not answer at " + address + ": " + reason(e.getStatus()), e);
        }
        String said = description.getHost() + "-" + description.getRole();
        if (!said.equals(name.toString())) {
            throw new RunFailure(name + " was looked for at " + address + ", and there is " + said + ".");
        }
        return description;
    }

    /** Begins a run, which lasts until this is closed. */
    void openRun(String run, String build) throws RunFailure, InterruptedException {
        var begun = new CompletableFuture<Void>();
        NodesGrpc.newStub(channel)
                .openRun(OpenRunRequest.newBuilder().setRun(run).setBuild(build).build(), new RunObserver(begun));
        try {
            begun.get(CALL_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new RunFailure(
                    name + " at " + address + " has not begun the run within " + CALL_LIMIT.toSeconds() + " s.", e);
        } catch (ExecutionException e) {
            Status status = Status.fromThrowable(e.getCause());
            throw new RunFailure(
                    switch (status.getCode()) {
                        case FAILED_PRECONDITION, RESOURCE_EXHAUSTED -> status.getDescription() + ".";
                        default -> name + " at " + address + " cannot begin the run: " + reason(status);
                    },
                    e);
        }
    }

    /** Completes when the node has failed under the run. */
    CompletableFuture<RunFailure> failure() {
        return failure;
    }

    private final class RunObserver implements StreamObserver<RunEvent> {
        private final CompletableFuture<Void> begun;

        RunObserver(CompletableFuture<Void> begun) {
            this.begun = begun;
        }

        @Override
        public void onNext(RunEvent event) {
            begun.complete(null);
        }

        @Override
        public void onError(Throwable thrown) {
            if (!begun.completeExceptionally(thrown)) {
                end(Status.fromThrowable(thrown));
            }
        }

        @Override
        public void onCompleted() {
            end(Status.OK);
        }

        private void end(Status status) {
            if (!closing) {
                failure.complete(new RunFailure(
                        name + " at " + address + " ended while the run was on"
                                + (status.isOk() ? "." : ": " + reason(status)),
                        status.asRuntimeException()));
            }
        }
    }

    /**
     * Makes a call that the node answers at once.
     *
     * @throws IOException naming the node and what was wrong
     */
    <T> T call(Function<NodesGrpc.NodesBlockingStub, T> call) throws IOException {
        return call(call, CALL_LIMIT);
    }

    private <T> T call(Function<NodesGrpc.NodesBlockingStub, T> call, Duration limit) throws IOException {
        try {
            return call.apply(
                    NodesGrpc.newBlockingStub(channel).withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (StatusRuntimeException e) {
            throw new IOException(
                    switch (e.getStatus().getCode()) {
                        case ABORTED, INVALID_ARGUMENT, FAILED_PRECONDITION, NOT_FOUND ->
                            e.getStatus().getDescription();
                        default -> name + " at " + address + ": " + reason(e.getStatus());
                    },
                    e);
        }
    }

    /** Opens the call that stands for a process. */
    ClientCallStreamObserver<ProcessInput> process(ClientResponseObserver<ProcessInput, ProcessEvent> observer) {
        return (ClientCallStreamObserver<ProcessInput>)
                NodesGrpc.newStub(channel).process(observer);
    }

    /** A status as the end of a sentence. */
    static String reason(Status status) {
        String description = status.getDescription();
        Throwable cause = status.getCause();
        return switch (status.getCode()) {
            case UNAVAILABLE ->
                cause == null ? String.valueOf(description) : description + " (" + cause.getMessage() + ")";
            case DEADLINE_EXCEEDED -> "no answer in time";
            case CANCELLED -> "its connection was closed";
            default -> status.getCode() + (description == null ? "" : ", " + description);
        };
    }

    /** Ends the run at the node; when this returns, nothing of it is left there, if the node still answers. */
    void closeRun(String run) {
        closing = true;
        if (failure.isDone()) {
            return;
        }
        try {
            call(stub -> stub.closeRun(HostRequest.newBuilder().setRun(run).build()));
        } catch (IOException e) {
            System.err.println("machbed: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        closing = true;
        channel.shutdownNow();
        try {
            channel.awaitTermination(CHANNEL_STOP_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
