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

/** A {@link PlainProgram} under {@code machbed run} on a TAP device, and the Linux host on the device's other end. */
final class RunProgram implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final Path errors;
    private final BufferedReader output;
    private final Namespace linux;

    private RunProgram(Process process, Path errors, Namespace linux) {
        this.process = process;
        this.errors = errors;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.linux = linux;
    }

    /** Starts one and waits for its first line, so that its host is there. */
    static RunProgram start(String topology, String impairments, String firstLine, String... arguments)
            throws Exception {
        String device = Namespace.newName();
        Path errors = Files.createTempFile("machbed-run", ".err");
        var words = new ArrayList<>(List.of(
                "run", topology, "--wire", "tap:" + device + impairments, "--address", UpHost.ADDRESS + "/24", "--"));
        words.addAll(List.of(CommandLines.program(PlainProgram.class, arguments)));
        Process process = new ProcessBuilder(CommandLines.machbed(words.toArray(String[]::new)))
                .redirectError(errors.toFile())
                .start();
        var program = new RunProgram(process, errors, new Namespace());
        try {
            assertThat(program.line()).as(() -> program.errors()).isEqualTo(firstLine);
            program.linux.take(device, "192.0.2.1/24");
            return program;
        } catch (Exception | AssertionError e) {
            program.close();
            throw e;
        }
    }

    Namespace linux() {
        return linux;
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
        linux.close();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.delete(errors);
    }
}
