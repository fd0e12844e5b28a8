package org.machbed.testbed.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.machbed.ipc.process.SharedProcess;

/**
 * How a process of ours is started: pinned before the virtual machine counts its CPUs; with a small heap and the serial
 * collector, because a hundred may be alive at once.
 */
public final class JvmCommand {
    private static final List<String> FLAGS = List.of(
            "-XX:+UseSerialGC",
            "-Xms48m",
            "-Xmn32m",
            "-Xss512k",
            "-XX:ReservedCodeCacheSize=64m",
            // Two processes with one id, in two containers, would share a file otherwise.
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            // Standard output is the control channel.
            "-Xlog:disable",
            "-Xlog:all=warning:stderr",
            // What a cache cannot hold is of no interest.
            "-Xlog:aot=off,cds=off:stderr",
            "-Dfile.encoding=UTF-8",
            "-Dlogback.configurationFile=machbed-logback.xml");

    /**
     * Where a frame goes from layer to layer, the optimising compiler starts anew: what it would make of the whole way up is so large that it
     * leaves accesses to memory uninlined, in one process and not in the next, and a stream is up to four times slower there. The same comes
     * of a loop in a method that ran a million times without it, for round trips, before the first stream: seen from there, what is in the
     * loop is too rare to be inlined, for ever. A method of its own is judged by how often the loop goes round.
     */
    static final List<String> COMPILED_APART = List.of(
            "-XX:CompileCommand=quiet",
            "-XX:CompileCommand=dontinline,org.machbed.netstack.Checksum::sum",
            "-XX:CompileCommand=dontinline,org.machbed.netstack.Checksum::sumLongData",
            "-XX:CompileCommand=dontinline,org.machbed.netstack.NetworkStack::onFrame",
            "-XX:CompileCommand=dontinline,org.machbed.netstack.tcp.TcpLayer::onPacket",
            "-XX:CompileCommand=dontinline,org.machbed.netstack.tcp.Transmission::run");

    /** From the environment, with blanks between them: for a profiler, a recording, another compiler. */
    private static final List<String> FURTHER = words(System.getenv().getOrDefault("MACHBED_JVM_FLAGS", ""));

    private final String java;
    private final String classPath;
    private final AotCaches caches;
    private final List<String> access;

    public JvmCommand(Path javaHome, String classPath, AotCaches caches) {
        this.java = javaHome.resolve("bin/java").toString();
        this.classPath = classPath;
        this.caches = caches;
        this.access = access();
    }

    /** With the virtual machine and the class path that run this launcher. */
    public static JvmCommand ofThisJvm(AotCaches caches) {
        return new JvmCommand(Path.of(System.getProperty("java.home")), System.getProperty("java.class.path"), caches);
    }

    /** The command line of a process that has its virtual machine to itself. */
    public List<String> of(ProcessPlan plan, Path logDirectory) {
        return command(plan, "-Xmx256m", plan.arguments(), logDirectory);
    }

    /** The command line of a virtual machine that a process shares with those that play the same part. */
    public List<String> ofShared(ProcessPlan plan, Path logDirectory) {
        return command(plan, "-Xmx768m", List.of(SharedProcess.ARGUMENT), logDirectory);
    }

    private List<String> command(ProcessPlan plan, String heap, List<String> arguments, Path logDirectory) {
        var command = new ArrayList<String>(List.of("taskset", "-c", String.valueOf(plan.cpu()), java));
        command.addAll(FLAGS);
        command.addAll(COMPILED_APART);
        command.add(heap);
        if (!caches.isTraining()) {
            // Caches are for processes without such flags, too.
            command.addAll(FURTHER);
        }
        command.add("-XX:ErrorFile=" + logDirectory.resolve(plan.host() + "-" + plan.name() + "-crash.log"));
        command.addAll(caches.flags(plan));
        command.addAll(access);
        command.add("-cp");
        command.add(classPath);
        command.add(plan.mainClass());
        command.addAll(arguments);
        return command;
    }

    /** The flags that matter to times, for the report; nodes elsewhere are told further ones on their own. */
    public static List<String> flags() {
        return Stream.of(
                        FLAGS.stream().filter(flag -> flag.startsWith("-X")), COMPILED_APART.stream(), FURTHER.stream())
                .flatMap(flags -> flags)
                .toList();
    }

    /** What the libraries below need of the virtual machine: one list, in the parent POM. */
    static List<String> access() {
        try (InputStream stream = JvmCommand.class.getResourceAsStream("jvm-access.txt")) {
            if (stream == null) {
                throw new IllegalStateException("jvm-access.txt is not in the jar");
            }
            return words(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+", -1));
    }

    /** Whether a program that we need stands on the PATH. */
    public static boolean onPath(String program) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }
}
