package org.machbed.testbed.peer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Programs that know nothing of Machbed run on a host, and netcat on Linux is their peer. */
@Timeout(300)
class RunIT {
    private static final int MEGABYTE = 1_000_000;
    private static final int MEGABYTES = 100;
    private static final int PORT = 5001;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @BeforeEach
    void assumePossible() throws Exception {
        Namespace.assumePossible();
        Namespace.assumePresent("nc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"in-kernel", "server-mapped"})
    void aPlainBlockingEchoServer(String topology) throws Exception {
        try (RunProgram program = RunProgram.start(topology, "", "listening", "server", String.valueOf(PORT))) {
            assertThat(program.linux().exec("sh", "-c", "echo hello | nc -N -w 20 " + UpHost.ADDRESS + " " + PORT))
                    .isEqualTo("hello\n");
            assertThat(program.exitCode()).isEqualTo(PlainProgram.EXIT_CODE);
        }
    }

    @Test
    void netcatSendsAFileWhole() throws Exception {
        Path file = directory.resolve("file");
        byte[] content = content(1);
        Files.write(file, content);
        try (RunProgram program = RunProgram.start("in-kernel", "", "listening", "digest", String.valueOf(PORT))) {
            program.linux().exec("sh", "-c", "nc -N -w 60 %s %d < %s".formatted(UpHost.ADDRESS, PORT, file));
            assertThat(program.line()).isEqualTo(sha256(content));
            assertThat(program.exitCode()).isZero();
        }
    }

    /** The program ends as soon as it has written the last byte: its host keeps the connection until that has arrived. */
    @Test
    void netcatReceivesAFileWhole() throws Exception {
        Path file = directory.resolve("file");
        try (RunProgram program = RunProgram.start(
                "in-kernel",
                "",
                "waiting",
                "send",
                "192.0.2.1",
                String.valueOf(PORT),
                String.valueOf(MEGABYTES * MEGABYTE),
                "2")) {
            Process receiver = program.linux()
                    .start("sh", "-c", "nc -l -w 60 192.0.2.1 %d > %s < /dev/null".formatted(PORT, file));
            awaitListener(program.linux());
            program.tell("now");
            String sent = program.line();
            assertThat(program.exitCode()).isZero();
            Namespace.finish(receiver, "nc");
            assertThat(sha256(Files.readAllBytes(file))).isEqualTo(sent);
        }
    }

    private static void awaitListener(Namespace linux) throws Exception {
        while (!linux.exec("cat", "/proc/net/tcp").contains(":1389 00000000:0000 0A")) {
            Thread.onSpinWait();
        }
    }

    @Test
    void terminatingTheLauncherTerminatesTheProgram() throws Exception {
        try (RunProgram program = RunProgram.start("in-kernel", "", "listening", "server", String.valueOf(PORT))) {
            program.terminate();
            // As the shell has it: 128 and SIGTERM.
            assertThat(program.exitCode()).isEqualTo(128 + 15);
        }
    }

    private static byte[] content(long seed) {
        byte[] content = new byte[MEGABYTES * MEGABYTE];
        new java.util.SplittableRandom(seed).nextBytes(content);
        return content;
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }
}
