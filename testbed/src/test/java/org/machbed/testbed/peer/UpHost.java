package org.machbed.testbed.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** A host that {@code machbed up} keeps up on a TAP device, and the Linux host on the device's other end. */
final class UpHost implements AutoCloseable {
    static final String ADDRESS = "192.0.2.2";

    private static final String LAST_LINE = "Ctrl-C stops it.";
    private static final long PATIENCE_SECONDS = 30;

    private final Process process;
    private final Path errors;
    private final String notice;
    private final Namespace linux;

    private UpHost(Process process, Path errors, String notice, Namespace linux) {
        this.process = process;
        this.errors = errors;
        this.notice = notice;
        this.linux = linux;
    }

    /**
     * Starts one.
     *
     * @param impairments of the wire, as {@code ,loss=0.01,seed=7}; may be empty
     * @param more further options
     */
    static UpHost start(String topology, String impairments, String... more) throws Exception {
        String device = Namespace.newName();
        Path errors = Files.createTempFile("machbed-up", ".err");
        var words = new ArrayList<>(
                List.of("up", topology, "--wire", "tap:" + device + impairments, "--address", ADDRESS + "/24"));
        words.addAll(List.of(more));
        Process process = new ProcessBuilder(CommandLines.machbed(words.toArray(String[]::new)))
                .redirectError(errors.toFile())
                .start();
        try {
            String notice = awaitNotice(process, errors);
            Namespace linux = new Namespace();
            linux.take(device, "192.0.2.1/24");
            return new UpHost(process, errors, notice, linux);
        } catch (Exception | AssertionError e) {
            process.destroy();
            throw e;
        }
    }

    private static String awaitNotice(Process process, Path errors) throws IOException {
        var lines = new ArrayList<String>();
        var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        while (!lines.contains(LAST_LINE)) {
            String line = reader.readLine();
            assertThat(line).as(() -> "machbed up ended early: " + text(errors)).isNotNull();
            lines.add(line);
        }
        return String.join("\n", lines);
    }

    /** What it said when it was up. */
    String notice() {
        return notice;
    }

    Namespace linux() {
        return linux;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Stops it as a user does; it must end well and say so. */
    @Override
    public void close() throws IOException {
        linux.close();
        process.destroy();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("machbed up ends")
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("machbed up may be left", e);
        }
        assertThat(text(errors)).contains("machbed: stopped; nothing of the host is left.");
        assertThat(process.exitValue()).isZero();
        Files.delete(errors);
    }
}
