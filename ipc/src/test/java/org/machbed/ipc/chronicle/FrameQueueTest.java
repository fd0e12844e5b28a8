package org.machbed.ipc.chronicle;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FrameQueueTest {
    private final Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test");
    private final MemorySegment control = Arena.ofAuto().allocate(FrameQueue.CONTROL_BYTES, 64);
    private final FrameQueue producer = FrameQueue.producer(directory.resolve("q"), control, 0);
    private final FrameQueue consumer = FrameQueue.consumer(directory.resolve("q"), control, 0);
    private final byte[] frame = new byte[FrameQueue.MAX_FRAME_BYTES];

    FrameQueueTest() throws IOException {}

    @AfterEach
    void end() throws IOException {
        producer.close();
        consumer.close();
        FrameQueuePair.delete(directory);
        assertThat(directory).doesNotExist();
    }

    @Test
    void framesComeOutInOrderAndWhole() {
        for (int length : new int[] {0, 1, 7, 1_000, FrameQueue.MAX_FRAME_BYTES}) {
            byte[] sent = new byte[length];
            new Random(length).nextBytes(sent);
            assertThat(producer.offer(sent, length)).isTrue();
            assertThat(consumer.poll(frame)).isEqualTo(length);
            assertThat(ByteBuffer.wrap(frame, 0, length)).isEqualTo(ByteBuffer.wrap(sent));
        }
        assertThat(consumer.poll(frame)).isEqualTo(FrameQueue.NONE);
        assertThatThrownBy(() -> producer.offer(frame, FrameQueue.MAX_FRAME_BYTES + 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theProducerStopsWhenTheConsumerDoesNotKeepUpAndGoesOnWhenItDoes() {
        int sent = 0;
        while (producer.offer(frame, 1_000)) {
            sent++;
        }
        assertThat(sent).isEqualTo(FrameQueue.MAX_OUTSTANDING_BYTES / (1_000 + FrameQueue.FRAME_OVERHEAD_BYTES));
        producer.wantRoom();
        assertThat(producer.offer(frame, 1_000)).isFalse();
        assertThat(consumer.poll(frame)).isEqualTo(1_000);
        assertThat(consumer.roomIsWanted()).isTrue();
        assertThat(consumer.roomIsWanted()).isFalse();
        assertThat(producer.offer(frame, 1_000)).isTrue();
    }

    @Test
    void theFilesStaySmallHoweverMuchGoesThrough() throws IOException {
        long mostFiles = 0;
        long through = 0;
        int behind = 0;
        Random random = new Random(7);
        while (through < 60L << 20) {
            int length = random.nextInt(8) == 0 ? 60_000 : random.nextInt(300);
            if (producer.offer(frame, length)) {
                through += length;
                behind++;
            }
            // The consumer lags as far as it may.
            while (behind > 0 && producer.outstandingBytes() > 900_000) {
                assertThat(consumer.poll(frame)).isNotNegative();
                behind--;
            }
            if (random.nextInt(500) == 0) {
                try (Stream<Path> files = Files.list(directory.resolve("q"))) {
                    mostFiles = Math.max(
                            mostFiles,
                            files.filter(file -> file.toString().endsWith(".cq4"))
                                    .count());
                }
            }
        }
        assertThat(mostFiles).isBetween(2L, 4L);
    }

    @Test
    void countersThatMakeNoSenseBreakTheQueueAndNothingElse() {
        producer.offer(frame, 10);
        for (long consumed : List.of(-5L, 1L << 40)) {
            control.set(ValueLayout.JAVA_LONG, 64, consumed);
            // Asked for when the credit that is known is used up, or by whoever wants to know.
            assertThat(producer.outstandingBytes()).isGreaterThan(FrameQueue.MAX_OUTSTANDING_BYTES);
            assertThat(producer.offer(frame, 10)).isFalse();
        }
        assertThat(producer.isBroken()).isTrue();

        control.set(ValueLayout.JAVA_LONG, 0, 1L << 40);
        assertThat(consumer.poll(frame)).isEqualTo(10);
        assertThat(consumer.poll(frame)).isEqualTo(FrameQueue.NONE);
        assertThat(consumer.isBroken()).isTrue();
        assertThat(consumer.hasWork()).isFalse();
    }

    @Test
    void damagedFilesBreakTheQueueAndNothingElse() throws IOException {
        producer.offer(frame, 10);
        assertThat(consumer.poll(frame)).isEqualTo(10);
        try (Stream<Path> files = Files.list(directory.resolve("q"))) {
            for (Path file : files.toList()) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate(0);
                }
            }
        }
        producer.offer(frame, 10);
        assertThat(producer.isBroken()).isTrue();
        control.set(ValueLayout.JAVA_LONG, 0, 100L);
        assertThat(consumer.poll(frame)).isEqualTo(FrameQueue.NONE);
        assertThat(consumer.isBroken()).isTrue();
    }
}
