package org.machbed.testbed.node.server;

import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.machbed.ipc.memory.SharedDirectory;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.testbed.machine.SharedMemoryUse;

/**
 * The memory of one host: {@code <root>/<run>/<row>/<host>}. The node of the kernel makes the directories and removes them; the others
 * only name files in them.
 */
final class NodeMemory {
    /** The run of the topology that stands for as long as the node does. */
    static final String STANDING = "standing";

    private static final String MODE = "unix:mode";
    private static final String RUN_PREFIX = "run-";
    private static final Pattern RUN = Pattern.compile("(" + RUN_PREFIX + "[a-z0-9-]{1,48}|" + STANDING + ")");
    private static final Pattern ROW = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private final Path root;
    private final String host;

    NodeMemory(Path root, String host) {
        this.root = root.toAbsolutePath().normalize();
        this.host = host;
    }

    Path root() {
        return root;
    }

    /** The directory of a row's host. */
    Path host(String run, String row) {
        return row(run, row).resolve(host);
    }

    /** The directory of a row's hosts. */
    Path row(String run, String row) {
        if (!ROW.matcher(row).matches()) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("\"" + row + "\" is no name of a row")
                    .asRuntimeException();
        }
        return run(run).resolve(row);
    }

    /**
     * Refuses what is no name of a run.
     *
     * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT
     */
    void checkRun(String run) {
        if (!RUN.matcher(run).matches()) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("\"" + run + "\" is no name of a run")
                    .asRuntimeException();
        }
    }

    private Path run(String run) {
        checkRun(run);
        return root.resolve(run);
    }

    void createRun(String run) throws IOException {
        create(run(run));
    }

    void createHost(String run, String row) throws IOException {
        create(row(run, row));
        HostDirectory.create(host(run, row));
    }

    /** With the mode of the root, which says who shares the memory. */
    private void create(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory);
            Files.setAttribute(directory, MODE, Files.getAttribute(root, MODE));
        }
    }

    void removeHost(String run, String row) throws IOException {
        SharedDirectory.delete(host(run, row));
        // Another host of the row may have the same root.
        var _ = row(run, row).toFile().delete();
    }

    /** Removes what this host has of a run. */
    void removeRun(String run) throws IOException {
        Path directory = run(run);
        if (Files.isDirectory(directory)) {
            for (Path row : entries(directory, "*")) {
                removeHost(run, String.valueOf(row.getFileName()));
            }
            var _ = directory.toFile().delete();
        }
    }

    /** Removes what a node that was killed has left. */
    void sweep() throws IOException {
        for (Path run : entries(root, "{" + RUN_PREFIX + "*," + STANDING + "}")) {
            removeRun(String.valueOf(run.getFileName()));
        }
    }

    private static List<Path> entries(Path directory, String glob) throws IOException {
        var found = new ArrayList<Path>();
        try (var entries = Files.newDirectoryStream(directory, glob)) {
            entries.forEach(found::add);
        }
        return found;
    }

    /** Bytes that the files of each row's host take. */
    Map<String, Long> bytes(String run, List<String> rows) throws IOException {
        Map<Path, Long> byHost =
                SharedMemoryUse.bytes(rows.stream().map(row -> host(run, row)).toList());
        Map<String, Long> byRow = new LinkedHashMap<>();
        for (String row : rows) {
            byRow.put(row, byHost.getOrDefault(host(run, row), 0L));
        }
        return byRow;
    }
}
