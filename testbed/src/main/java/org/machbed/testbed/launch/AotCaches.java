package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ahead-of-time caches (JEP 483, 515) of the processes: they halve what a virtual machine's start costs, and a run starts about
 * a hundred. A cache is made once, by a process that is stopped in an orderly way; the virtual machine itself ignores one that
 * does not fit its class path.
 */
public final class AotCaches {
    private final @Nullable Path directory;
    /** Which host's process makes a missing cache; empty when none is to be made. */
    private final Map<String, String> makers;

    private AotCaches(@Nullable Path directory, Map<String, String> makers) {
        this.directory = directory;
        this.makers = makers;
    }

    /** No caches at all: tests, and directories that we must not write to. */
    public static AotCaches none() {
        return new AotCaches(null, Map.of());
    }

    /** Uses the caches in a directory, where they exist. */
    public static AotCaches in(Path directory) {
        return new AotCaches(directory, Map.of());
    }

    /**
     * Has processes that are started with it make caches.
     *
     * @param makers for each cache the host whose process makes it, so that no two write one file
     */
    public AotCaches training(Map<String, String> makers) {
        return new AotCaches(directory, Map.copyOf(makers));
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

    /** Whether processes that are started with it make caches. */
    boolean isTraining() {
        return !makers.isEmpty();
    }

    /** Where they are; empty for no caches at all. */
    public Optional<Path> directory() {
        return Optional.ofNullable(directory);
    }

    public boolean has(String cache) {
        return directory != null && Files.exists(file(directory, cache));
    }

    List<String> flags(ProcessPlan plan) {
        if (directory == null) {
            return List.of();
        }
        Path file = file(directory, plan.cache());
        if (Files.exists(file)) {
            return List.of("-XX:AOTCache=" + file, "-XX:AOTMode=auto");
        }
        return plan.host().equals(makers.get(plan.cache())) ? List.of("-XX:AOTCacheOutput=" + file) : List.of();
    }

    private static Path file(Path directory, String cache) {
        return directory.resolve(cache + ".aot");
    }
}
