package org.machbed.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of ours under test: commands in, replies out, its log on this process's standard error. */
public final class Child {
    /** The compiler of the children: quick to start, or, for a benchmark, the one that real processes have, 4. */
    private static final int TIER = Integer.getInteger("childTier", 1);

    private final Process process;
    private final Writer input;
    private final BufferedReader output;

    private Child(Process process) {
        this.process = process;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts a main class with this process's class path and access. */
    public static Child start(Class<?> main, Path directory, String... arguments) throws IOException {
        return start(main, directory, LibraryArchive.options(), arguments);
    }

    /** As {@link #start(Class, Path, String...)}, with a class path of its own among the options of the virtual machine. */
    static Child start(Class<?> main, Path directory, List<String> options, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=" + TIER,
                "-Xmx256m",
                "-XX:-UsePerfData",
                "-Dlogback.configurationFile=child-logback.xml"));
        command.addAll(access());
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return new Child(new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** What the build gave this virtual machine to use Chronicle Queue and foreign memory, the children need too. */
    private static List<String> access() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-")
                        || argument.startsWith("--enable-native-access")
                        || argument.startsWith("--sun-misc"))
                .toList();
    }

    /** Sends a command. */
    public void say(String command) throws IOException {
        input.write(command + "\n");
        input.flush();
    }

    /** The next line of output. */
    public String line() throws IOException {
        return String.valueOf(output.readLine());
    }

    /** Sends a command and waits for its reply. */
    public String ask(String command) throws IOException {
        say(command);
        return line();
    }

    /** Closes standard input and waits for the end; answers the exit code, or -1 when it has not ended in time. */
    public int closeInput(long timeout, TimeUnit unit) throws IOException, InterruptedException {
        input.close();
        return process.waitFor(timeout, unit) ? process.exitValue() : -1;
    }

    public int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    /** Has it stop in an orderly way, or kills it when it does not in time. */
    public void stop(long timeout, TimeUnit unit) throws IOException {
        try {
            if (closeInput(timeout, unit) < 0) {
                kill();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }

    /** Stops it where it is (SIGSTOP), or has it go on. */
    public void pause(boolean paused) throws IOException, InterruptedException {
        Process signal = new ProcessBuilder("kill", paused ? "-STOP" : "-CONT", String.valueOf(process.pid()))
                .inheritIO()
                .start();
        if (signal.waitFor() != 0) {
            throw new IOException("process " + process.pid() + " takes no signal");
        }
    }

    public void kill() {
        process.destroyForcibly();
    }
}
