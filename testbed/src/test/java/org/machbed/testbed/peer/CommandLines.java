package org.machbed.testbed.peer;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.machbed.testbed.launch.Distribution;

/** Command lines of Java programs: ours, and those of this package's tests. */
public final class CommandLines {
    private CommandLines() {}

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** {@code machbed} with these words. */
    public static List<String> machbed(String... words) {
        return Distribution.machbed(words);
    }

    /** A program of the tests that uses our classes. */
    static List<String> ours(Class<?> main, String... words) {
        var command = new ArrayList<>(List.of(
                java(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(words));
        return command;
    }

    /** A program of the tests, which needs no class but its own. */
    public static String[] program(Class<?> main, String... words) {
        var command =
                new ArrayList<>(List.of(java(), "-XX:+UseSerialGC", "-Xmx128m", "-cp", classes(main), main.getName()));
        command.addAll(List.of(words));
        return command.toArray(String[]::new);
    }

    /**
     * A program of the tests that uses libraries of others: whatever is on the class path but our own modules, and logback, whose log would
     * be among its output.
     */
    static String[] library(Class<?> main, List<String> options, String... words) {
        String classPath = Stream.concat(
                        Stream.of(classes(main)),
                        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                                .filter(entry -> !isLeftOut(Path.of(entry))))
                .collect(Collectors.joining(File.pathSeparator));
        var command = new ArrayList<>(
                List.of(java(), "-XX:+UseSerialGC", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", classPath));
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(words));
        return command.toArray(String[]::new);
    }

    private static boolean isLeftOut(Path entry) {
        String name = entry.getFileName().toString();
        return Files.isDirectory(entry) || name.startsWith("machbed-") || name.startsWith("logback-");
    }

    /** Where a class of the tests was compiled to. */
    static String classes(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .toString();
    }
}
