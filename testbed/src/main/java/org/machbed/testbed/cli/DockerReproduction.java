package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.machbed.testbed.docker.ComposeProject;
import org.machbed.testbed.launch.FileFailure;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.machine.Machine;

/** A reproduction whose hosts are in containers: this process starts them, and bench among them does the rest. */
final class DockerReproduction {
    private static final String COMPOSE_FILE = "docker/compose.yaml";
    private static final String COMMAND = "reproduce";
    private static final String IMAGE = "MACHBED_IMAGE";
    private static final Path LATENCY_DEVICE = Path.of("/dev/cpu_dma_latency");

    /** Where a container of bench has the directory of results. */
    private static final String RESULTS = "/results";

    private final List<String> words;
    private final Path directory;

    /**
     * A reproduction.
     *
     * @param words of the command line
     * @param directory takes the results
     */
    DockerReproduction(List<String> words, Path directory) {
        this.words = List.copyOf(words);
        this.directory = directory.toAbsolutePath();
    }

    /** Answers the exit code. */
    int run() throws RunFailure, InterruptedException, IOException {
        String home = System.getProperty("machbed.home", "");
        if (home.isEmpty()) {
            throw new RunFailure("--docker works from a working copy, by its machbed script.");
        }
        Map<String, String> environment = environment();
        TerminalProgress progress = TerminalProgress.onStandardError();
        try (ComposeProject project =
                ComposeProject.up(Path.of(home, COMPOSE_FILE), environment, System.getenv(IMAGE) == null, progress)) {
            progress.stage("measuring in a container");
            progress.finish();
            int code = project.bench(benchCommand());
            if (code == Machbed.DONE) {
                System.err.println("machbed: the results are in " + directory);
            }
            return code;
        } finally {
            progress.finish();
        }
    }

    /** The same command, without what is for this process. */
    private List<String> benchCommand() {
        var command = new ArrayList<>(List.of(COMMAND));
        for (int word = words.indexOf(COMMAND) + 1; word < words.size(); word++) {
            if (words.get(word).equals("--out")) {
                word++;
            } else if (!words.get(word).equals("--docker") && !words.get(word).startsWith("--out=")) {
                command.add(words.get(word));
            }
        }
        command.add("--out=" + RESULTS);
        return command;
    }

    /** What the user has not set himself of Compose's variables. */
    private Map<String, String> environment() throws RunFailure, IOException {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new RunFailure("cannot write to " + directory + ": " + FileFailure.reason(e, directory), e);
        }
        Pinning pinning = Pinning.ofThisMachine();
        Map<String, String> environment = new HashMap<>();
        environment.put("MACHBED_CPU_A", String.valueOf(pinning.cpuOfA()));
        environment.put("MACHBED_CPU_B", String.valueOf(pinning.cpuOfB()));
        if (!Files.exists(LATENCY_DEVICE)) {
            environment.put("MACHBED_CPU_LATENCY", "/dev/null");
        }
        if (!Machine.root()) {
            environment.put(
                    "MACHBED_BENCH_USER",
                    Files.getAttribute(directory, "unix:uid") + ":" + Files.getAttribute(directory, "unix:gid"));
        }
        environment.keySet().removeAll(System.getenv().keySet());
        environment.put("MACHBED_RESULTS", directory.toString());
        return environment;
    }
}
