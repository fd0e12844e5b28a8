package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.machbed.testbed.launch.FileFailure;

/** The logs of a run that went well are of no use to anybody. */
final class LogFiles {
    private LogFiles() {}

    /** What cannot be removed stays and is named: the results of the run are worth more than its logs. */
    static void remove(Path logs) {
        try {
            removeAll(logs);
        } catch (IOException e) {
            System.err.println("machbed: cannot remove " + logs + ": " + FileFailure.reason(e, logs));
        }
    }

    private static void removeAll(Path logs) throws IOException {
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

    /** Removes a directory in which nothing was left. */
    static void removeEmpty(Path directory) {
        // Stays when it is not empty, and is no reason to lose results when it stays for another.
        var _ = directory.toFile().delete();
    }
}
