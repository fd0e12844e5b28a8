package org.machbed.testbed.docker;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.ProgressListener;

/**
 * The containers of both hosts, as one project of Docker Compose that goes with this process. One that a process which was killed
 * has left is removed by the next.
 */
public final class ComposeProject implements AutoCloseable {
    private static final String PREFIX = "machbed-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "([0-9]+)");
    private static final String PROFILE = "bench";
    private static final String BENCH = "bench";
    private static final int UP_LIMIT_SECONDS = 300;

    private final DockerProgram docker;
    private final Path file;
    private final ProgressListener progress;
    private final String name = PREFIX + ProcessHandle.current().pid();
    private final Thread hook = new Thread(this::removeAfterSignal, "compose-down");
    private boolean removed; // guarded by this

    private ComposeProject(DockerProgram docker, Path file, ProgressListener progress) {
        this.docker = docker;
        this.file = file;
        this.progress = progress;
    }

    /**
     * Builds the image, which costs little when nothing has changed, and starts all containers; returns when their nodes are up.
     *
     * @param file of Compose
     * @param environment of its variables
     * @param build whether the image is ours to build
     * @throws RunFailure naming what Docker lacks or what does not start
     */
    public static ComposeProject up(
            Path file, Map<String, String> environment, boolean build, ProgressListener progress)
            throws RunFailure, InterruptedException {
        if (!Files.isRegularFile(file)) {
            throw new RunFailure("there is no file " + file + ".");
        }
        var docker = new DockerProgram(environment);
        docker.check();
        var project = new ComposeProject(docker, file, progress);
        project.sweep();
        if (build) {
            progress.stage("building the image");
            project.require(List.of("build"), "the image cannot be built.");
        }
        Runtime.getRuntime().addShutdownHook(project.hook);
        try {
            progress.stage("starting the containers");
            project.start();
            return project;
        } catch (RunFailure | InterruptedException e) {
            project.close();
            throw e;
        }
    }

    private void start() throws RunFailure, InterruptedException {
        DockerProgram.Outcome up = docker.run(compose(
                List.of("up", "--detach", "--no-build", "--wait", "--wait-timeout", String.valueOf(UP_LIMIT_SECONDS))));
        if (!up.done()) {
            var details = new ArrayList<>(up.lastLines());
            details.addAll(docker.run(compose(List.of("logs", "--no-color", "--tail", "4")))
                    .lastLines());
            throw new RunFailure("the containers do not start.", details, null);
        }
    }

    /** Removes what launchers that were killed have left. */
    private void sweep() throws RunFailure, InterruptedException {
        for (String line :
                docker.run(List.of("compose", "ls", "--all", "--quiet")).lastLines()) {
            Matcher matcher = NAME.matcher(line.strip());
            if (matcher.matches() && !Files.exists(Path.of("/proc", matcher.group(1)))) {
                docker.run(List.of("compose", "--project-name", line.strip(), "down", "--volumes", "--remove-orphans"));
            }
        }
    }

    private void require(List<String> arguments, String otherwise) throws RunFailure, InterruptedException {
        DockerProgram.Outcome outcome = docker.run(compose(arguments));
        if (!outcome.done()) {
            throw new RunFailure(otherwise, outcome.lastLines(), null);
        }
    }

    /** Runs a command of the command line in a container of its own that reaches the nodes; answers its exit code. */
    public int bench(List<String> command) throws RunFailure, InterruptedException {
        var arguments = new ArrayList<>(List.of("run", "--rm", "--no-TTY", "--no-deps", BENCH));
        arguments.addAll(command);
        return docker.runAloud(compose(arguments));
    }

    private List<String> compose(List<String> arguments) {
        var all = new ArrayList<>(
                List.of("compose", "--file", file.toString(), "--project-name", name, "--progress", "plain"));
        all.addAll(arguments);
        return all;
    }

    private void removeAfterSignal() {
        try {
            remove();
        } catch (RunFailure e) {
            System.err.println("machbed: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void remove() throws RunFailure, InterruptedException {
        if (!removed) {
            // A container of bench that a signal has left is one of its profile.
            DockerProgram.Outcome down = docker.runUndisturbed(
                    compose(List.of("--profile", PROFILE, "down", "--volumes", "--remove-orphans", "--timeout", "6")));
            if (!down.done()) {
                throw new RunFailure(
                        "the containers of " + name + " could not be removed: " + String.join("; ", down.lastLines()));
            }
            removed = true;
        }
    }

    /** Removes all containers, their networks and their memory. */
    @Override
    public void close() throws RunFailure {
        progress.stage("removing the containers");
        try {
            remove();
        } catch (InterruptedException e) {
            // The hook tries once more.
            Thread.currentThread().interrupt();
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The virtual machine is going down, and the hook finds nothing left to do.
        }
    }
}
