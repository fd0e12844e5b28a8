package org.machbed.ipc.memory;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class SharedMemoryTest {
    @TempDir
    Path directory;

    @Test
    void twoMappingsAreTheSameMemory() throws IOException {
        Path path = directory.resolve("memory");
        try (SharedMemory one = SharedMemory.create(path, 10_000);
                SharedMemory two = SharedMemory.open(path)) {
            one.segment().set(ValueLayout.JAVA_LONG, 64, 4711);
            assertThat(two.segment().get(ValueLayout.JAVA_LONG, 64)).isEqualTo(4711);
            assertThat(two.sizeBytes()).isEqualTo(10_000);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void memoryOutlivesItsName() throws IOException {
        try (SharedMemory memory = SharedMemory.create(directory.resolve("memory"), 64)) {
            memory.unlink();
            assertThat(memory.path()).doesNotExist();
            memory.segment().set(ValueLayout.JAVA_INT, 0, 1);
        }
    }

    @Test
    void aFullFileSystemIsOneClearSentence() throws IOException {
        Path sharedMemory = Path.of("/dev/shm");
        // tmpfs refuses more than it could ever hold without trying, so the test fills nothing.
        long tooMuch = Files.getFileStore(sharedMemory).getTotalSpace() + (1 << 20);
        Path path = sharedMemory.resolve("machbed-test-" + UUID.randomUUID());
        assertThatIOException()
                .isThrownBy(() -> SharedMemory.create(path, tooMuch))
                .withMessageMatching("no room for " + tooMuch + " bytes of shared memory at " + path
                        + ": only \\d+ bytes are free there");
        assertThat(path).doesNotExist();
    }

    @Test
    void whatDoesNotExistOrIsUnfinishedIsNotOpened() throws IOException {
        assertThatIOException()
                .isThrownBy(() -> SharedMemory.open(directory.resolve("none")))
                .withMessageContaining("no shared memory at");
        Path empty = Files.createFile(directory.resolve("empty"));
        assertThatIOException().isThrownBy(() -> SharedMemory.open(empty)).withMessageContaining("is empty");
    }

    @Test
    void aNameInUseAndASizeOfNothingAreRefused() throws IOException {
        Path path = Files.createFile(directory.resolve("taken"));
        assertThatIOException()
                .isThrownBy(() -> SharedMemory.create(path, 64))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(path).exists();
        assertThatIllegalArgumentException().isThrownBy(() -> SharedMemory.create(directory.resolve("x"), 0));
    }
}
