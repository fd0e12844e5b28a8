package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** The logs of a run that went well are of no use to anybody. */
final class LogFiles {
    private LogFiles() {}

    static void remove(Path logs) throws IOException {
        if (!Files.isDirectory(logs)) {
            return;
        }
        List<Path> all;
        try (var paths = Files.walk(logs)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }

    static boolean isEmpty(Path directory) throws IOException {
        try (var entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        }
    }
}
