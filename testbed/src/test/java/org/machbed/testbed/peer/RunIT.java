package org.machbed.testbed.peer;

import java.nio.file.Path;
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
    private static final int BYTES = 100_000_000;
    private static final int PORT = 5001;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @BeforeEach
    void assumePossible() throws Exception {
        Namespace.assumePossible();
        Netcat.assumePresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"in-kernel", "server-mapped"})
    void aPlainBlockingEchoServer(String topology) throws Exception {
        try (RunProgram program = RunProgram.start(topology, "listening", "server", String.valueOf(PORT))) {
            assertThat(program.linux().exec("sh", "-c", "echo hello | nc -N -w 20 " + UpHost.ADDRESS + " " + PORT))
                    .isEqualTo("hello\n");
            assertThat(program.exitCode()).isEqualTo(PlainProgram.EXIT_CODE);
        }
    }

    @Test
    void netcatSendsAFileWhole() throws Exception {
        Path file = directory.resolve("file");
        String content = Content.write(file, BYTES, 1);
        try (RunProgram program = RunProgram.start("in-kernel", "listening", "digest", String.valueOf(PORT))) {
            Netcat.send(program.linux(), file, UpHost.ADDRESS, PORT);
            assertThat(program.line()).isEqualTo(content);
            assertThat(program.exitCode()).isZero();
        }
    }

    /** The program ends as soon as it has written the last byte: its host keeps the connection until that has arrived. */
    @Test
    void netcatReceivesAFileWhole() throws Exception {
        try (RunProgram program = RunProgram.start(
                "in-kernel", "waiting", "send", PeerWire.LINUX, String.valueOf(PORT), String.valueOf(BYTES), "2")) {
            Process receiver = Netcat.listen(program.linux(), PeerWire.LINUX, PORT);
            program.tell("now");
            String received = Netcat.received(receiver);
            assertThat(program.line()).isEqualTo(received);
            assertThat(program.exitCode()).isZero();
        }
    }

    @Test
    void terminatingTheLauncherTerminatesTheProgram() throws Exception {
        try (RunProgram program = RunProgram.start("in-kernel", "listening", "server", String.valueOf(PORT))) {
            program.terminate();
            // As the shell has it: 128 and SIGTERM.
            assertThat(program.exitCode()).isEqualTo(128 + 15);
        }
    }
}
