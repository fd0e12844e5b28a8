package org.machbed.ipc.chronicle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.openhft.chronicle.wire.DocumentContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** A queue whose files are few at every moment, however often it rolls and however far its consumer is behind. */
class RollingQueueTest {
    private static final int FILE_ENTRIES = 64;
    private static final int ROLLS = 300;

    private final Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test");
    private final Path path = directory.resolve("q");
    private final Counters counters = new Counters();
    private final RollingQueue producer = RollingQueue.producer(path, counters, FILE_ENTRIES, FILE_ENTRIES);
    private final RollingQueue consumer = RollingQueue.consumer(path, counters, FILE_ENTRIES, FILE_ENTRIES);
    private long produced;
    private long consumed;

    RollingQueueTest() throws IOException {}

    /** What the two sides tell each other, here in one thread. */
    private static final class Counters implements QueueProgress {
        private long produced;
        private long consumed;

        @Override
        public long produced() {
            return produced;
        }

        @Override
        public void produced(long units) {
            produced = units;
        }

        @Override
        public long consumed() {
            return consumed;
        }

        @Override
        public void consumed(long units) {
            consumed = units;
        }
    }

    @AfterEach
    void end() throws IOException {
        producer.close();
        consumer.close();
        FrameQueuePair.delete(directory);
    }

    private void produce() {
        assertThat(producer.hasCredit(1)).isTrue();
        try (DocumentContext document = producer.write()) {
            document.wire().bytes().writeLong(produced++);
        }
        producer.wrote(1);
    }

    private void consume() {
        try (DocumentContext document = consumer.read()) {
            assertThat(document.isPresent()).as("entry %d", consumed).isTrue();
            assertThat(document.wire().bytes().readLong()).isEqualTo(consumed++);
        }
        consumer.consumed(1);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(file -> file.toString().endsWith(".cq4")).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, FILE_ENTRIES / 2, FILE_ENTRIES - 1})
    void filesDoNotPileUpWhateverTheConsumersLag(int lag) throws IOException {
        for (int i = 0; i < lag; i++) {
            produce();
        }
        int most = 0;
        for (int i = 0; i < ROLLS * FILE_ENTRIES; i++) {
            produce();
            consume();
            if (i % (FILE_ENTRIES / 4) == 1) {
                most = Math.max(most, files().size());
            }
        }
        // Deleted as the next one is begun, by the thread that begins it: there is nothing to wait for.
        assertThat(most).isBetween(2, 3);
        assertThat(producer.isBroken()).isFalse();
    }

    @Test
    void filesDoNotPileUpWhenTheConsumerEmptiesTheQueueInBursts() throws IOException {
        int most = 0;
        for (int burst = 0; burst < ROLLS; burst++) {
            while (producer.hasCredit(1)) {
                produce();
            }
            most = Math.max(most, files().size());
            while (consumed < produced) {
                consume();
            }
        }
        assertThat(produced).isEqualTo((long) ROLLS * FILE_ENTRIES);
        assertThat(most).isBetween(2, 3);
    }

    @Test
    void memoryOfDeletedFilesIsNotHeld() throws IOException {
        for (int i = 0; i < ROLLS * FILE_ENTRIES; i++) {
            produce();
            consume();
        }
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            assertThat(maps.filter(line -> line.contains(path.toString())).toList())
                    .hasSizeLessThan(20);
        }
    }

    @Test
    void nobodyElseMayReadTheFiles() throws IOException {
        produce();
        try (Stream<Path> files = Files.list(path)) {
            assertThat(files.toList())
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void theCreditIsWhatTheFilesAreMadeFor() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RollingQueue.producer(path, counters, FILE_ENTRIES + 1, FILE_ENTRIES))
                .withMessage("65 units of credit, but a file holds 64");
        assertThatIllegalStateException().isThrownBy(() -> consumer.hasCredit(1));
        assertThatIllegalStateException().isThrownBy(producer::read);
    }

    /** Another user's process may open a file as soon as it is there. */
    @Test
    void aFileIsTheGroupsBeforeItsFirstEntryIsThere() throws IOException {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        Files.setAttribute(shared, "unix:mode", 02770);
        Path queue = shared.resolve("q");
        try (RollingQueue reader = RollingQueue.consumer(queue, new Counters(), FILE_ENTRIES, FILE_ENTRIES)) {
            assertThat(modes(queue)).isNotEmpty().containsOnly("rw-rw----");
            try (RollingQueue writer = RollingQueue.producer(queue, new Counters(), FILE_ENTRIES, FILE_ENTRIES);
                    DocumentContext document = writer.write()) {
                document.wire().bytes().writeLong(0);
                assertThat(modes(queue)).hasSize(2).containsOnly("rw-rw----");
            }
            assertThat(reader.isBroken()).isFalse();
        }
    }

    private static List<String> modes(Path queue) throws IOException {
        try (Stream<Path> files = Files.list(queue)) {
            List<String> modes = new ArrayList<>();
            for (Path file : files.toList()) {
                modes.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }

            return modes;
        }
    }
}
