package org.machbed.testbed.node;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.proto.node.HostRequest;
import org.machbed.proto.node.MeterRequest;
import org.machbed.proto.node.NodesGrpc;
import org.machbed.proto.node.OpenRunRequest;
import org.machbed.proto.node.ProcessEvent;
import org.machbed.proto.node.ProcessInput;
import org.machbed.proto.node.RunEvent;
import org.machbed.proto.node.StartProcess;
import org.machbed.testbed.fake.FakeNodes;
import org.machbed.testbed.fake.FakeRows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a node does for nobody, whoever asks. */
@Timeout(60)
class NodeRefusalsTest {
    private static final String RUN = "run-1";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path parent;

    @SuppressWarnings("NullAway.Init")
    private FakeNodes nodes;

    @SuppressWarnings("NullAway.Init")
    private ManagedChannel client;

    @SuppressWarnings("NullAway.Init")
    private ManagedChannel kernel;

    @BeforeEach
    void startNodes() throws Exception {
        nodes = new FakeNodes(parent);
        client = channel("a-client-app");
        kernel = channel("a-kernel-node");
    }

    private ManagedChannel channel(String node) {
        return NettyChannelBuilder.forAddress("127.0.0.1", nodes.node(node).port())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void endNodes() {
        client.shutdownNow();
        kernel.shutdownNow();
        nodes.close();
    }

    private static NodesGrpc.NodesBlockingStub stub(ManagedChannel channel) {
        return NodesGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    private static void openRun(ManagedChannel channel, String run) {
        Iterator<RunEvent> events = stub(channel)
                .openRun(OpenRunRequest.newBuilder()
                        .setRun(run)
                        .setBuild(BuildIdentity.ofThisBuild())
                        .build());
        assertThat(events.next()).isEqualTo(RunEvent.getDefaultInstance());
    }

    @Test
    void aLauncherOfAnotherBuild() {
        Iterator<RunEvent> events = stub(client)
                .openRun(
                        OpenRunRequest.newBuilder().setRun(RUN).setBuild("0123").build());

        assertThatThrownBy(events::hasNext)
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageStartingWith("FAILED_PRECONDITION: a-client-app is of build " + BuildIdentity.ofThisBuild()
                        + " and the launcher of build 0123");
    }

    @Test
    void aRunWhoseNameLeadsElsewhere() {
        assertThatThrownBy(() -> openRun(kernel, "run-/../../x"))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage("INVALID_ARGUMENT: \"run-/../../x\" is no name of a run");
        openRun(kernel, RUN);
        assertThatThrownBy(() -> stub(kernel)
                        .createHost(HostRequest.newBuilder()
                                .setRun(RUN)
                                .setRow("..")
                                .build()))
                .hasMessage("INVALID_ARGUMENT: \"..\" is no name of a row");
    }

    @Test
    void whatBelongsToNoRun() {
        assertThatThrownBy(() -> stub(kernel)
                        .createHost(HostRequest.newBuilder()
                                .setRun(RUN)
                                .setRow("row")
                                .build()))
                .hasMessage("FAILED_PRECONDITION: a-kernel-node: no run run-1 is on");
        assertThat(failureOf(start().build())).hasMessage("FAILED_PRECONDITION: a-client-app: no run run-1 is on");
    }

    @Test
    void hostsElsewhereThanWithTheKernel() {
        openRun(client, RUN);

        assertThatThrownBy(() -> stub(client)
                        .createHost(HostRequest.newBuilder()
                                .setRun(RUN)
                                .setRow("row")
                                .build()))
                .hasMessage("FAILED_PRECONDITION: a-client-app: the kernel-node has the memory of its host");
    }

    @Test
    void processesOfOtherRolesCpusAndHosts() {
        openRun(client, RUN);

        assertThat(failureOf(start().setProgram("kernel-node").build()))
                .hasMessage("INVALID_ARGUMENT: a-client-app: it starts no process of kernel-node");
        assertThat(failureOf(start().setKind("linux").build()))
                .hasMessage("INVALID_ARGUMENT: a-client-app: it starts no process of kernel-node");
        assertThat(failureOf(start().setProgram("sh").build()))
                .hasMessage("INVALID_ARGUMENT: a-client-app: no node starts a program called sh");
        assertThat(failureOf(start().setCpu(4_000).build()))
                .hasMessageStartingWith("INVALID_ARGUMENT: a-client-app: CPU 4000 is not among those that it may use");
        assertThat(failureOf(start().clearArguments()
                        .addArguments("--host-directory=/tmp")
                        .build()))
                .hasMessageStartingWith("INVALID_ARGUMENT: a-client-app: a process of row row has its host in "
                        + FakeNodes.memory(parent, "a"));
    }

    @Test
    void toReadProcessesThatItDidNotStart() {
        openRun(client, RUN);

        assertThatThrownBy(() -> stub(client)
                        .readMeter(MeterRequest.newBuilder()
                                .setRun(RUN)
                                .setPid(1)
                                .setRow("row")
                                .setName("client")
                                .build()))
                .hasMessage("NOT_FOUND: a-client-app has no process 1");
    }

    @Test
    void linesToAProcessThatWasNotStarted() {
        assertThat(failureOf(ProcessInput.newBuilder().setLine("trial").build()))
                .hasMessage("INVALID_ARGUMENT: a process must be started first");
    }

    /** One that the client's node would start. */
    private StartProcess.Builder start() {
        return StartProcess.newBuilder()
                .setRun(RUN)
                .setRow("row")
                .setName("client")
                .setProgram("client-app")
                .setCpu(FakeRows.cpu())
                .setKind("trap")
                .setCache("none")
                .addArguments("--host-directory="
                        + FakeNodes.memory(parent, "a").resolve(RUN).resolve("row/a"));
    }

    private Throwable failureOf(StartProcess start) {
        return failureOf(ProcessInput.newBuilder().setStart(start).build());
    }

    private Throwable failureOf(ProcessInput first) {
        var failure = new CompletableFuture<Void>();
        StreamObserver<ProcessInput> inputs = NodesGrpc.newStub(client)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .process(new StreamObserver<>() {
                    @Override
                    public void onNext(ProcessEvent event) {
                        failure.completeExceptionally(new AssertionError("it said " + event));
                    }

                    @Override
                    public void onError(Throwable thrown) {
                        failure.completeExceptionally(thrown);
                    }

                    @Override
                    public void onCompleted() {
                        failure.completeExceptionally(Status.OK.asRuntimeException());
                    }
                });
        inputs.onNext(first);
        try {
            failure.get(20, TimeUnit.SECONDS);
            throw new IllegalStateException();
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
