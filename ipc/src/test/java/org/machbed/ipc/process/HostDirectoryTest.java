package org.machbed.ipc.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

class HostDirectoryTest {
    @TempDir
    Path directory;

    @Test
    void aHostIsItsOwnersAlone() throws IOException {
        HostDirectory host = HostDirectory.create(directory.resolve("a"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(host.path())))
                .isEqualTo("rwx------");
        assertThatIOException()
                .isThrownBy(() -> HostDirectory.create(host.path()))
                .withMessageContaining("exists already");
        assertThat(HostDirectory.open(host.path()).kernelSocket()).isEqualTo(host.kernelSocket());
        assertThatIOException().isThrownBy(() -> HostDirectory.open(directory.resolve("b")));
    }

    @Test
    void freshNamesCannotBeGuessed() throws IOException {
        HostDirectory host = HostDirectory.create(directory.resolve("a"));
        Path one = host.fresh("window");
        assertThat(one.getFileName().toString()).matches("window-[0-9a-f]{32}");
        assertThat(host.fresh("window")).isNotEqualTo(one);
        assertThat(host.resolve(one.getFileName().toString())).isEqualTo(one);
    }

    @Test
    void namesFromOthersStayInside() throws IOException {
        HostDirectory host = HostDirectory.create(directory.resolve("a"));
        for (String name : new String[] {"../b", "/etc/passwd", "", ".", "..", "a/b", "a\0b", "-x", "x".repeat(200)}) {
            assertThatIOException().as(name).isThrownBy(() -> host.resolve(name));
        }
    }

    @Test
    void aNameTooLongForASocketIsToldBeforeItIsUsed() throws IOException {
        HostDirectory host = HostDirectory.create(directory.resolve("x".repeat(120)));
        assertThatIllegalStateException().isThrownBy(host::kernelSocket).withMessageContaining("too long");
    }

    /** sun_path holds bytes, and a letter may take more than one. */
    @Test
    void aSocketsNameIsMeasuredInBytes() throws IOException {
        assumeThat(System.getProperty("sun.jnu.encoding")).isEqualTo("UTF-8");
        HostDirectory host = HostDirectory.create(Path.of("/dev/shm", "\u00e4".repeat(60)));
        try {
            assertThatIllegalStateException().isThrownBy(host::kernelSocket).withMessageContaining("too long");
        } finally {
            Files.delete(host.path());
        }
    }

    @Test
    void crossingsAreReadWhileTheyGrow() throws IOException {
        HostDirectory host = HostDirectory.create(directory.resolve("a"));
        Path path = host.crossings("kernel");
        try (Crossings mine = Crossings.create(path);
                Crossings watched = Crossings.open(path)) {
            mine.count(Crossing.TRAPS);
            mine.copy(1500);
            mine.copy(100);
            assertThat(watched.snapshot())
                    .containsEntry(Crossing.TRAPS, 1L)
                    .containsEntry(Crossing.COPIES, 2L)
                    .containsEntry(Crossing.COPIED_BYTES, 1600L)
                    .containsEntry(Crossing.MESSAGES, 0L);
            mine.count(Crossing.FRAMES_DROPPED, 5);
            assertThat(watched.value(Crossing.FRAMES_DROPPED)).isEqualTo(5);
        }
        assertThat(Crossings.read(path)).containsEntry(Crossing.COPIED_BYTES, 1600L);
        assertThatIOException().isThrownBy(() -> Crossings.create(path));
        Path other = Files.write(directory.resolve("other"), new byte[4096]);
        assertThatIOException().isThrownBy(() -> Crossings.open(other)).withMessageContaining("holds no crossings");
    }
}
