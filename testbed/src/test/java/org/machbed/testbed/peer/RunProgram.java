package org.machbed.testbed.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** A program under {@code machbed run}, and the Linux host on the other end of its host's wire. */
final class RunProgram implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final Path errors;
    private final BufferedReader output;
    private final PeerWire wire;

    private RunProgram(Process process, Path errors, PeerWire wire) {
        this.process = process;
        this.errors = errors;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.wire = wire;
    }

    /** Starts a {@link PlainProgram} on a TAP device, and waits for its first line. */
    static RunProgram start(String topology, String firstLine, String... arguments) throws Exception {
        return start(topology, List.of(), firstLine, CommandLines.program(PlainProgram.class, arguments));
    }

    /**
     * Starts a program on a TAP device, and waits for its first line, so that its host is there.
     *
     * @param options of the host, beside its wire and address
     * @param program {@code java} and its arguments
     */
    static RunProgram start(String topology, List<String> options, String firstLine, String[] program)
            throws Exception {
        PeerWire wire = PeerWire.tap("");
        Path errors = Files.createTempFile("machbed-run", ".err");
        var words = new ArrayList<>(
                List.of("run", topology, "--wire", wire.specification(), "--address", PeerWire.OURS + PeerWire.PREFIX));
        words.addAll(options);
        words.add("--");
        words.addAll(List.of(program));
        Process process = new ProcessBuilder(CommandLines.machbed(words.toArray(String[]::new)))
                .redirectError(errors.toFile())
                .start();
        var started = new RunProgram(process, errors, wire);
        try {
            assertThat(started.line()).as(() -> started.errors()).isEqualTo(firstLine);
            wire.join();
            return started;
        } catch (Exception | AssertionError e) {
            started.close();
            throw e;
        }
    }

    Namespace linux() {
        return wire.linux();
    }

    /** The next line of its output. */
    String line() throws IOException {
        String line = output.readLine();
        return line == null ? "(it ended: " + errors() + ")" : line;
    }

    /** Writes a line to its input. */
    void tell(String line) throws IOException {
        OutputStream input = process.getOutputStream();
        input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        input.flush();
    }

    /** The exit code, when it has ended. */
    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as("machbed run ends")
                .isTrue();
        return process.exitValue();
    }

    void terminate() {
        process.destroy();
    }

    private String errors() {
        try {
            return Files.readString(errors);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        wire.close();
        Files.delete(errors);
    }
}
