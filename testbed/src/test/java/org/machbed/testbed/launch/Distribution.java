package org.machbed.testbed.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the launcher script runs: jars, and ahead-of-time caches with which a process starts in half the time. Maven says where it has
 * packaged them; before that, as in an IDE, there are only classes.
 */
public final class Distribution {
    private static final long LIMIT_MINUTES = 4;
    private static final @Nullable Path DIRECTORY = directory();
    private static final String CLASS_PATH = classPathOf(DIRECTORY);
    private static final AotCaches CACHES = prepare();

    private Distribution() {}

    private static @Nullable Path directory() {
        String packaged = System.getProperty("machbed.distribution");
        return packaged == null ? null : Path.of(packaged);
    }

    private static String classPathOf(@Nullable Path directory) {
        if (directory == null) {
            return System.getProperty("java.class.path");
        }
        try (var jars = Files.list(directory.resolve("lib"))) {
            return jars.map(Path::toString)
                    .filter(jar -> jar.endsWith(".jar"))
                    .sorted()
                    .collect(Collectors.joining(":"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code machbed prepare}, which leaves a cache of the command line as well; once in the life of this virtual machine. */
    private static AotCaches prepare() {
        if (DIRECTORY == null) {
            return AotCaches.none();
        }
        try {
            Path said = DIRECTORY.resolveSibling("prepare.log");
            String logs = DIRECTORY.resolveSibling("prepare").toString();
            Process prepare = new ProcessBuilder(command(
                            List.of("-XX:AOTCacheOutput=" + commandLineCache(DIRECTORY)),
                            List.of("prepare", "--out", logs)))
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            if (!prepare.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                prepare.destroy();
            }
            if (prepare.waitFor() != 0) {
                throw new IOException("machbed prepare: " + Files.readString(said));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return AotCaches.in(DIRECTORY.resolve("aot"));
    }

    private static Path commandLineCache(Path directory) {
        return directory.resolve("tests.aot");
    }

    private static List<String> command(List<String> options, List<String> words) {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-Dlogback.configurationFile=machbed-logback.xml"));
        command.addAll(options);
        command.addAll(List.of("-cp", CLASS_PATH, "org.machbed.testbed.cli.Machbed"));
        command.addAll(words);
        return command;
    }

    /** How processes of rows are started. */
    public static JvmCommand jvm() {
        return jvm(CLASS_PATH, CACHES);
    }

    private static JvmCommand jvm(String classPath, AotCaches caches) {
        return new JvmCommand(Path.of(System.getProperty("java.home")), classPath, caches);
    }

    /** Whether Maven has packaged it. */
    static boolean exists() {
        return DIRECTORY != null;
    }

    /** How processes of rows are started by users who cannot read our directories: from a copy. */
    static JvmCommand copiedTo(Path copy) throws IOException {
        Path directory = Objects.requireNonNull(DIRECTORY, "it is not packaged");
        for (String part : List.of("lib", "aot")) {
            Files.createDirectory(copy.resolve(part));
            try (var files = Files.list(directory.resolve(part))) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    // With their times: a cache is for jars of that time.
                    Files.copy(
                            file,
                            copy.resolve(directory.relativize(file).toString()),
                            StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
        return jvm(classPathOf(copy), AotCaches.in(copy.resolve("aot")));
    }

    /** {@code machbed} with these words. */
    public static List<String> machbed(String... words) {
        var options = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1"));
        if (DIRECTORY != null) {
            options.add("-XX:AOTCache=" + commandLineCache(DIRECTORY));
        }
        return command(options, List.of(words));
    }
}
