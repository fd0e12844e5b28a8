package org.machbed.ipc.window;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;
import net.openhft.chronicle.wire.DocumentContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.chronicle.QueueControl;
import org.machbed.ipc.chronicle.RollingQueue;
import org.machbed.ipc.process.Crossings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/** The other side writes what it likes: its own window suffers, the process does not. */
@Timeout(60)
class HostileWindowTest {
    private static final WindowConfiguration SMALL = new WindowConfiguration(QueueKind.CHRONICLE, 1, 8, 2048, 16);

    private final Path path = Path.of("/dev/shm", "machbed-test-window-" + UUID.randomUUID());
    private Window driver;
    private Window server;

    @BeforeEach
    void open() throws IOException {
        driver = Window.create(path, SMALL);
        server = Window.open(path);
    }

    @AfterEach
    void remove() throws IOException {
        server.close();
        driver.close();
        driver.unlink();
    }

    @Test
    void descriptorsThatNameNoRoomAreSkippedAndCounted() {
        WindowProducer out = server.producer(Crossings.unshared());
        WindowConsumer consumer = driver.consumer();
        long[] hostile = {
            Long.MIN_VALUE,
            -2,
            Long.MAX_VALUE,
            Descriptor.pack(8, 0, 10),
            Descriptor.pack(0, 0, 2049),
            Descriptor.pack(0, 2048, 1),
            Descriptor.pack(0, (1 << 20) - 1, (1 << 20) - 1)
        };
        for (long descriptor : hostile) {
            out.send(descriptor);
        }
        out.send(Descriptor.pack(7, 2000, 48));
        assertThat(consumer.poll()).isEqualTo(Descriptor.pack(7, 2000, 48));
        assertThat(consumer.refusedDescriptors()).isEqualTo(hostile.length);
    }

    /** A queue that is refilled with nonsense as fast as it is read would keep its consumer for ever. */
    @Test
    void noMoreNonsenseIsSkippedAtATimeThanTheQueueHolds() {
        WindowProducer out = server.producer(Crossings.unshared());
        WindowConsumer consumer = driver.consumer();
        for (int i = 0; i < SMALL.queueDescriptors(); i++) {
            assertThat(out.send(-2)).isTrue();
        }
        assertThat(consumer.poll()).isEqualTo(WindowQueue.NONE);
        assertThat(consumer.refusedDescriptors()).isEqualTo(SMALL.queueDescriptors());
        out.send(-2);
        out.send(Descriptor.pack(7, 0, 60));
        assertThat(consumer.poll()).isEqualTo(Descriptor.pack(7, 0, 60));
    }

    @Test
    void aConsumerThatClaimsTheImpossibleLosesItsQueue() {
        WindowProducer in = driver.producer(Crossings.unshared());
        for (int i = 0; i < SMALL.queueDescriptors(); i++) {
            assertThat(in.send(Descriptor.pack(0, 0, 1))).isTrue();
        }
        QueueControl control = new QueueControl(driver.memory(), WindowLayout.IN_CONTROL);
        control.consumed(1_000_000);
        assertThat(in.send(Descriptor.pack(0, 0, 1))).isFalse();
        control.consumed(10);
        assertThat(in.send(Descriptor.pack(0, 0, 1))).as("for good").isFalse();
    }

    @Test
    void announcedDescriptorsThatAreNotThereAreNoWork() {
        WindowConsumer consumer = driver.consumer();
        new QueueControl(driver.memory(), WindowLayout.OUT_CONTROL).produced(1_000);
        assertThat(consumer.poll()).isEqualTo(WindowQueue.NONE);
        assertThat(consumer.becomeIdle()).isTrue();
        assertThat(consumer.await(1_000)).isFalse();
    }

    @Test
    void aConsumerCanTellThatItsQueueIsBroken() {
        WindowConsumer consumer = driver.consumer();
        assertThat(consumer.poll()).isEqualTo(WindowQueue.NONE);
        assertThat(consumer.isBroken()).isFalse();
        QueueControl control = new QueueControl(server.memory(), WindowLayout.OUT_CONTROL);
        try (RollingQueue out =
                RollingQueue.producer(path.resolve("out"), control, 1, ChronicleWindowQueue.CYCLE_DESCRIPTORS)) {
            try (DocumentContext document = out.write()) {
                // Less than a descriptor.
                document.wire().bytes().writeByte((byte) 0);
            }
            out.wrote(1);
        }
        assertThat(consumer.poll()).isEqualTo(WindowQueue.NONE);
        assertThat(consumer.isBroken()).isTrue();
    }

    @Test
    void damagedFilesEndTheQueueOnly() throws IOException {
        Random random = new Random(1991);
        for (int round = 0; round < 30; round++) {
            server.producer(Crossings.unshared()).send(Descriptor.pack(0, 0, round));
            damage(path.resolve("out"), random);
            WindowConsumer consumer = driver.consumer();
            for (int i = 0; i < 40; i++) {
                long descriptor = consumer.poll();
                assertThat(descriptor == WindowQueue.NONE || Descriptor.valid(descriptor, SMALL))
                        .isTrue();
            }
            WindowProducer in = driver.producer(Crossings.unshared());
            assertThat(in.send(Descriptor.pack(1, 0, round)))
                    .as("the other queue is well")
                    .isTrue();
            assertThat(server.consumer().poll()).isEqualTo(Descriptor.pack(1, 0, round));
        }
    }

    private static void damage(Path directory, Random random) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.cq4")) {
            for (Path file : files) {
                try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
                    for (int i = 0; i < 64; i++) {
                        // The data of the file begins within its first 64 KiB, after its header and indexes.
                        writer.seek(random.nextInt(1 << 16) & ~3);
                        writer.writeInt(random.nextInt());
                    }
                }
            }
        }
    }

    @Test
    void aDoorbellFullOfRingsIsNoErrorForTheDriver() {
        driver.memory().set(ValueLayout.JAVA_INT, WindowLayout.PROTOCOL_DOORBELL, -1);
        driver.memory().set(ValueLayout.JAVA_INT, WindowLayout.WANT_DOORBELL, Integer.MAX_VALUE);
        driver.memory().set(ValueLayout.JAVA_INT, WindowLayout.WANT, 1);
        assertThat(server.consumer().becomeIdle()).isTrue();
        assertThat(driver.producer(Crossings.unshared()).send(Descriptor.pack(0, 0, 1)))
                .isTrue();
        driver.pools().free(driver.pools().allocate());
        server.consumer().wakeUp();
    }

    @Test
    void aWindowHasOneServerInItsLife() {
        assertThatIOException().isThrownBy(() -> Window.open(path)).withMessageContaining("opened by a server before");
        server.close();
        assertThatIOException().isThrownBy(() -> Window.open(path));
    }

    @Test
    void aDamagedControlBlockIsNotOpened() {
        MemorySegment memory = driver.memory();
        memory.set(ValueLayout.JAVA_INT, 12, 1_000);
        assertThatIOException().isThrownBy(() -> Window.open(path)).withMessageContaining("damaged");
        memory.set(ValueLayout.JAVA_INT, 12, 64);
        assertThatIOException().isThrownBy(() -> Window.open(path)).withMessageContaining("too small");
        memory.set(ValueLayout.JAVA_LONG, 0, 0);
        assertThatIOException().isThrownBy(() -> Window.open(path)).withMessageContaining("no window");
        memory.set(ValueLayout.JAVA_INT, 12, 1);
    }
}
