package org.machbed.testbed.launch;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * A Java program of the user's whose channels are those of a host. It gets options before its own, from a file: a system-wide
 * {@code SelectorProvider}, and an agent's jar that puts the provider's class on its class path, whatever else is on that.
 * Standard input, output and error are the launcher's.
 */
public final class UnmodifiedProgram {
    private static final String AGENT_PACKAGE = "org.machbed.client.agent.";
    private static final String AGENT = AGENT_PACKAGE + "ProviderAgent";
    private static final String PROVIDER = AGENT_PACKAGE + "SystemProvider";

    /** Options that any java launcher below takes from the environment, after those that stand there already. */
    private static final String OPTIONS_VARIABLE = "JDK_JAVA_OPTIONS";

    private final List<String> command;

    /**
     * A program.
     *
     * @param command {@code java} and its arguments, or a command that runs {@code java} in turn
     */
    public UnmodifiedProgram(List<String> command) {
        this.command = List.copyOf(command);
    }

    /**
     * Starts it.
     *
     * @param directory takes what it needs to find, and outlives it
     * @param application {@link SingleHost#applicationArguments}
     */
    public Process start(Path directory, Map<String, String> application) throws RunFailure {
        try {
            Path options = writeOptions(directory, writeAgent(directory), application);
            return builder(options).inheritIO().start();
        } catch (IOException e) {
            throw new RunFailure("cannot start " + command.getFirst() + ": " + e.getMessage(), e);
        }
    }

    /**
     * The command with the options. A {@code java} without a path is the one that runs this launcher, also within another command, since
     * what is on the PATH may be older than 25.
     */
    private ProcessBuilder builder(Path options) {
        String program = command.getFirst();
        Path programs = Path.of(System.getProperty("java.home"), "bin");
        var words = new ArrayList<String>(command);
        if (Path.of(program).endsWith("java")) {
            if (program.equals("java")) {
                words.set(0, programs.resolve("java").toString());
            }
            words.add(1, "@" + options);
            return new ProcessBuilder(words);
        }
        var builder = new ProcessBuilder(words);
        builder.environment().merge("PATH", programs.toString(), (before, ours) -> ours + File.pathSeparator + before);
        builder.environment().merge(OPTIONS_VARIABLE, "@" + options, (before, ours) -> before + " " + ours);
        return builder;
    }

    private static Path writeOptions(Path directory, Path agent, Map<String, String> application) throws IOException {
        var options = new ArrayList<String>(JvmCommand.access());
        // The protocol library may run in the program.
        options.addAll(JvmCommand.COMPILED_APART);
        // What a host's sockets are made of stands on modules that a program which is a module itself may not ask for.
        options.add("--add-modules=ALL-DEFAULT");
        // The protocol library speaks IPv4 only.
        options.add("-Djava.net.preferIPv4Stack=true");
        options.add("-Djava.nio.channels.spi.SelectorProvider=" + PROVIDER);
        options.add("-javaagent:" + agent);
        options.add("-Dmachbed.class-path=" + System.getProperty("java.class.path"));
        application.forEach((key, value) -> options.add("-Dmachbed.application." + key + "=" + value));
        return Files.write(
                directory.resolve("java-options"),
                options.stream().map(UnmodifiedProgram::quoted).toList(),
                StandardCharsets.UTF_8);
    }

    /** As the java launcher reads its argument files: in quotes, where a backslash takes the next character as it is. */
    private static String quoted(String option) {
        return "\"" + option.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    private static Path writeAgent(Path directory) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", AGENT);
        Path jar = directory.resolve("agent.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (Map.Entry<String, byte[]> file : agentClasses().entrySet()) {
                out.putNextEntry(new JarEntry(file.getKey()));
                out.write(file.getValue());
            }
        }
        return jar;
    }

    /** The classes of the agent's package, wherever on our own class path they are: in a jar or in a directory. */
    private static Map<String, byte[]> agentClasses() throws IOException {
        String main = AGENT.replace('.', '/') + ".class";
        URL found = ClassLoader.getSystemResource(main);
        if (found == null) {
            throw new IOException(main + " is not on the class path");
        }
        URI place = URI.create(found.toString());
        if (!place.getScheme().equals("jar")) {
            return classesBeside(Path.of(place));
        }
        try (FileSystem jar = FileSystems.newFileSystem(place, Map.of())) {
            return classesBeside(jar.getPath(main));
        }
    }

    private static Map<String, byte[]> classesBeside(Path one) throws IOException {
        var classes = new TreeMap<String, byte[]>();
        try (var files = Files.newDirectoryStream(one.resolveSibling(""), "*.class")) {
            for (Path file : files) {
                classes.put(AGENT_PACKAGE.replace('.', '/') + file.getFileName(), Files.readAllBytes(file));
            }
        }
        return classes;
    }
}
