package org.machbed.testbed.peer;

import java.nio.file.Path;
import java.util.List;
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
    @ValueSource(strings = {"in-kernel", "server-mapped", "library", "library-mapped"})
    void aPlainBlockingEchoServer(String topology) throws Exception {
        try (RunProgram program = RunProgram.start(topology, "listening", "server", String.valueOf(PORT))) {
            assertThat(program.linux().exec("sh", "-c", "echo hello | nc -N -w 20 " + UpHost.ADDRESS + " " + PORT))
                    .isEqualTo("hello\n");
            assertThat(program.exitCode()).isEqualTo(PlainProgram.EXIT_CODE);
        }
    }

    /** As a Unix process hands a descriptor to its child. */
    @Test
    void twoProgramsShareAConnection() throws Exception {
        String token = directory.resolve("token").toString();
        String done = directory.resolve("done").toString();
        String[] first = CommandLines.program(SharingProgram.class, "first", String.valueOf(PORT), token, done);
        String[] second = CommandLines.program(SharingProgram.class, "second", token, done);
        first[0] = "java"; // which may be an older one outside
        second[0] = "java";
        String script = "mkfifo %s %s && (%s & %s && wait)"
                .formatted(token, done, String.join(" ", first), String.join(" ", second));
        try (RunProgram program =
                RunProgram.start("library", List.of(), "listening", new String[] {"sh", "-c", script})) {
            assertThat(program.linux()
                            .exec("sh", "-c", "printf 'one\\ntwo\\n' | nc -N -w 20 " + UpHost.ADDRESS + " " + PORT))
                    .isEqualTo("first one\nsecond two\n");
            assertThat(program.exitCode()).isZero();
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
