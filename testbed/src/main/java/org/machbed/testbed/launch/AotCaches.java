package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ahead-of-time caches (JEP 483, 515) of the processes: they halve what a virtual machine's start costs, and a run starts about
 * a hundred. A cache is made once, by a process that is stopped in an orderly way; the virtual machine itself ignores one that
 * does not fit its class path.
 */
public final class AotCaches {
    private final @Nullable Path directory;
    private final boolean training;

    private AotCaches(@Nullable Path directory, boolean training) {
        this.directory = directory;
        this.training = training;
    }

    /** No caches at all: tests, and directories that we must not write to. */
    public static AotCaches none() {
        return new AotCaches(null, false);
    }

    /** Uses the caches in a directory, where they exist. */
    public static AotCaches in(Path directory) {
        return new AotCaches(directory, false);
    }

    /** Makes the caches of the processes that are started with it. */
    public AotCaches training() {
        return new AotCaches(directory, true);
    }

    /**
     * Empties the directory when it belongs to other jars or another JDK.
     *
     * @param key tells jars and JDK apart
     * @return whether caches can be made and used at all
     */
    public boolean prepare(String key) {
        if (directory == null) {
            return false;
        }
        Path keyFile = directory.resolve("key");
        try {
            Files.createDirectories(directory);
            if (!Files.exists(keyFile) || !Files.readString(keyFile).equals(key)) {
                try (var files = Files.newDirectoryStream(directory, "*.aot*")) {
                    for (Path file : files) {
                        Files.delete(file);
                    }
                }
                Files.writeString(keyFile, key);
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    public boolean has(String cache) {
        return directory != null && Files.exists(file(directory, cache));
    }

    List<String> flags(String cache) {
        if (directory == null) {
            return List.of();
        }
        if (training) {
            return has(cache) ? List.of() : List.of("-XX:AOTCacheOutput=" + file(directory, cache));
        }
        return has(cache) ? List.of("-XX:AOTCache=" + file(directory, cache), "-XX:AOTMode=auto") : List.of();
    }

    private static Path file(Path directory, String cache) {
        return directory.resolve(cache + ".aot");
    }
}
