package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.chronicle.FrameQueuePair;
import org.machbed.ipc.mach.GrpcTransport;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.KernelGrpc;
import org.machbed.proto.mach.Operation;
import org.machbed.proto.mach.TaskFrame;

import static org.assertj.core.api.Assertions.assertThat;

/** The one thread that takes the frames of all tasks with Chronicle queues: no task can end it, and if it ends, that is told. */
@Timeout(30)
class ChronicleKernelTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    /** A few turns of the kernel's, however fast this machine makes files. */
    private static final int MOST_FILES = 20_000;

    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test");
    private final HostDirectory host = HostDirectory.open(directory);
    private final KernelPorts kernel = KernelPorts.open(host, true, Crossings.unshared(), failures::add);
    private final GrpcTransport.Loop loop = GrpcTransport.newLoop("hostile");
    private final ManagedChannel channel = GrpcTransport.channel(host.kernelSocket(), loop);

    ChronicleKernelTest() throws IOException {}

    @AfterEach
    void close() throws IOException {
        channel.shutdownNow();
        loop.close();
        kernel.close();
        FrameQueuePair.delete(directory);
    }

    /** A task that attaches through Chronicle queues and then does with their files what it likes. */
    private final class Attached implements StreamObserver<KernelFrame> {
        private final CompletableFuture<KernelFrame> answer = new CompletableFuture<>();
        private final CompletableFuture<Status> end = new CompletableFuture<>();
        private final StreamObserver<TaskFrame> requests =
                KernelGrpc.newStub(channel).attach(this);
        private final Path queues;

        Attached() throws Exception {
            requests.onNext(TaskFrame.newBuilder()
                    .setOperation(Operation.ATTACH)
                    .setCall(1)
                    .setText("hostile")
                    .setValue(1)
                    .build());
            queues = host.resolve(answer.get().getText());
        }

        @Override
        public void onNext(KernelFrame frame) {
            answer.complete(frame);
        }

        @Override
        public void onError(Throwable t) {
            end.complete(Status.fromThrowable(t));
        }

        @Override
        public void onCompleted() {
            end.complete(Status.OK);
        }
    }

    private void assertThatOthersAreServed() throws IOException {
        try (MachTask honest = MachTask.connect(host, MachTransport.CHRONICLE, "honest")) {
            PortName port = honest.allocatePort(5);
            honest.makeSendRight(port);
            honest.send(MachMessage.of(port, 1, ByteString.EMPTY), SOON);
            assertThat(honest.receive(port, SOON).id()).isEqualTo(1);
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void aTaskThatShortensItsSharedMemoryEndsAlone() throws Exception {
        Attached hostile = new Attached();
        shorten(hostile.queues.resolve("control"));
        assertThat(hostile.end.get().getCode()).isEqualTo(Status.Code.ABORTED);
        assertThatOthersAreServed();
    }

    private static void shorten(Path file) throws IOException {
        try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
            writer.setLength(0);
        }
    }

    /** Its process may take a while to die; the queues are deleted when it has. */
    @Test
    void aTaskThatStillMakesFilesWhenItEndsIsClearedAwayLater() throws Exception {
        Attached dying = new Attached();
        AtomicBoolean lives = new AtomicBoolean(true);
        Thread maker = Thread.ofPlatform().start(() -> makeFiles(dying.queues, lives));
        dying.requests.onCompleted();
        for (int i = 0; i < 3; i++) {
            assertThatOthersAreServed();
        }
        lives.set(false);
        maker.join();
        while (Files.exists(dying.queues)) {
            Thread.onSpinWait();
        }
        assertThat(failures).isEmpty();
    }

    private static void makeFiles(Path queues, AtomicBoolean lives) {
        for (int i = 0; lives.get() && i < MOST_FILES; i++) {
            try {
                Files.createFile(queues.resolve("more-" + i));
            } catch (IOException e) {
                // Deleted under its hands, as it must be.
                return;
            }
        }
    }

    /** The kernel's bell is in memory of all tasks. */
    @Test
    void theEndOfTheThreadIsAFailureOfTheKernel() throws Exception {
        new Attached();
        shorten(host.resolve(FrameQueuePair.KERNEL_BELL_FILE));
        while (failures.isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(failures).singleElement().asString().startsWith("the thread of the Chronicle queues failed: ");
    }
}
