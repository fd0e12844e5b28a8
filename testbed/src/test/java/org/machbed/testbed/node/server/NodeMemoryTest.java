package org.machbed.testbed.node.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class NodeMemoryTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path root;

    /** Whoever may enter the root may enter what leads to its hosts, and nobody else. */
    @Test
    void whatLeadsToAHostHasTheModeOfTheRoot() throws Exception {
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx-wx---"));
        var memory = new NodeMemory(root, "a");

        memory.createRun("run-1");
        memory.createHost("run-1", "row");

        assertThat(memory.host("run-1", "row")).isDirectory().isEqualTo(root.resolve("run-1/row/a"));
        for (Path directory : List.of(root.resolve("run-1"), memory.row("run-1", "row"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                    .isEqualTo("rwx-wx---");
        }
    }

    @Test
    void aRunGoesWithAllOfItsRows() throws Exception {
        var memory = new NodeMemory(root, "a");
        memory.createRun("run-1");
        memory.createHost("run-1", "one");
        memory.createHost("run-1", "two");
        Files.writeString(memory.host("run-1", "two").resolve("ring"), "x");

        memory.removeHost("run-1", "one");
        assertThat(root.resolve("run-1/one")).doesNotExist();
        memory.removeRun("run-1");

        assertThat(root).isEmptyDirectory();
    }

    @Test
    void whatAKilledNodeLeftIsSweptAndNothingElse() throws Exception {
        var memory = new NodeMemory(root, "a");
        memory.createRun("run-1");
        memory.createHost("run-1", "row");
        memory.createRun(NodeMemory.STANDING);
        memory.createHost(NodeMemory.STANDING, "in-kernel");
        Files.createDirectory(root.resolve("other"));

        memory.sweep();

        assertThat(root.toFile().list()).containsExactly("other");
    }

    @Test
    void tellsWhatTheFilesOfRowsTake() throws Exception {
        var memory = new NodeMemory(root, "a");
        memory.createRun("run-1");
        memory.createHost("run-1", "row");
        Files.write(memory.host("run-1", "row").resolve("ring"), new byte[100_000]);

        assertThat(memory.bytes("run-1", List.of("row", "none")))
                .hasEntrySatisfying("row", bytes -> assertThat(bytes).isBetween(100_000L, 200_000L))
                .containsEntry("none", 0L);
    }
}
