package org.machbed.testbed.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * Tells programs beside a node of an application how to reach the sockets of the standing host: a file of that application's
 * arguments, written once the host is up. In a container it has one place.
 */
public final class StandingHost {
    private static final String PLACE = "MACHBED_STANDING_HOST";
    private static final String DEFAULT_PLACE = "/tmp/machbed-standing-host";

    private StandingHost() {}

    private static Path file() {
        return Path.of(System.getenv().getOrDefault(PLACE, DEFAULT_PLACE));
    }

    /** Makes the standing host known, at once and whole. */
    public static void announce(Map<String, String> applicationArguments) throws IOException {
        var properties = new Properties();
        properties.putAll(applicationArguments);
        Path file = file();
        Path unfinished = file.resolveSibling(
                file.getFileName() + "." + ProcessHandle.current().pid());
        try (var out = Files.newOutputStream(unfinished)) {
            properties.store(out, null);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Takes back what was announced. */
    public static void withdraw() throws IOException {
        Files.deleteIfExists(file());
    }

    /** The arguments of an application of the standing host, where there is one. */
    public static Optional<Map<String, String>> applicationArguments() throws IOException {
        if (!Files.exists(file())) {
            return Optional.empty();
        }
        var properties = new Properties();
        try (var in = Files.newInputStream(file())) {
            properties.load(in);
        }
        Map<String, String> arguments = new LinkedHashMap<>();
        properties.stringPropertyNames().stream()
                .sorted()
                .forEach(name -> arguments.put(name, properties.getProperty(name)));
        return Optional.of(arguments);
    }
}
