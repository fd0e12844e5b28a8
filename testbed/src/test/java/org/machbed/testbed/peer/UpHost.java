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
import org.machbed.testbed.launch.RunDirectory;

import static org.assertj.core.api.Assertions.assertThat;

/** A host that {@code machbed up} keeps up, and the Linux host on the other end of its wire. */
final class UpHost implements AutoCloseable {
    static final String ADDRESS = PeerWire.OURS;

    private static final String LAST_LINE = "Ctrl-C stops it.";
    private static final long PATIENCE_SECONDS = 30;

    private final Process process;
    private final Path errors;
    private final String notice;
    private final PeerWire wire;

    private UpHost(Process process, Path errors, String notice, PeerWire wire) {
        this.process = process;
        this.errors = errors;
        this.notice = notice;
        this.wire = wire;
    }

    /**
     * Starts one on a TAP device.
     *
     * @param impairments of the wire, as {@code ,loss=0.01,seed=7}; may be empty
     * @param more further options
     */
    static UpHost start(String topology, String impairments, String... more) throws Exception {
        return start(topology, PeerWire.tap(impairments), more);
    }

    /** Starts one on a wire, which goes with it. */
    static UpHost start(String topology, PeerWire wire, String... more) throws Exception {
        Path errors = Files.createTempFile("machbed-up", ".err");
        var words = new ArrayList<>(
                List.of("up", topology, "--wire", wire.specification(), "--address", PeerWire.OURS + PeerWire.PREFIX));
        words.addAll(List.of(more));
        var command = new ArrayList<>(wire.place());
        command.addAll(CommandLines.machbed(words.toArray(String[]::new)));
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        try {
            String notice = awaitNotice(process, errors);
            wire.join();
            return new UpHost(process, errors, notice, wire);
        } catch (Exception | AssertionError e) {
            process.destroy();
            wire.close();
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
        return wire.linux();
    }

    /** Its shared memory. */
    Path runDirectory() throws IOException {
        String mine = "machbed-host-*-" + process.pid();
        try (var runs = Files.newDirectoryStream(RunDirectory.SHARED_MEMORY, mine)) {
            return runs.iterator().next();
        }
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
        process.destroy();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("machbed up ends")
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("machbed up may be left", e);
        } finally {
            wire.close();
        }
        assertThat(text(errors)).contains("machbed: stopped; nothing of the host is left.");
        assertThat(process.exitValue()).isZero();
        Files.delete(errors);
    }
}
