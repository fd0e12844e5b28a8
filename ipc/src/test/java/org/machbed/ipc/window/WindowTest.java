package org.machbed.ipc.window;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.ChildJvm;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

@Timeout(120)
class WindowTest {
    private static final WindowConfiguration SMALL = new WindowConfiguration(QueueKind.CHRONICLE, 2, 8, 2048, 16);
    private static final long MAX_QUEUE_BYTES = 8L << 20;

    private final Path path = Path.of("/dev/shm", "machbed-test-window-" + UUID.randomUUID());
    private final Crossings crossings = Crossings.unshared();
    private Window driver;

    @BeforeEach
    void create() throws IOException {
        driver = Window.create(path, SMALL);
    }

    @AfterEach
    void remove() throws IOException {
        driver.close();
        driver.unlink();
        assertThat(path).doesNotExist();
    }

    @Test
    void framesTravelBothWaysInOrder() throws IOException {
        try (Window server = Window.open(path)) {
            assertThat(server.configuration()).isEqualTo(SMALL);
            WindowProducer in = driver.producer(crossings);
            WindowProducer out = server.producer(crossings);
            WindowConsumer fromDriver = server.consumer();
            WindowConsumer fromServer = driver.consumer();
            for (int round = 0; round < 100; round++) {
                for (int i = 0; i < 5; i++) {
                    assertThat(in.send(Descriptor.pack(i, 14, 60 + round))).isTrue();
                    assertThat(out.send(Descriptor.pack(15 - i, 0, round))).isTrue();
                }
                for (int i = 0; i < 5; i++) {
                    assertThat(fromDriver.poll()).isEqualTo(Descriptor.pack(i, 14, 60 + round));
                    assertThat(fromServer.poll()).isEqualTo(Descriptor.pack(15 - i, 0, round));
                }
                assertThat(fromDriver.poll()).isEqualTo(WindowQueue.NONE);
                assertThat(fromServer.poll()).isEqualTo(WindowQueue.NONE);
            }
        }
    }

    @Test
    void bothSidesSeeOneBuffer() throws IOException {
        try (Window server = Window.open(path)) {
            int buffer = driver.pools().allocate();
            long descriptor = Descriptor.pack(buffer, 2, 4);
            driver.memory().set(ValueLayout.JAVA_BYTE, driver.frameOffset(descriptor) + 3, (byte) 77);
            assertThat(server.memory().get(ValueLayout.JAVA_BYTE, server.frameOffset(descriptor) + 3))
                    .isEqualTo((byte) 77);
        }
    }

    @Test
    void onlyAnIdleConsumerIsStarted() throws IOException {
        try (Window server = Window.open(path)) {
            WindowProducer in = driver.producer(crossings);
            WindowConsumer consumer = server.consumer();
            in.send(Descriptor.pack(0, 0, 1));
            assertThat(crossings.value(Crossing.DOORBELLS))
                    .as("busy since the start")
                    .isZero();
            assertThat(consumer.becomeIdle()).as("there is work").isFalse();
            assertThat(consumer.poll()).isNotNegative();
            assertThat(consumer.becomeIdle()).isTrue();
            in.send(Descriptor.pack(0, 0, 1));
            assertThat(crossings.value(Crossing.DOORBELLS)).isEqualTo(1);
            consumer.becomeBusy();
            in.send(Descriptor.pack(0, 0, 1));
            assertThat(crossings.value(Crossing.DOORBELLS)).isEqualTo(1);
        }
    }

    @Test
    void aDeviceEventBeforeTheWaitIsNotLost() throws IOException {
        try (Window server = Window.open(path)) {
            WindowProducer in = driver.producer(crossings);
            WindowConsumer consumer = server.consumer();
            assertThat(consumer.becomeIdle()).isTrue();
            in.send(Descriptor.pack(0, 0, 1));
            consumer.becomeBusy();
            assertThat(consumer.poll()).isNotNegative();
            assertThat(consumer.await(Long.MAX_VALUE)).as("the event counts").isTrue();
            assertThat(consumer.await(1_000)).as("once").isFalse();
        }
    }

    @Test
    void aFullQueueRefusesUntilItsConsumerCatchesUp() throws IOException {
        try (Window server = Window.open(path)) {
            WindowProducer in = driver.producer(crossings);
            for (int i = 0; i < SMALL.queueDescriptors(); i++) {
                assertThat(in.send(Descriptor.pack(i, 0, 1))).isTrue();
            }
            assertThat(in.send(Descriptor.pack(0, 0, 1))).isFalse();
            assertThat(in.fullQueues()).isEqualTo(1);
            assertThat(server.consumer().poll()).isEqualTo(Descriptor.pack(0, 0, 1));
            assertThat(in.send(Descriptor.pack(0, 0, 1))).isTrue();
        }
    }

