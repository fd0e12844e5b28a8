package org.machbed.testbed.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** Where a command leaves its files. */
final class OutputDirectory {
    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    private static final Path DEFAULT_PARENT = Path.of("machbed-results");

    private OutputDirectory() {}

    /** The directory that the user named, or a fresh one below machbed-results. */
    static Path of(@Nullable Path wanted) {
        if (wanted != null && Files.exists(wanted) && !Files.isDirectory(wanted)) {
            throw new UsageError("--out " + wanted + " is not a directory");
        }
        return wanted != null
                ? wanted
                : DEFAULT_PARENT.resolve(
                        LocalDateTime.now(java.time.ZoneId.systemDefault()).format(TIMESTAMP));
    }

    /** Removes one in which nothing was left, and with it the default directory above when that is empty then. */
    static void removeUnused(Path directory) {
        LogFiles.removeEmpty(directory);
        if (DEFAULT_PARENT.equals(directory.getParent())) {
            LogFiles.removeEmpty(DEFAULT_PARENT);
        }
    }
}
