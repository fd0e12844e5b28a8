package org.machbed.server.driver;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapService;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.QueueKind;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowConfiguration;
import org.machbed.ipc.window.WindowConsumer;
import org.machbed.ipc.window.WindowProducer;
import org.machbed.ipc.window.WindowQueue;
import org.machbed.link.window.WindowOutput;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.socket.Errno;
import org.machbed.proto.device.ReceivedFrame;
import org.machbed.proto.trap.TrapNumber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Driver bindings against a fake on the other side of the gate or the window. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OutputTest {
    private static final WindowConfiguration SHAPE = new WindowConfiguration(QueueKind.CHRONICLE, 4, 128, 2_048, 1_024);

    private final Crossings crossings = Crossings.unshared();
    private final DroppedFrames dropped = new DroppedFrames(crossings, "the test");

    private static FrameBuffer compose(FrameOutput output, int lengthBytes, int value) {
        FrameBuffer frame = Objects.requireNonNull(output.allocate(lengthBytes));
        assertThat(frame.length).isEqualTo(lengthBytes);
        frame.memory.asSlice(frame.offset, lengthBytes).fill((byte) value);
        return frame;
    }

    @Test
    void aTrapCarriesTheFrameInItsDataAreaAndItsRefusalIsCounted(@TempDir Path directory) throws Exception {
        List<String> taken = Collections.synchronizedList(new ArrayList<>());
        try (CallGate kernelGate = CallGate.create(directory.resolve("gate"), 2);
                CallGate gate = CallGate.open(directory.resolve("gate"))) {
            TrapService service = new TrapService(kernelGate, frame -> {
                taken.add(frame.number() + " " + frame.a0() + " " + frame.a1() + " "
                        + frame.data().get(ValueLayout.JAVA_BYTE, 0));
                frame.complete(frame.a1() == 60 ? 60 : -Errno.EMSGSIZE.number());
            });
            Thread kernel = Thread.ofPlatform().daemon().start(service::runLoop);
            try (TrapCaller caller = gate.caller(crossings)) {
                TrapOutput output = new TrapOutput(caller, 17, 1514, dropped);
                FrameBuffer frame = compose(output, 60, 5);
                assertThat(output.allocate(60)).as("one at a time").isNull();
                output.transmit(frame);
                output.release(compose(output, 100, 6));
                output.transmit(compose(output, 61, 7));
                assertThat(output.allocate(1515)).isNull();
            }
            service.stop();
            kernel.join();
        }
        assertThat(taken).containsExactly(TrapNumber.DEVICE_WRITE + " 17 60 5", TrapNumber.DEVICE_WRITE + " 17 61 7");
        assertThat(crossings.value(Crossing.TRAPS)).isEqualTo(2);
        assertThat(crossings.value(Crossing.FRAMES_DROPPED)).isEqualTo(1);
    }

    @Test
    void aTrapIntoADeadKernelDropsTheFrame(@TempDir Path directory) throws Exception {
        try (CallGate kernelGate = CallGate.create(directory.resolve("gate"), 1);
                CallGate gate = CallGate.open(directory.resolve("gate"))) {
            TrapService service = new TrapService(kernelGate, frame -> frame.complete(0));
            try (TrapCaller caller = gate.caller(crossings)) {
                TrapOutput output = new TrapOutput(caller, 17, 1514, dropped);
                FrameBuffer frame = compose(output, 60, 1);
                service.close();
                output.transmit(frame);
                assertThat(dropped.count()).isEqualTo(1);
            }
        }
    }

    @Test
    void aWindowTakesFramesInOrderAndStartsOnlyAnIdleDriver(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("window");
        List<String> starts = new ArrayList<>();
        try (Window kernelSide = Window.create(path, SHAPE);
                Window serverSide = Window.open(path)) {
            WindowConsumer driver = kernelSide.consumer();
            WindowProducer producer = serverSide.producer(() -> starts.add("start"));
            WindowOutput output = new WindowOutput(serverSide, producer, 1514, dropped::dropped);
            assertThat(driver.becomeIdle()).isTrue();
            output.transmit(compose(output, 60, 1));
            assertThat(starts).hasSize(1);
            driver.becomeBusy();
            output.transmit(compose(output, 61, 2));
            assertThat(starts).hasSize(1);
            int free = serverSide.pools().freeBuffers();
            output.release(compose(output, 62, 3));
            assertThat(serverSide.pools().freeBuffers()).isEqualTo(free);
            for (int i = 1; i <= 2; i++) {
                long descriptor = driver.poll();
                assertThat(Descriptor.lengthBytes(descriptor)).isEqualTo(59 + i);
                assertThat(kernelSide.memory().get(ValueLayout.JAVA_BYTE, kernelSide.frameOffset(descriptor)))
                        .isEqualTo((byte) i);
                kernelSide.pools().free(Descriptor.buffer(descriptor));
            }
            assertThat(driver.poll()).isEqualTo(WindowQueue.NONE);
            assertThat(output.allocate(2049)).isNull();
        }
    }

    @Test
    void aWindowsFramesStayUntilTheyAreFreed(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("window");
        try (Window kernelSide = Window.create(path, SHAPE);
                Window serverSide = Window.open(path)) {
            WindowProducer driver = kernelSide.producer(crossings);
            WindowSource source = new WindowSource(serverSide);
            List<Long> kept = Collections.synchronizedList(new ArrayList<>());
            List<Byte> first = Collections.synchronizedList(new ArrayList<>());
            int free = kernelSide.pools().freeBuffers();
            FutureTask<?> input = new FutureTask<>(() -> {
                source.run((memory, offset, length, owner, cookie) -> {
                    assertThat(owner.isLent()).isTrue();
                    first.add(memory.get(ValueLayout.JAVA_BYTE, offset));
                    kept.add(cookie);
                });
                return null;
            });
            Thread.ofPlatform().start(input);
            for (int i = 0; i < 10; i++) {
                int buffer = kernelSide.pools().allocate();
                kernelSide
                        .memory()
                        .set(ValueLayout.JAVA_BYTE, kernelSide.pools().offset(buffer), (byte) i);
                assertThat(driver.send(Descriptor.pack(buffer, 0, 60))).isTrue();
            }
            while (kept.size() < 10) {
                Thread.onSpinWait();
            }
            assertThat(first)
                    .containsExactly(
                            (byte) 0, (byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5, (byte) 6, (byte) 7, (byte) 8,
                            (byte) 9);
            assertThat(kernelSide.pools().freeBuffers()).isEqualTo(free - 10);
            kept.forEach(source::free);
            assertThat(kernelSide.pools().freeBuffers()).isEqualTo(free);
            source.stop();
            input.get();
        }
    }

    @Test
    void aWindowThatRunsShortOfBuffersLendsNone(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("window");
        try (Window kernelSide = Window.create(path, SHAPE);
                Window serverSide = Window.open(path)) {
            WindowSource source = new WindowSource(serverSide);
            assertThat(source.keptBytes(60))
                    .as("a frame of 60 bytes holds a buffer")
                    .isEqualTo(2_048);
            int taken = 0;
            while (source.isLent()) {
                assertThat(kernelSide.pools().allocate()).isNotNegative();
                taken++;
            }
            assertThat(taken).isEqualTo(385);
            source.free(0);
            assertThat(source.isLent()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 60, 127, 128, 1514, 65_549})
    void aFrameMessagesFrameIsFoundWithoutACopy(int lengthBytes) throws Exception {
        byte[] bytes = new byte[lengthBytes];
        ByteString body = ReceivedFrame.newBuilder()
                .setFrame(ByteString.copyFrom(bytes))
                .build()
                .toByteString();
        if (lengthBytes > 0) {
            assertThat(MessageSource.frame(body).size()).isEqualTo(lengthBytes);
        } else {
            assertThatThrownBy(() -> MessageSource.frame(body)).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0a", "0aff", "0affffffff0f", "1203010203", "0a05010203"})
    void aMessageWithoutAFrameIsRefused(String hex) {
        ByteString body = ByteString.copyFrom(java.util.HexFormat.of().parseHex(hex));
        assertThatThrownBy(() -> MessageSource.frame(body)).isInstanceOf(IOException.class);
    }
}
