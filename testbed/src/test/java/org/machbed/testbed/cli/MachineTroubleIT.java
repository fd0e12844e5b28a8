package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.testbed.launch.Distribution;
import org.machbed.testbed.machine.Machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What a user reads on a machine that lacks something. The machine is this one, seen from a mount namespace (mount_namespaces(7))
 * in which some directories are others; skipped where we may not have one.
 */
@Timeout(300)
class MachineTroubleIT {
    private static final Path SCRIPT = Path.of("..", "machbed").toAbsolutePath().normalize();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private record Outcome(int code, String out, List<String> err) {}

    @BeforeEach
    void assumeMountNamespaces() throws Exception {
        Outcome outcome = inNamespace("mount -t tmpfs none /dev/shm");
        assumeTrue(
                outcome.code() == 0,
                () -> "no mount namespace to be had (it needs root or user namespaces): " + outcome.err());
    }

    /** JAVA_HOME leads to an older one, and the places where others are looked for are empty. */
    @Test
    void withoutAJdkTheScriptSaysWhereItLooked() throws Exception {
        Path old = directory.resolve("jdk-24");
        Path bin = Files.createDirectories(old.resolve("bin"));
        for (String program : List.of("java", "javac")) {
            assertThat(Files.writeString(bin.resolve(program), "#!/bin/sh\n")
                            .toFile()
                            .setExecutable(true))
                    .isTrue();
        }
        Files.writeString(old.resolve("release"), "JAVA_VERSION=\"24.0.2\"\n");

        Outcome outcome = inNamespace("""
                for place in /usr/lib/jvm /opt; do
                    case "$1" in "$place"/*) ;; *) [ ! -d $place ] || mount -t tmpfs none $place ;; esac
                done
                exec env -i PATH=/usr/bin:/bin HOME=/nonexistent JAVA_HOME="$2" "$1" topologies
                """, SCRIPT.toString(), old.toString());

        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err()).singleElement().asString().startsWith("machbed: no JDK 25 or later was found");
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void aRunThatSharedMemoryHasNoRoomForDoesNotBegin() throws Exception {
        Outcome outcome = inNamespace(
                "mount -t tmpfs -o size=8m none /dev/shm; \"$@\"; code=$?; ls -A /dev/shm; exit $code",
                measure("in-kernel", "--rounds", "1"));

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err())
                .anyMatch(line -> line.startsWith(
                                "machbed: /dev/shm has 7 MiB left and 2 systems need 48 MiB; free some")
                        || line.startsWith("machbed: /dev/shm has 8 MiB left and 2 systems need 48 MiB; free some"))
                .noneMatch(line -> line.startsWith("\tat "));
        assertThat(outcome.out()).isEmpty();
    }

    /** Somebody else fills it when the first processes of a row are there. */
    @Test
    void aRunEndsWhenSharedMemoryIsFullMeanwhileAndLeavesNothing() throws Exception {
        Outcome outcome = inNamespace("""
                mount -t tmpfs -o size=100m none /dev/shm
                "$@" &
                until ls /dev/shm/machbed-*/*/a/crossings-kernel > /dev/null 2>&1 || ! kill -0 $!; do sleep 0.05; done
                head -c 100m /dev/zero > /dev/shm/full 2> /dev/null
                wait $!; code=$?
                rm /dev/shm/full
                ls -A /dev/shm
                exit $code
                """, measure("udp-server", "--rounds", "1"));

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err())
                .filteredOn(line -> line.startsWith("machbed: "))
                .singleElement()
                .asString()
                .containsAnyOf("no room for", "no space is left on /dev/shm", "No space left");
        assertThat(outcome.out()).isEmpty();
    }

    /** The queues of this row grow all the time. It takes as long as a warm-up: {@code -Dmachbed.long=true}. */
    @Test
    @EnabledIfSystemProperty(named = "machbed.long", matches = "true", disabledReason = "it takes two minutes")
    void aRunEndsWhenSharedMemoryIsFullInTheMiddleOfItsRoundsAndLeavesNothing() throws Exception {
        Path progress = directory.resolve("progress");
        Outcome outcome = inNamespace(
                """
                mount -t tmpfs -o size=600m none /dev/shm
                progress=$1
                shift
                "$@" 2> "$progress" &
                until grep -q "measuring 1000 rounds" "$progress" || ! kill -0 $!; do sleep 0.05; done
                head -c 600m /dev/zero > /dev/shm/full 2> /dev/null
                wait $!; code=$?
                cat "$progress" >&2
                rm /dev/shm/full
                ls -A /dev/shm
                exit $code
                """, withProgress(progress, measure("server-window", "--set", "ipc=chronicle", "--rounds", "1000")));

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err())
                .filteredOn(line -> line.startsWith("machbed: "))
                .singleElement()
                .asString()
                .startsWith("machbed: no space is left on /dev/shm; free some");
        assertThat(outcome.out()).isEmpty();
    }

    private static String[] withProgress(Path progress, String[] command) {
        return Stream.concat(Stream.of(progress.toString()), Stream.of(command)).toArray(String[]::new);
    }

    private String[] measure(String topology, String... options) {
        return Stream.concat(Stream.of(measureOnce(topology)), Stream.of(options))
                .toArray(String[]::new);
    }

    private String[] measureOnce(String topology) {
        return Distribution.machbed(
                        "measure",
                        "--topology",
                        topology,
                        "--quick",
                        "--out",
                        directory.resolve("out").toString())
                .toArray(String[]::new);
    }

    private Outcome inNamespace(String script, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("unshare", "--mount"));
        if (!Machine.root()) {
            command.add("--map-root-user");
        }
        command.addAll(List.of("sh", "-c", script, "sh"));
        command.addAll(List.of(arguments));
        Path err = directory.resolve("err");
        Process process =
                new ProcessBuilder(command).redirectError(err.toFile()).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), out, Files.readAllLines(err));
    }
}
