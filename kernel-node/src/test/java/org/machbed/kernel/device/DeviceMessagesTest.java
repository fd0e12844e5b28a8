package org.machbed.kernel.device;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.Notification;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapService;
import org.machbed.ipc.trap.TrapSlot;
import org.machbed.ipc.window.BufferPools;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowConsumer;
import org.machbed.ipc.window.WindowProducer;
import org.machbed.ipc.window.WindowQueue;
import org.machbed.kernel.port.KernelPorts;
import org.machbed.netstack.socket.Errno;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.DeviceMapReply;
import org.machbed.proto.device.DeviceMapRequest;
import org.machbed.proto.device.DeviceOpenReply;
import org.machbed.proto.device.DeviceOpenRequest;
import org.machbed.proto.device.DeviceSetFilterReply;
import org.machbed.proto.device.DeviceSetFilterRequest;
import org.machbed.proto.device.DeviceWriteReply;
import org.machbed.proto.device.DeviceWriteRequest;
import org.machbed.proto.device.ReceivedFrame;
import org.machbed.proto.trap.TrapNumber;

import static org.assertj.core.api.Assertions.assertThat;

/** A task reaches the network interface by messages over the real transport, by traps, and through a window. */
@Timeout(60)
class DeviceMessagesTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int IPV4 = NetworkDevice.TYPE_IPV4;

    private final MemoryLink link = new MemoryLink(1500);
    private final Crossings crossings = Crossings.unshared();
    private final ReentrantLock kernelLock = new ReentrantLock();
    private final NetworkDevice device = new NetworkDevice(link, kernelLock, crossings);
    private final DeviceTable table = new DeviceTable(kernelLock);

    private Path directory;
    private KernelPorts ports;
    private HostDirectory host;
    private CallGate gate;
    private TrapService traps;
    private Thread trapThread;
    private TrapCaller caller;
    private MachTask task;
    private PortName master;

    @BeforeEach
    void start() throws Exception {
        directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-kernel-test");
        host = HostDirectory.open(directory);
        ports = KernelPorts.open(host, false, crossings, reason -> {});
        DeviceMessages.serve(ports, device, table, host);
        gate = CallGate.create(host.kernelGate(), 4);
        traps = new TrapService(gate, table::onTrap);
        trapThread = Thread.ofPlatform().daemon().start(traps::runLoop);
        caller = gate.caller();
        task = MachTask.connect(host, MachTransport.GRPC, "server");
        master = task.lookUp(DeviceCall.MASTER_PORT, SOON);
    }

    @AfterEach
    void stop() throws Exception {
        task.close();
        caller.close();
        traps.stop();
        trapThread.join();
        traps.close();
        gate.close();
        ports.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private ReceivedMessage rpc(PortName port, int id, ByteString body) throws Exception {
        ReceivedMessage reply = task.rpc(MachMessage.of(port, id, body), SOON);
        assertThat(reply.id()).isEqualTo(id + DeviceCall.REPLY);
        return reply;
    }

    private record Opened(PortName port, int trapHandle) {}

    private Opened open() throws Exception {
        ReceivedMessage message = rpc(
                master,
                DeviceCall.OPEN,
                DeviceOpenRequest.newBuilder()
                        .setDeviceName(DeviceCall.NETWORK_DEVICE)
                        .build()
                        .toByteString());
        DeviceOpenReply reply = DeviceOpenReply.parseFrom(message.body());
        assertThat(reply.getError()).isZero();
        assertThat(reply.getMacAddress().toByteArray()).isEqualTo(TestFrames.bytes("020000000001"));
        assertThat(reply.getMtuBytes()).isEqualTo(1500);
        assertThat(message.rights()).hasSize(1);
        return new Opened(message.rights().getFirst().name(), reply.getTrapHandle());
    }

    private DeviceWriteReply write(PortName port, byte[] frame) throws Exception {
        ByteString body = DeviceWriteRequest.newBuilder()
                .setFrame(ByteString.copyFrom(frame))
                .build()
                .toByteString();
        return DeviceWriteReply.parseFrom(rpc(port, DeviceCall.WRITE, body).body());
    }

    private DeviceSetFilterReply setFilter(PortName port, PortName destination, int priority, Integer... words)
            throws Exception {
        ByteString body = DeviceSetFilterRequest.newBuilder()
                .setPriority(priority)
                .addAllWords(List.of(words))
                .build()
                .toByteString();
        MachMessage request =
                MachMessage.of(port, DeviceCall.SET_FILTER, body).withRight(destination, Disposition.MAKE_SEND);
        return DeviceSetFilterReply.parseFrom(task.rpc(request, SOON).body());
    }

    private DeviceMapReply map(PortName port, DeviceMapRequest request) throws Exception {
        return DeviceMapReply.parseFrom(
                rpc(port, DeviceCall.MAP, request.toByteString()).body());
    }

    private static DeviceMapRequest ipv4Window() {
        return DeviceMapRequest.newBuilder()
                .setQueue("chronicle")
                .addEtherTypes(IPV4)
                .build();
    }

    /** The kernel lets go of what died after it has told who asked. */
    private static void await(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadlineNs);
            Thread.onSpinWait();
        }
    }

    @Test
    void anUnknownDeviceIsRefused() throws Exception {
        ByteString body =
                DeviceOpenRequest.newBuilder().setDeviceName("tape0").build().toByteString();
        DeviceOpenReply reply =
                DeviceOpenReply.parseFrom(rpc(master, DeviceCall.OPEN, body).body());
        assertThat(reply.getError()).isEqualTo(DeviceError.NO_SUCH_DEVICE.number());
    }

    @Test
    void messagesThatAreNoRequestsAreAnsweredWithAnError() throws Exception {
        PortName port = open().port;
        ByteString garbage = ByteString.copyFrom(TestFrames.bytes("0aff"));
        for (int id : new int[] {DeviceCall.WRITE, DeviceCall.SET_FILTER, DeviceCall.MAP, 0, -5, 1234567}) {
            DeviceWriteReply reply =
                    DeviceWriteReply.parseFrom(rpc(port, id, garbage).body());
            assertThat(reply.getError()).as("message %d", id).isEqualTo(DeviceError.INVALID_OPERATION.number());
        }
        DeviceOpenReply reply =
                DeviceOpenReply.parseFrom(rpc(master, DeviceCall.OPEN, garbage).body());
        assertThat(reply.getError()).isEqualTo(DeviceError.INVALID_OPERATION.number());
        assertThat(write(port, TestFrames.udp()).getError()).as("still there").isZero();
    }

    @Test
    void writeInLineCopiesOnce() throws Exception {
        PortName port = open().port;
        long copies = crossings.value(Crossing.COPIES);
        DeviceWriteReply reply = write(port, TestFrames.udp());
        assertThat(reply.getError()).isZero();
        assertThat(reply.getBytesWritten()).isEqualTo(60);
        assertThat(link.sent).containsExactly(TestFrames.udp());
        assertThat(crossings.value(Crossing.COPIES) - copies).isEqualTo(1);
        assertThat(crossings.value(Crossing.OUT_OF_LINE_MAPS)).isZero();
        assertThat(write(port, new byte[13]).getError()).isEqualTo(DeviceError.INVALID_SIZE.number());
        assertThat(write(port, new byte[1515]).getError()).isEqualTo(DeviceError.INVALID_SIZE.number());
        assertThat(write(port, new byte[0]).getError()).isEqualTo(DeviceError.INVALID_SIZE.number());
    }

    @Test
    void writeOutOfLineMapsTheFrame() throws Exception {
        PortName port = open().port;
        MachMessage request = MachMessage.of(port, DeviceCall.WRITE, ByteString.EMPTY)
                .withRegion(task.outOfLine(ByteBuffer.wrap(TestFrames.udp())));
        DeviceWriteReply reply =
                DeviceWriteReply.parseFrom(task.rpc(request, SOON).body());
        assertThat(reply.getError()).isZero();
        assertThat(link.sent).containsExactly(TestFrames.udp());
        assertThat(crossings.value(Crossing.OUT_OF_LINE_MAPS)).isEqualTo(1);
    }

    /** The sender cuts its object short when the kernel has mapped it and not copied it yet. */
    @Test
    void anObjectThatIsCutShortCostsItsFrameAndNoOther() throws Exception {
        PortName port = open().port;
        MachMessage request = MachMessage.of(port, DeviceCall.WRITE, ByteString.EMPTY)
                .withRegion(task.outOfLine(ByteBuffer.wrap(TestFrames.udp())));
        CompletableFuture<ReceivedMessage> reply = new CompletableFuture<>();
        kernelLock.lock();
        try {
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    reply.complete(task.rpc(request, SOON));
                } catch (MachException e) {
                    reply.completeExceptionally(e);
                }
            });
            await(kernelLock::hasQueuedThreads);
            try (Stream<Path> objects = Files.list(directory.resolve("memory-objects"));
                    FileChannel object =
                            FileChannel.open(objects.findFirst().orElseThrow(), StandardOpenOption.WRITE)) {
                object.truncate(0);
            }
        } finally {
            kernelLock.unlock();
        }
        assertThat(DeviceWriteReply.parseFrom(reply.get().body()).getError()).isEqualTo(DeviceError.IO_ERROR.number());
        assertThat(link.begun).isZero();
        assertThat(link.sent).isEmpty();
        assertThat(write(port, TestFrames.arp()).getError()).isZero();
        assertThat(link.sent).containsExactly(TestFrames.arp());
    }

    @Test
    void writeByTrapNeedsTheHandle() throws Exception {
        Opened opened = open();
        try (TrapSlot slot = caller.claim()) {
            MemorySegment.copy(TestFrames.udp(), 0, slot.data(), ValueLayout.JAVA_BYTE, 0, 60);
            assertThat(slot.call(TrapNumber.DEVICE_WRITE, opened.trapHandle, 60))
                    .isEqualTo(60);
            assertThat(link.sent).containsExactly(TestFrames.udp());
            for (long length : new long[] {-1, 13, 1515, 65_537, Long.MAX_VALUE, Long.MIN_VALUE}) {
                assertThat(slot.call(TrapNumber.DEVICE_WRITE, opened.trapHandle, length))
                        .isEqualTo(-Errno.EMSGSIZE.number());
            }
            for (long handle : new long[] {0, -1, opened.trapHandle + 1L, opened.trapHandle | 1L << 32}) {
                assertThat(slot.call(TrapNumber.DEVICE_WRITE, handle, 60)).isEqualTo(-Errno.EBADF.number());
                assertThat(slot.call(TrapNumber.WINDOW_START, handle)).isEqualTo(-Errno.EBADF.number());
            }
            task.deallocate(opened.port);
            await(() -> slot.call(TrapNumber.DEVICE_WRITE, opened.trapHandle, 60) == -Errno.EBADF.number());
        }
    }

    @Test
    void filterSendsFramesUntilItsPortDies() throws Exception {
        PortName port = open().port;
        PortName input = task.allocatePort(2);
        assertThat(setFilter(port, input, 10).getError()).isZero();
        assertThat(setFilter(port, input, 20).getError())
                .as("in place of the first")
                .isZero();
        assertThat(Told.filters(device)).isEqualTo(1);
        for (int i = 0; i < 3; i++) {
            link.arrive(TestFrames.udp());
        }
        assertThat(device.interrupt()).isEqualTo(3);
        for (int i = 0; i < 2; i++) {
            ReceivedMessage message = task.receive(input, SOON);
            assertThat(message.id()).isEqualTo(DeviceCall.RECEIVED_FRAME);
            assertThat(ReceivedFrame.parseFrom(message.body()).getFrame().toByteArray())
                    .isEqualTo(TestFrames.udp());
        }
        assertThat(device.counters().drops(DropReason.PORT_QUEUE_FULL)).isEqualTo(1);
        task.destroy(input);
        await(() -> Told.filters(device) == 0);
    }

    /** It would be used up by the first frame, and nobody would be told of the port's death to take the filter out. */
    @Test
    void aFilterIsNotInstalledWithASendOnceRight() throws Exception {
        PortName port = open().port;
        PortName input = task.allocatePort(2);
        MachMessage request = MachMessage.of(
                        port,
                        DeviceCall.SET_FILTER,
                        DeviceSetFilterRequest.getDefaultInstance().toByteString())
                .withRight(input, Disposition.MAKE_SEND_ONCE);
        DeviceSetFilterReply reply =
                DeviceSetFilterReply.parseFrom(task.rpc(request, SOON).body());
        assertThat(reply.getError()).isEqualTo(DeviceError.INVALID_OPERATION.number());
        assertThat(reply.getReason()).contains("send-once");
        assertThat(Told.filters(device)).isZero();
        assertThat(task.receive(input, SOON).id())
                .as("the right came back unused")
                .isEqualTo(Notification.SEND_ONCE);
    }

    @Test
    void aFilterThatMakesNoSenseIsRefusedWithTheReason() throws Exception {
        PortName port = open().port;
        PortName input = task.allocatePort(2);
        DeviceSetFilterReply reply = setFilter(port, input, 10, 0, 1);
        assertThat(reply.getError()).isEqualTo(DeviceError.INVALID_OPERATION.number());
        assertThat(reply.getReason()).contains("word");
        assertThat(setFilter(port, input, 1000).getReason()).contains("priority");
        ByteString noRight = DeviceSetFilterRequest.getDefaultInstance().toByteString();
        DeviceSetFilterReply refused = DeviceSetFilterReply.parseFrom(
                rpc(port, DeviceCall.SET_FILTER, noRight).body());
        assertThat(refused.getReason()).contains("no send right");
        assertThat(Told.filters(device)).isZero();
    }

    @Test
    void aWindowCarriesFramesBothWays() throws Exception {
        DeviceMapReply reply = map(open().port, ipv4Window());
        assertThat(reply.getReason()).isEmpty();
        try (Window window = Window.open(Path.of(reply.getPath()))) {
            WindowConsumer in = window.consumer();
            link.arrive(TestFrames.udp());
            device.interrupt();
            assertThat(in.await(TimeUnit.SECONDS.toNanos(20))).isTrue();
            long received = in.poll();
            assertThat(window.memory()
                            .asSlice(window.frameOffset(received), Descriptor.lengthBytes(received))
                            .toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(TestFrames.udp());
            window.pools().free(Descriptor.buffer(received));
            assertThat(in.poll()).isEqualTo(WindowQueue.NONE);

            WindowProducer out = window.producer(() -> caller.trap(TrapNumber.WINDOW_START, reply.getTrapHandle()));
            int free = window.pools().freeBuffers();
            for (int i = 0; i < 3; i++) {
                assertThat(out.send(filled(window, TestFrames.arp()))).isTrue();
            }
            assertThat(link.sent).hasSize(3).allMatch(frame -> Arrays.equals(frame, TestFrames.arp()));
            assertThat(window.pools().freeBuffers()).isEqualTo(free);
        }
    }

    private static long filled(Window window, byte[] frame) {
        int buffer = window.pools().allocate();
        assertThat(buffer).isNotEqualTo(BufferPools.NONE);
        MemorySegment.copy(
                frame, 0, window.memory(), ValueLayout.JAVA_BYTE, window.pools().offset(buffer), frame.length);
        return Descriptor.pack(buffer, 0, frame.length);
    }

    @Test
    void aFullOutQueueIsSentByTrapAndInterruptThread() throws Exception {
        DeviceMapReply reply = map(open().port, ipv4Window());
        try (Window window = Window.open(Path.of(reply.getPath()))) {
            // The producer is started only once, after everything is there.
            WindowProducer silent = window.producer(() -> {});
            int frames = 3 * KernelWindow.DRAIN_BUDGET;
            for (int i = 0; i < frames; i++) {
                assertThat(silent.send(filled(window, TestFrames.udp()))).isTrue();
            }
            assertThat(caller.trap(TrapNumber.WINDOW_START, reply.getTrapHandle()))
                    .isZero();
            assertThat(link.sent).hasSize(KernelWindow.DRAIN_BUDGET);
            Thread interruptThread = Thread.ofPlatform().start(() -> device.runInterruptLoop(null, () -> {}));
            await(() -> crossings.value(Crossing.FRAMES_SENT) == frames);
            device.stop();
            interruptThread.join();
            assertThat(link.sent).hasSize(frames);
        }
    }

    @Test
    void hostileDescriptorsHarmOnlyTheirWindow() throws Exception {
        DeviceMapReply reply = map(open().port, ipv4Window());
        try (Window window = Window.open(Path.of(reply.getPath()))) {
            WindowProducer out = window.producer(() -> caller.trap(TrapNumber.WINDOW_START, reply.getTrapHandle()));
            int buffer = window.pools().allocate();
            for (long descriptor : new long[] {
                -2,
                Long.MAX_VALUE,
                Descriptor.pack(buffer, 0, 2049),
                Descriptor.pack(buffer, 0, 13),
                Descriptor.pack(1 << 22, 0, 60),
                Descriptor.pack(buffer, 2000, 60)
            }) {
                assertThat(out.send(descriptor)).isTrue();
            }
            assertThat(link.sent).isEmpty();
            assertThat(device.counters().drops(DropReason.WINDOW_BAD_DESCRIPTOR))
                    .isEqualTo(6);
            assertThat(out.send(filled(window, TestFrames.udp()))).isTrue();
            assertThat(link.sent).hasSize(1);
        }
    }

    @Test
    void anOwnerThatCutsItsWindowShortHarmsNobodyElse() throws Exception {
        Opened opened = open();
        DeviceMapReply reply = map(opened.port, ipv4Window());
        Path control = Path.of(reply.getPath()).resolve("control");
        long bytes = Files.size(control);
        try (FileChannel memory = FileChannel.open(control, StandardOpenOption.WRITE)) {
            memory.truncate(0);
            for (int i = 0; i < 2; i++) {
                assertThat(caller.trap(TrapNumber.WINDOW_START, reply.getTrapHandle()))
                        .isZero();
            }
            // Back again, for the end of the test.
            memory.write(ByteBuffer.allocate(1), bytes - 1);
        }
        assertThat(link.sent).isEmpty();
        assertThat(trapThread.isAlive()).isTrue();
        assertThat(write(opened.port, TestFrames.udp()).getError()).isZero();
    }

    @Test
    void framesWithoutABufferAreDroppedAndCounted() throws Exception {
        DeviceMapReply reply = map(open().port, ipv4Window());
        try (Window window = Window.open(Path.of(reply.getPath()))) {
            int buffers = window.pools().freeBuffers();
            for (int i = 0; i < buffers + 5; i++) {
                link.arrive(TestFrames.udp());
                device.interrupt();
            }
            assertThat(device.counters().drops(DropReason.WINDOW_NO_BUFFER)
                            + device.counters().drops(DropReason.WINDOW_QUEUE_FULL))
                    .isEqualTo(5);
        }
    }

    @Test
    void mapsThatMakeNoSenseAreRefusedWithTheReason() throws Exception {
        PortName port = open().port;
        assertThat(map(
                                port,
                                DeviceMapRequest.newBuilder()
                                        .setWhat(DeviceMapRequest.What.LINK_END)
                                        .build())
                        .getReason())
                .contains("the kernel keeps the end of the link");
        assertThat(map(port, DeviceMapRequest.getDefaultInstance()).getReason()).contains("without EtherTypes");
        assertThat(map(port, ipv4Window().toBuilder().setPools(65).build()).getReason())
                .contains("65");
        assertThat(map(port, ipv4Window().toBuilder().setPools(-1).build()).getReason())
                .contains("-1");
        assertThat(map(port, ipv4Window().toBuilder().setQueue("stack").build()).getReason())
                .contains("stack");
        assertThat(map(port, ipv4Window().toBuilder().addEtherTypes(5).build()).getReason())
                .contains("0x0005");
        assertThat(map(port, ipv4Window()).getReason()).isEmpty();
        assertThat(map(port, ipv4Window()).getReason()).contains("another window");
    }

    @Test
    void aDeadTaskTakesItsWindowAlong() throws Exception {
        try (MachTask second = MachTask.connect(host, MachTransport.GRPC, "second")) {
            PortName port = open().port;
            DeviceMapReply reply = map(port, ipv4Window());
            Path window = Path.of(reply.getPath());
            assertThat(window).isDirectory();
            task.close();
            await(() -> !Files.exists(window));
            assertThat(caller.trap(TrapNumber.WINDOW_START, reply.getTrapHandle()))
                    .isEqualTo(-Errno.EBADF.number());
            task = second;
            master = task.lookUp(DeviceCall.MASTER_PORT, SOON);
            assertThat(map(open().port, ipv4Window()).getReason()).isEmpty();
        }
    }
}
