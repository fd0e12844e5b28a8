package org.machbed.ipc.memory;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SharingTest {
    @TempDir
    Path temporary;

    private static int mode(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:mode") & 07777;
    }

    /** A directory with a mode, in octal. */
    private Path directory(String octal) throws IOException {
        Path directory = Files.createDirectory(temporary.resolve("d" + octal));
        Files.setAttribute(directory, "unix:mode", Integer.parseInt(octal, 8));
        return directory;
    }

    @ParameterizedTest
    @CsvSource({
        "0700, USER",
        "0755, USER",
        "1777, USER", // /dev/shm, /tmp
        "0777, USER",
        "2750, USER",
        "0720, USER", // the group cannot enter
        "0770, GROUP",
        "2770, GROUP",
        "2730, GROUP",
        "3730, GROUP",
        "3731, USER",
    })
    void theDirectorysModeSaysWhoShares(String octal, Sharing expected) throws IOException {
        assertThat(Sharing.in(directory(octal))).isEqualTo(expected);
    }

    @Test
    void oneUsersFilesAreThatUsersAlone() throws IOException {
        assertThat(modesIn(directory("0700"))).containsExactly(0600, 0600, 0600, 0600, 0700, 0700, 0700);
    }

    @Test
    void aGroupsFilesAreTheGroupsAndItsNamesAreSecret() throws IOException {
        assertThat(modesIn(directory("3730"))).containsExactly(0660, 0640, 0660, 0660, 02770, 02730, 03730);
    }

    private static int[] modesIn(Path directory) throws IOException {
        Path memory = directory.resolve("memory");
        Sharing.createMemory(memory);
        Path letter = directory.resolve("letter");
        Sharing.in(directory).createLetter(letter).close();
        Path lock = directory.resolve("lock");
        Sharing.openLock(lock).close();
        Sharing.openLock(lock).close();
        Path library = Files.createFile(directory.resolve("library"));
        Sharing.admit(library);
        Path shared = directory.resolve("shared");
        Sharing.createDirectory(shared);
        Path postOffice = directory.resolve("post-office");
        Sharing.createPostOffice(postOffice);
        Path host = directory.resolve("host");
        Sharing.createHost(host);
        return new int[] {
            mode(memory), mode(letter), mode(lock), mode(library), mode(shared), mode(postOffice), mode(host)
        };
    }

    @Test
    void whatIsMadeInAGroupsDirectoryIsTheGroupsToo() throws IOException {
        Path host = directory("3730").resolve("host");
        Sharing.createHost(host);
        Path queues = host.resolve("queues");
        Sharing.createDirectory(queues);
        Path queue = queues.resolve("up");
        Sharing.createDirectory(queue);
        assertThat(mode(queue)).isEqualTo(02770);
        try (SharedMemory memory = SharedMemory.create(queue.resolve("control"), 64)) {
            assertThat(mode(memory.path())).isEqualTo(0660);
        }
    }

    @Test
    void aNameInUseIsRefused() throws IOException {
        Path directory = directory("2770");
        Path taken = Files.createFile(directory.resolve("taken"));
        assertThatThrownBy(() -> Sharing.createMemory(taken)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> Sharing.in(directory).createLetter(taken))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> Sharing.createDirectory(taken)).isInstanceOf(FileAlreadyExistsException.class);
    }
}
