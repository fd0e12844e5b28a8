package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.chronicle.FrameQueuePair;
import org.machbed.ipc.chronicle.IdleBell;
import org.machbed.ipc.mach.GrpcTransport;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachLimits;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.port.PortCounters.Count;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.KernelGrpc;
import org.machbed.proto.mach.Message;
import org.machbed.proto.mach.Operation;
import org.machbed.proto.mach.PortRight;
import org.machbed.proto.mach.Region;
import org.machbed.proto.mach.RightDisposition;
import org.machbed.proto.mach.TaskFrame;

import static org.assertj.core.api.Assertions.assertThat;

/** Tasks that do not keep to the protocol: the kernel answers or ends them, counts it, and serves the others as before. */
@Timeout(30)
class HostileTaskTest {
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test");
    private final HostDirectory host = HostDirectory.open(directory);
    private final KernelPorts kernel = KernelPorts.open(host, true, Crossings.unshared(), failures::add);
    private final GrpcTransport.Loop loop = GrpcTransport.newLoop("hostile");
    private final ManagedChannel channel = GrpcTransport.channel(host.kernelSocket(), loop);

    HostileTaskTest() throws IOException {}

    @AfterEach
    void theKernelStillServesOthers() throws IOException {
        try (MachTask honest = MachTask.connect(host, MachTransport.GRPC, "honest")) {
            PortName port = honest.allocatePort(5);
            honest.makeSendRight(port);
            honest.send(MachMessage.of(port, 1, ByteString.EMPTY), Duration.ofSeconds(10));
            assertThat(honest.receive(port, Duration.ofSeconds(10)).id()).isEqualTo(1);
        }
        channel.shutdownNow();
        loop.close();
        kernel.close();
        assertThat(failures).isEmpty();
        FrameQueuePair.delete(directory);
    }

    /** A stream that says what it likes and reads only when asked to. */
    private final class Stream implements ClientResponseObserver<TaskFrame, KernelFrame> {
        private final BlockingQueue<KernelFrame> answers = new LinkedBlockingQueue<>();
        private final CompletableFuture<Status> end = new CompletableFuture<>();
        private final boolean reads;
        private final ClientCallStreamObserver<TaskFrame> requests;

        Stream(boolean reads) {
            this.reads = reads;
            requests = (ClientCallStreamObserver<TaskFrame>)
                    KernelGrpc.newStub(channel).attach(this);
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<TaskFrame> stream) {
            stream.disableAutoRequestWithInitial(reads ? Integer.MAX_VALUE : 0);
        }

        @Override
        public void onNext(KernelFrame frame) {
            answers.add(frame);
        }

        @Override
        public void onError(Throwable t) {
            end.complete(Status.fromThrowable(t));
        }

        @Override
        public void onCompleted() {
            end.complete(Status.OK);
        }

        void say(TaskFrame.Builder frame) {
            requests.onNext(frame.build());
        }

        KernelFrame ask(TaskFrame.Builder frame) throws InterruptedException {
            say(frame);
            return answers.take();
        }

        MachCode code(TaskFrame.Builder frame) throws InterruptedException {
            return MachCode.of(ask(frame).getCode());
        }
    }

    private static TaskFrame.Builder frame(Operation operation) {
        return TaskFrame.newBuilder().setOperation(operation).setCall(1);
    }

    private static TaskFrame.Builder send(Message.Builder message) {
        return frame(Operation.SEND).setMessage(message);
    }

    private Stream attached() throws InterruptedException {
        Stream stream = new Stream(true);
        assertThat(stream.ask(frame(Operation.ATTACH).setText("hostile")).getValue())
                .isPositive();
        return stream;
    }

