package org.machbed.testbed.node.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.machbed.proto.node.ProcessEvent;

/**
 * A process that a node has started: its lines go to the launcher, and it does not outlive the launcher's call. Its threads are
 * platform threads: whoever reads a pipe of a process keeps a virtual thread's carrier, of which a host's one CPU has one.
 */
final class NodeProcess {
    /** A process stops by itself within 2 s once its standard input has closed. */
    private static final Duration STOP_LIMIT = Duration.ofMillis(2_500);

    /** What is in the pipes when a process has ended is read at once; who inherited them may hold them for ever. */
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(1);

    /** Longer lines are no replies of ours, and no log that anybody reads. */
    private static final int LONGEST_LINE_CHARS = 1 << 20;

    private final Process process;
    private final EventSender events;

    private NodeProcess(Process process, EventSender events) {
        this.process = process;
        this.events = events;
    }

    /** Starts a process, whose first event tells its number. */
    static NodeProcess start(List<String> command, EventSender events) throws IOException, InterruptedException {
        var started = new NodeProcess(new ProcessBuilder(command).start(), events);
        events.send(
                ProcessEvent.newBuilder().setStartedPid(started.process.pid()).build());
        Thread output = started.read(
                started.process.getInputStream(),
                line -> ProcessEvent.newBuilder().setLine(line).build());
        Thread errors = started.read(
                started.process.getErrorStream(),
                line -> ProcessEvent.newBuilder().setLog(line).build());
        Thread.ofPlatform().daemon().name("exit-" + started.pid()).start(() -> started.awaitExit(output, errors));
        return started;
    }

    long pid() {
        return process.pid();
    }

    Process process() {
        return process;
    }

    private Thread read(InputStream stream, Function<String, ProcessEvent> event) {
        return Thread.ofPlatform().daemon().name("lines-" + pid()).start(() -> {
            try (var lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    events.send(event.apply(
                            line.length() > LONGEST_LINE_CHARS ? line.substring(0, LONGEST_LINE_CHARS) : line));
                }
            } catch (IOException e) {
                // The pipe breaks when the process dies, which its exit tells.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void awaitExit(Thread output, Thread errors) {
        try {
            int code = process.waitFor();
            output.join(DRAIN_LIMIT);
            errors.join(DRAIN_LIMIT);
            events.finish(ProcessEvent.newBuilder().setExitCode(code).build());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes a line to its standard input; one that a dying process no longer takes is lost. */
    void write(String line) {
        try {
            OutputStream pipe = process.getOutputStream();
            pipe.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            pipe.flush();
        } catch (IOException e) {
            // Its exit tells.
        }
    }

    /** Closes its standard input, which asks it to stop. */
    void closeInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            process.destroy();
        }
    }

    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Has it end, in an orderly way if it does so in time. Nobody listens any more. */
    void abandon() {
        events.stop();
        // A process that does not read can block whoever closes its pipe.
        Thread.ofPlatform().daemon().name("close-" + pid()).start(this::closeInput);
        try {
            if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }
}
