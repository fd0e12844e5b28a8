package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.machbed.ipc.memory.SharedDirectory;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.UnmodifiedProgram;
import org.machbed.testbed.node.StandingHost;

/** An unmodified program as one more process of the host that a node keeps up. The host goes on with what the program leaves to it. */
final class StandingProgram {
    private static final String HOST_DIRECTORY = "host-directory";
    private static final String PROCESS_NAME = "process-name";
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private final List<String> command;

    StandingProgram(List<String> command) {
        this.command = List.copyOf(command);
    }

    /** Runs it to its end; answers its exit code. */
    int run() throws RunFailure, InterruptedException, IOException {
        Map<String, String> application = new LinkedHashMap<>(StandingHost.applicationArguments()
                .orElseThrow(() -> new UsageError(
                        "no host stands here; name a topology: machbed run TOPOLOGY -- " + String.join(" ", command))));
        // Each process of a host has a name of its own, and counts under it.
        String name = "run-%08x".formatted(ThreadLocalRandom.current().nextInt());
        application.put(PROCESS_NAME, name);
        Path own = Files.createTempDirectory("machbed-run-");
        try {
            Process program = new UnmodifiedProgram(command).start(own, application);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(program), "end-program"));
            return program.waitFor();
        } finally {
            SharedDirectory.delete(own);
            Files.deleteIfExists(
                    HostDirectory.open(Path.of(application.get(HOST_DIRECTORY))).crossings(name));
        }
    }

    /** Whoever ends the launcher means the program. */
    private static void end(Process program) {
        program.destroy();
        try {
            if (!program.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                program.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