    @Test
    void whatMakesNoSenseIsRefusedAndCounted() throws Exception {
        Stream stream = attached();
        assertThat(stream.code(frame(Operation.ATTACH))).isEqualTo(MachCode.KERN_INVALID_ARGUMENT);
        assertThat(stream.code(frame(Operation.OPERATION_INVALID))).isEqualTo(MachCode.KERN_INVALID_ARGUMENT);
        assertThat(stream.code(TaskFrame.newBuilder().setCall(1).setOperationValue(777)))
                .isEqualTo(MachCode.KERN_INVALID_ARGUMENT);
        assertThat(kernel.counters().get(Count.MALFORMED_FRAMES)).isEqualTo(3);

        assertThat(stream.code(frame(Operation.ALLOCATE_PORT).setValue(-1))).isEqualTo(MachCode.KERN_INVALID_VALUE);
        assertThat(stream.code(frame(Operation.ALLOCATE_PORT).setValue(MachLimits.MAX_QUEUE_LIMIT + 1)))
                .isEqualTo(MachCode.KERN_INVALID_VALUE);
        for (Operation operation : new Operation[] {
            Operation.DEALLOCATE,
            Operation.DESTROY,
            Operation.STATUS,
            Operation.MOVE_MEMBER,
            Operation.MAKE_SEND_RIGHT,
            Operation.MODIFY_REFERENCES,
            Operation.REQUEST_NOTIFICATION,
            Operation.REGISTER
        }) {
            for (int name : new int[] {0, -1, 77, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                assertThat(stream.code(frame(operation).setName(name))).isEqualTo(MachCode.KERN_INVALID_NAME);
            }
        }
        assertThat(stream.code(frame(Operation.RECEIVE).setName(-1))).isEqualTo(MachCode.MACH_RCV_INVALID_NAME);
        assertThat(stream.code(frame(Operation.SERVE).setName(12345))).isEqualTo(MachCode.MACH_RCV_INVALID_NAME);
        assertThat(stream.code(frame(Operation.LOOK_UP).setText("x".repeat(MachLimits.MAX_SERVICE_NAME + 1))))
                .isEqualTo(MachCode.KERN_RESOURCE_SHORTAGE);
    }

    @Test
    void badMessagesAreRefusedWithTheirCode() throws Exception {
        Stream stream = attached();
        int port = stream.ask(frame(Operation.ALLOCATE_PORT)).getName();
        stream.ask(frame(Operation.MAKE_SEND_RIGHT).setName(port));
        Message good = Message.newBuilder()
                .setDestination(port)
                .setDestinationDisposition(RightDisposition.COPY_SEND)
                .build();

        assertThat(stream.code(frame(Operation.SEND))).isEqualTo(MachCode.MACH_SEND_INVALID_DATA);
        assertThat(stream.code(send(good.toBuilder().setDestination(99)))).isEqualTo(MachCode.MACH_SEND_INVALID_DEST);
        assertThat(stream.code(send(good.toBuilder().setDestinationDispositionValue(99))))
                .isEqualTo(MachCode.MACH_SEND_INVALID_HEADER);
        assertThat(stream.code(send(good.toBuilder().setDestinationDisposition(RightDisposition.MOVE_RECEIVE))))
                .isEqualTo(MachCode.MACH_SEND_INVALID_HEADER);
        assertThat(stream.code(send(good.toBuilder().setReply(98).setReplyDisposition(RightDisposition.COPY_SEND))))
                .isEqualTo(MachCode.MACH_SEND_INVALID_REPLY);
        assertThat(stream.code(
                        send(good.toBuilder().setReply(port).setReplyDisposition(RightDisposition.MOVE_RECEIVE))))
                .isEqualTo(MachCode.MACH_SEND_INVALID_REPLY);
        assertThat(stream.code(send(good.toBuilder()
                        .addRights(PortRight.newBuilder().setName(port).setDispositionValue(55)))))
                .isEqualTo(MachCode.MACH_SEND_INVALID_TYPE);
        PortRight.Builder moved = PortRight.newBuilder().setName(port).setDisposition(RightDisposition.MOVE_SEND_ONCE);
        assertThat(stream.code(send(good.toBuilder().addRights(moved)))).isEqualTo(MachCode.MACH_SEND_INVALID_RIGHT);
        Message.Builder many = good.toBuilder();
        for (int i = 0; i <= MachLimits.MAX_RIGHTS; i++) {
            many.addRights(PortRight.getDefaultInstance());
        }
        assertThat(stream.code(send(many))).isEqualTo(MachCode.MACH_SEND_TOO_LARGE);
        assertThat(stream.code(
                        send(good.toBuilder().setBody(ByteString.copyFrom(new byte[MachLimits.MAX_BODY_BYTES + 1])))))
                .isEqualTo(MachCode.MACH_SEND_TOO_LARGE);
        for (String object : new String[] {
            "", "../../etc/passwd", "1-", "2-00000000000000000000000000000000", "0-00000000000000000000000000000000"
        }) {
            assertThat(stream.code(send(good.toBuilder()
                            .addRegions(Region.newBuilder().setObject(object).setLengthBytes(10)))))
                    .isEqualTo(MachCode.MACH_SEND_INVALID_MEMORY);
        }
        assertThat(stream.code(send(good.toBuilder()
                        .addRegions(Region.newBuilder().setObject("x").setLengthBytes(-1)))))
                .isEqualTo(MachCode.MACH_SEND_TOO_LARGE);
        assertThat(kernel.counters().get(Count.REFUSED_CALLS)).isEqualTo(16);
        assertThat(stream.ask(frame(Operation.STATUS).setName(port)).getQueued())
                .isZero();
    }

    @Test
    void memoryThatIsNotThereIsTheReceiversError() throws Exception {
        Stream stream = attached();
        try (MachTask honest = MachTask.connect(host, MachTransport.GRPC, "victim")) {
            PortName port = honest.allocatePort(5);
            honest.register("victim", port);
            int right = stream.ask(frame(Operation.LOOK_UP).setText("victim")).getName();
            stream.ask(send(Message.newBuilder()
                    .setDestination(right)
                    .setDestinationDisposition(RightDisposition.COPY_SEND)
                    .addRegions(Region.newBuilder()
                            .setObject("1-00000000000000000000000000000000")
                            .setLengthBytes(10))));
            try (var message = honest.receive(port, null)) {
                message.regions().get(0).map();
                throw new AssertionError("mapped what is not there");
            } catch (MachException e) {
                assertThat(e.code()).isEqualTo(MachCode.MACH_RCV_INVALID_DATA);
            }
        }
    }

    @Test
    void framesBeforeAttachingAreCountedAndIgnored() throws Exception {
        Stream stream = new Stream(true);
        stream.say(frame(Operation.ALLOCATE_PORT));
        assertThat(stream.ask(frame(Operation.ATTACH).setCall(9)).getCall()).isEqualTo(9);
        assertThat(kernel.counters().get(Count.MALFORMED_FRAMES)).isEqualTo(1);
    }

    @Test
    void aFrameTooLongForAnyMessageEndsItsTaskOnly() throws Exception {
        Stream stream = attached();
        stream.say(
                send(Message.newBuilder().setBody(ByteString.copyFrom(new byte[GrpcTransport.MAX_FRAME_BYTES + 1]))));
        assertThat(stream.end.get().getCode()).isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.CANCELLED);
    }