    @Test
    void aQueueStaysSmallHoweverMuchGoesThroughIt() throws IOException {
        // 8 bytes each: over 100 MB of descriptors, in bursts so that both sides cross files.
        int descriptors = 13_200_000;
        int burst = 16;
        long most = 0;
        try (Window server = Window.open(path)) {
            WindowProducer in = driver.producer(crossings);
            WindowConsumer consumer = server.consumer();
            for (int i = 0; i < descriptors; i += burst) {
                for (int n = 0; n < burst; n++) {
                    require(in.send(Descriptor.pack(n, i & 1023, n)));
                }
                for (int n = 0; n < burst; n++) {
                    require(consumer.poll() == Descriptor.pack(n, i & 1023, n));
                }
                if (i % 600_000 == 0) {
                    most = Math.max(most, allocatedBytes(path.resolve("in")));
                }
            }
        }
        assertThat(most).isBetween(1L, MAX_QUEUE_BYTES);
    }

    @Test
    void aServerInAnotherProcessEchoesEveryFrame() throws Exception {
        int frames = 200_000;
        try (ChildJvm child = ChildJvm.start(EchoServer.class, path, frames)) {
            WindowProducer in = driver.producer(crossings);
            WindowConsumer consumer = driver.consumer();
            int sent = 0;
            for (int received = 0; received < frames; ) {
                while (sent < frames && sendFrame(in, sent)) {
                    sent++;
                }
                long descriptor = consumer.poll();
                if (descriptor == WindowQueue.NONE) {
                    consumer.await(Long.MAX_VALUE);
                    continue;
                }
                assertThat(driver.memory().get(ValueLayout.JAVA_INT, driver.frameOffset(descriptor)))
                        .isEqualTo(received);
                driver.pools().free(Descriptor.buffer(descriptor));
                received++;
            }
            assertThat(child.exitCode()).as(child.errors()).isZero();
            driver.pools().allocate();
        }
    }

    private boolean sendFrame(WindowProducer in, int number) {
        int buffer = driver.pools().allocate();
        if (buffer == BufferPools.NONE) {
            return false;
        }
        long descriptor = Descriptor.pack(buffer, 64, Integer.BYTES);
        driver.memory().set(ValueLayout.JAVA_INT, driver.frameOffset(descriptor), number);
        if (!in.send(descriptor)) {
            driver.pools().free(buffer);
            return false;
        }
        return true;
    }

    @Test
    void shapesThatMakeNoSenseAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WindowConfiguration(QueueKind.CHRONICLE, 0, 8, 2048, 16))
                .withMessage("a window may have 1 to 64 pools, not 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WindowConfiguration(QueueKind.CHRONICLE, 1, 8, 100, 16));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WindowConfiguration(QueueKind.CHRONICLE, 64, 65_536, 2048, 16));
        Path other = Path.of(path + "-other");
        assertThatIOException()
                .isThrownBy(() -> Window.create(other, new WindowConfiguration(QueueKind.SUBQUEUE, 1, 8, 2048, 16)))
                .withMessageContaining("not built yet");
        assertThat(other).doesNotExist();
        assertThatIOException().isThrownBy(() -> Window.create(path, SMALL));
        assertThatIOException().isThrownBy(() -> Window.open(other));
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new AssertionError("a descriptor was refused, lost or changed");
        }
    }

    /** Blocks in use, which is not the files' length: they are sparse. */
    private static long allocatedBytes(Path directory) throws IOException {
        Process du = new ProcessBuilder("du", "-s", "-B1", directory.toString()).start();
        String line = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return Long.parseLong(line.substring(0, line.indexOf('\t')));
    }

    /** Sends each frame of the IN queue back on the OUT queue, in the same buffer. */
    static final class EchoServer {
        public static void main(String[] arguments) throws IOException {
            int frames = Integer.parseInt(arguments[1]);
            try (Window window = Window.open(Path.of(arguments[0]))) {
                WindowConsumer consumer = window.consumer();
                WindowProducer out = window.producer(Crossings.unshared());
                for (int i = 0; i < frames; ) {
                    long descriptor = consumer.poll();
                    if (descriptor == WindowQueue.NONE) {
                        consumer.await(Long.MAX_VALUE);
                        continue;
                    }
                    require(out.send(descriptor));
                    i++;
                }
            }
        }
    }
}
