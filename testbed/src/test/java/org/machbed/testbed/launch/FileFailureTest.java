package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class FileFailureTest {
    @Test
    void namesTheFileSystemThatIsFull() throws Exception {
        var full = new IOException("No space left on device");

        // proc(5) is mounted everywhere, and is not shared memory.
        assertThat(FileFailure.reason(full, Path.of("/proc/1/no-such-file")))
                .isEqualTo("no space is left on /proc; free some");
        assertThat(Files.getFileStore(RunDirectory.SHARED_MEMORY).type()).isEqualTo("tmpfs");
        assertThat(FileFailure.reason(full, RunDirectory.SHARED_MEMORY.resolve("run/row/a")))
                .isEqualTo("no space is left on /dev/shm; free some, or mount it larger"
                        + " (mount -o remount,size=2g /dev/shm)");
    }

    @Test
    void theFileOfTheExceptionIsNearerThanWhatWasAskedAbout() {
        var full = new FileSystemException("/proc/1/x", null, "No space left on device");

        assertThat(FileFailure.reason(full, RunDirectory.SHARED_MEMORY)).contains("on /proc;");
    }

    @Test
    void aFileSystemWithRoomIsNotFull() {
        assertThat(FileFailure.ifFull(RunDirectory.SHARED_MEMORY.resolve("no-such-file")))
                .isEmpty();
        // proc(5) has no room for anything.
        assertThat(FileFailure.ifFull(Path.of("/proc/1"))).hasValue("no space is left on /proc; free some");
    }

    @Test
    void putsOtherReasonsInWords() {
        assertThat(FileFailure.reason(new NoSuchFileException("/x"), Path.of("/x")))
                .isEqualTo("there is no such directory");
        assertThat(FileFailure.reason(new java.nio.file.AccessDeniedException("/x"), Path.of("/x")))
                .isEqualTo("permission denied");
        assertThat(FileFailure.reason(new java.nio.file.FileAlreadyExistsException("/x"), Path.of("/x/y")))
                .isEqualTo("/x is in the way");
        assertThat(FileFailure.reason(new IOException("the disk is on fire"), Path.of("/x")))
                .isEqualTo("the disk is on fire");
    }
}
