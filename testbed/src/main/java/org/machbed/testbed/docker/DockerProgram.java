package org.machbed.testbed.docker;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.RunFailure;

/** The {@code docker} program on the PATH. */
final class DockerProgram {
    private static final int LAST_LINES = 15;
    private static final long QUESTION_LIMIT_SECONDS = 30;

    private final Map<String, String> environment;

    /**
     * A way to run it.
     *
     * @param environment beside this process's own
     */
    DockerProgram(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * What a run of it came to.
     *
     * @param lastLines of what it said
     */
    record Outcome(int code, List<String> lastLines) {
        boolean done() {
            return code == 0;
        }
    }

    /** Checks that engine and Compose are there. */
    void check() throws RunFailure, InterruptedException {
        if (!JvmCommand.onPath("docker")) {
            throw new RunFailure("docker is not on the PATH; docs/containers.md says how to install it.");
        }
        Outcome engine = run(List.of("version", "--format", "{{.Server.Version}}"));
        if (!engine.done()) {
            throw new RunFailure("the Docker engine does not answer.", engine.lastLines(), null);
        }
        Outcome compose = run(List.of("compose", "version", "--short"));
        if (!compose.done()) {
            throw new RunFailure(
                    "Docker Compose is not there; docs/containers.md says how to install it.",
                    compose.lastLines(),
                    null);
        }
    }

    /** Runs it to its end and keeps what it says. */
    Outcome run(List<String> arguments) throws RunFailure, InterruptedException {
        return outcome(start(List.of("docker"), arguments, false));
    }

    /** The same in a session of its own, where Ctrl-C does not reach it. */
    Outcome runUndisturbed(List<String> arguments) throws RunFailure, InterruptedException {
        return outcome(start(List.of("setsid", "docker"), arguments, false));
    }

    /** Runs it with this process's standard output and error; answers its exit code. */
    int runAloud(List<String> arguments) throws RunFailure, InterruptedException {
        Process process = start(List.of("docker"), arguments, true);
        try {
            return process.waitFor();
        } finally {
            end(process);
        }
    }

    private Process start(List<String> program, List<String> arguments, boolean aloud) throws RunFailure {
        var command = new ArrayList<>(program);
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectErrorStream(!aloud);
        builder.environment().putAll(environment);
        if (aloud) {
            builder.redirectOutput(ProcessBuilder.Redirect.INHERIT).redirectError(ProcessBuilder.Redirect.INHERIT);
        }
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            return process;
        } catch (IOException e) {
            throw new RunFailure("cannot run docker: " + e.getMessage(), e);
        }
    }

    private static Outcome outcome(Process process) throws RunFailure, InterruptedException {
        Deque<String> last = new ArrayDeque<>();
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last.addLast(line);
                if (last.size() > LAST_LINES) {
                    last.removeFirst();
                }
            }
            return new Outcome(process.waitFor(), List.copyOf(last));
        } catch (IOException e) {
            throw new RunFailure("cannot read what docker says: " + e.getMessage(), e);
        } finally {
            end(process);
        }
    }

    /** When whoever waits is interrupted, the program must not go on. */
    private static void end(Process process) throws InterruptedException {
        if (process.isAlive()) {
            process.destroy();
            if (!process.waitFor(QUESTION_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }
}
