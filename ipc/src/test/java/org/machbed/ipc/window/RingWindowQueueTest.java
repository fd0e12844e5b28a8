package org.machbed.ipc.window;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.ipc.chronicle.QueueControl;
import org.machbed.ipc.process.Crossings;

import static org.assertj.core.api.Assertions.assertThat;

/** Rings of descriptors, in a window whose other side may write what it likes. */
@Timeout(60)
class RingWindowQueueTest {
    /** No power of two: the ring has 16 slots and fills at 12. */
    private static final int CAPACITY = 12;

    private static final WindowConfiguration SMALL = new WindowConfiguration(QueueKind.RING, 2, 8, 2048, CAPACITY);

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
        assertThat(path).doesNotExist();
    }

    private static long descriptor(int number) {
        return Descriptor.pack(number % SMALL.buffers(), 0, 1 + number % 2000);
    }

    @Test
    void bothSidesSeeOneShape() {
        assertThat(server.configuration()).isEqualTo(SMALL);
        assertThat(path.toFile().list()).containsExactly("control");
    }

    @Test
    void descriptorsTravelBothWaysInOrderRoundAndRound() {
        WindowProducer in = driver.producer(Crossings.unshared());
        WindowProducer out = server.producer(Crossings.unshared());
        WindowConsumer fromDriver = server.consumer();
        WindowConsumer fromServer = driver.consumer();
        for (int i = 0; i < 1_000; i++) {
            for (int k = 0; k < 1 + i % CAPACITY; k++) {
                assertThat(in.send(descriptor(i + k))).isTrue();
                assertThat(out.send(descriptor(i + 2 * k))).isTrue();
            }
            for (int k = 0; k < 1 + i % CAPACITY; k++) {
                assertThat(fromDriver.poll()).isEqualTo(descriptor(i + k));
                assertThat(fromServer.poll()).isEqualTo(descriptor(i + 2 * k));
            }
            assertThat(fromDriver.poll()).isEqualTo(WindowQueue.NONE);
            assertThat(fromServer.poll()).isEqualTo(WindowQueue.NONE);
        }
    }

    @Test
    void aFullOneRefusesUntilSomethingIsTaken() {
        WindowProducer in = driver.producer(Crossings.unshared());
        WindowConsumer consumer = server.consumer();
        for (int i = 0; i < CAPACITY; i++) {
            assertThat(in.send(descriptor(i))).isTrue();
        }
        assertThat(in.send(descriptor(CAPACITY))).isFalse();
        assertThat(in.fullQueues()).isEqualTo(1);
        assertThat(in.outstandingDescriptors()).isEqualTo(CAPACITY);
        assertThat(consumer.poll()).isEqualTo(descriptor(0));
        assertThat(in.outstandingDescriptors()).isEqualTo(CAPACITY - 1);
        assertThat(in.send(descriptor(CAPACITY))).isTrue();
        assertThat(in.send(descriptor(CAPACITY + 1))).isFalse();
    }

    @Test
    void anIdleConsumerIsToldOfWhatCameBetween() {
        WindowProducer in = driver.producer(Crossings.unshared());
        WindowConsumer consumer = server.consumer();
        assertThat(consumer.becomeIdle()).isTrue();
        assertThat(in.send(descriptor(1))).isTrue();
        assertThat(consumer.becomeIdle()).isFalse();
        assertThat(consumer.poll()).isEqualTo(descriptor(1));
        assertThat(consumer.becomeIdle()).isTrue();
    }

    /** Each side is a thread; whoever is idle is woken. */
    @Test
    void nothingIsLostOrOutOfOrderBetweenThreads() {
        int total = 300_000;
        WindowProducer in = driver.producer(Crossings.unshared());
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < total; i++) {
                while (!in.send(descriptor(i))) {
                    Thread.onSpinWait();
                }
            }
        });
        WindowConsumer consumer = server.consumer();
        for (int i = 0; i < total; i++) {
            long descriptor = consumer.poll();
            while (descriptor == WindowQueue.NONE) {
                boolean _ = consumer.await(Long.MAX_VALUE);
                descriptor = consumer.poll();
            }
            assertThat(descriptor).isEqualTo(descriptor(i));
        }
        sending.join();
        assertThat(consumer.poll()).isEqualTo(WindowQueue.NONE);
        assertThat(in.outstandingDescriptors()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {13, 1_000_000, -1, Long.MIN_VALUE, Long.MAX_VALUE})
    void aProducerThatClaimsTheImpossibleIsNotHeardAgain(long produced) {
        WindowConsumer consumer = driver.consumer();
        QueueControl control = new QueueControl(server.memory(), WindowLayout.OUT_CONTROL);
        control.produced(produced);
        assertThat(consumer.poll()).isEqualTo(WindowQueue.NONE);
        assertThat(consumer.isBroken()).isTrue();
        assertThat(consumer.becomeIdle()).isTrue();
        control.produced(1);
        assertThat(consumer.poll()).as("for good").isEqualTo(WindowQueue.NONE);
    }

    @ParameterizedTest
    @ValueSource(longs = {13, 1_000_000, -1, Long.MIN_VALUE, Long.MAX_VALUE})
    void aConsumerThatClaimsTheImpossibleLosesItsQueue(long consumed) {
        WindowProducer in = driver.producer(Crossings.unshared());
        for (int i = 0; i < CAPACITY; i++) {
            assertThat(in.send(descriptor(i))).isTrue();
        }
        QueueControl control = new QueueControl(server.memory(), WindowLayout.IN_CONTROL);
        control.consumed(consumed);
        assertThat(in.send(descriptor(CAPACITY))).isFalse();
        control.consumed(CAPACITY);
        assertThat(in.send(descriptor(CAPACITY))).as("for good").isFalse();
        assertThat(in.outstandingDescriptors()).isEqualTo(Long.MAX_VALUE);
    }

    /** What it writes over is what it has put there itself. */
    @Test
    void descriptorsThatNameNoRoomAreSkippedAndCounted() {
        WindowProducer out = server.producer(Crossings.unshared());
        WindowConsumer consumer = driver.consumer();
        for (long hostile : new long[] {Long.MIN_VALUE, -2, Long.MAX_VALUE, Descriptor.pack(16, 0, 10)}) {
            assertThat(out.send(hostile)).isTrue();
        }
        assertThat(out.send(Descriptor.pack(7, 2000, 48))).isTrue();
        assertThat(consumer.poll()).isEqualTo(Descriptor.pack(7, 2000, 48));
        assertThat(consumer.refusedDescriptors()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 4", "1024, 1024", "1025, 2048", "8192, 8192"})
    void aRingHasAPowerOfTwoOfSlots(int capacity, int slots) {
        assertThat(RingWindowQueue.slots(capacity)).isEqualTo(slots);
    }
}
