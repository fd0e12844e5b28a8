package org.machbed.testbed.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * A tiny process in a session of its own that outlives the launcher by the time it takes to clean up: whatever kills the
 * launcher closes the pipe that the reaper reads, and then it ends what is left of the run and removes its directory.
 */
final class Reaper {
    private static final byte[] CLEANED_UP = "done\n".getBytes(StandardCharsets.UTF_8);

    private final Process process;
    private final Path processes;

    private Reaper(Process process, Path processes) {
        this.process = process;
        this.processes = processes;
    }

    static Reaper start(Path runDirectory) throws IOException {
        Path processes = Files.createFile(runDirectory.resolve("processes"));
        String script = script();
        Process process = new ProcessBuilder(
                        List.of("setsid", "sh", "-c", script, "machbed-reaper", runDirectory.toString()))
                .directory(Path.of("/").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new Reaper(process, processes);
    }

    Process process() {
        return process;
    }

    /** Makes a process of the run known. Its start time goes along, so that a reused process id is never killed. */
    synchronized void watch(long pid) throws IOException {
        Optional<String> start = startTime(pid);
        if (start.isPresent()) {
            Files.writeString(processes, pid + " " + start.get() + "\n", StandardOpenOption.APPEND);
        }
    }

    /** Tells it that nothing is left to do. */
    void dismiss() {
        try (OutputStream pipe = process.getOutputStream()) {
            pipe.write(CLEANED_UP);
        } catch (IOException e) {
            // It is gone already, and there is nothing left for it to clean up.
            process.destroy();
        }
    }

    /** Field 22 of /proc/pid/stat (proc_pid_stat(5)), in clock ticks since boot. */
    private static Optional<String> startTime(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return Optional.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19]);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String script() throws IOException {
        try (InputStream stream = Reaper.class.getResourceAsStream("reaper.sh")) {
            if (stream == null) {
                throw new IOException("reaper.sh is not in the jar");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