    @Test
    void aTaskThatReadsNoAnswersKeepsNobodyElseWaiting() throws Exception {
        Stream stream = new Stream(false);
        stream.say(frame(Operation.ATTACH));
        for (int i = 0; i < 50_000; i++) {
            stream.say(frame(Operation.STATUS).setName(5));
        }
        // The first task that attaches after this is served at once: see theKernelStillServesOthers.
        assertThat(stream.end.isDone()).isFalse();
    }

    @Test
    void garbageInItsQueueEndsAChronicleTask() throws Exception {
        Stream stream = new Stream(true);
        KernelFrame answer = stream.ask(frame(Operation.ATTACH).setValue(1));
        try (SharedMemory bellMemory = SharedMemory.open(host.resolve(FrameQueuePair.KERNEL_BELL_FILE));
                FrameQueuePair queues = FrameQueuePair.open(host.resolve(answer.getText()))) {
            byte[] garbage = {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF};
            assertThat(queues.outgoing().offer(garbage, garbage.length)).isTrue();
            new IdleBell(bellMemory.segment(), 0).ringIfIdle();
            assertThat(stream.end.get().getCode()).isEqualTo(Status.Code.ABORTED);
        }
        assertThat(kernel.counters().get(Count.MALFORMED_FRAMES)).isEqualTo(1);
    }

    @Test
    void aSenselessBellOfItsReceiverHarmsNoSender() throws Exception {
        Stream stream = new Stream(true);
        KernelFrame answer = stream.ask(frame(Operation.ATTACH).setValue(1));
        try (SharedMemory memory =
                        SharedMemory.open(host.resolve(answer.getText()).resolve("control"));
                SharedMemory bellMemory = SharedMemory.open(host.resolve(FrameQueuePair.KERNEL_BELL_FILE));
                FrameQueuePair queues = FrameQueuePair.open(host.resolve(answer.getText()));
                MachTask honest = MachTask.connect(host, MachTransport.GRPC, "sender")) {
            IdleBell kernelBell = new IdleBell(bellMemory.segment(), 0);
            for (TaskFrame.Builder call : List.of(
                    frame(Operation.ALLOCATE_PORT),
                    // The first name of any space.
                    frame(Operation.REGISTER).setName(1).setText("bell"),
                    frame(Operation.SERVE).setName(1).setValue(100).setCall(2))) {
                byte[] bytes = call.build().toByteArray();
                assertThat(queues.outgoing().offer(bytes, bytes.length)).isTrue();
                kernelBell.ringIfIdle();
            }
            PortName right = honest.lookUp("bell", null);
            for (int i = 0; i < 20; i++) {
                // Full of rings, and idle.
                memory.segment().set(ValueLayout.JAVA_LONG, 0, 0xFFFF_FFFFL);
                memory.segment().set(ValueLayout.JAVA_LONG, 64, 1L);
                honest.send(MachMessage.of(right, i, ByteString.EMPTY), null);
            }
        }
    }

    @Test
    void senselessCountersEndAChronicleTask() throws Exception {
        Stream stream = new Stream(true);
        KernelFrame answer = stream.ask(frame(Operation.ATTACH).setValue(1));
        try (SharedMemory memory =
                SharedMemory.open(host.resolve(answer.getText()).resolve("control"))) {
            for (long offset = 0; offset < memory.sizeBytes(); offset += Long.BYTES) {
                memory.segment().set(ValueLayout.JAVA_LONG, offset, -3L);
            }
            assertThat(stream.end.get().getCode()).isEqualTo(Status.Code.ABORTED);
        }
    }
}
