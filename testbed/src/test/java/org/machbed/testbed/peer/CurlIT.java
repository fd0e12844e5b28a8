package org.machbed.testbed.peer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** An HTTP server that knows nothing of Machbed runs on a host, and curl on Linux is its client. */
@Timeout(180)
class CurlIT {
    private static final int PORT = 8080;
    private static final int MEGABYTE = 1_000_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path served;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path fetched;

    @BeforeEach
    void assumePossible() throws Exception {
        Namespace.assumePossible();
        Namespace.assumePresent("curl");
    }

    @ParameterizedTest
    @CsvSource({"in-kernel, 50", "server-ipc, 2", "library, 50", "library-mapped, 50"})
    void curlGetsAndPutsLargeFilesWhole(String topology, int megabytes) throws Exception {
        getsAndPutsLargeFilesWhole(PlainHttpServer.class, topology, megabytes);
    }

    @Test
    void andFromAServerWithASelector() throws Exception {
        getsAndPutsLargeFilesWhole(PlainSelectorHttpServer.class, "in-kernel", 50);
    }

    /** The other way around: the JDK's HTTP client on the host, which is one thread with a selector. */
    @Test
    void aClientWithASelectorGetsALargeFileWhole() throws Exception {
        String content = Content.write(served.resolve("large"), 50 * MEGABYTE, 1);
        String url = "http://" + PeerWire.LINUX + ":" + PORT + "/large";
        String[] client = CommandLines.program(PlainHttpClient.class, url);
        try (RunProgram running = RunProgram.start("in-kernel", List.of(), "waiting", client)) {
            Process server = running.linux()
                    .start(CommandLines.program(
                            PlainSelectorHttpServer.class, String.valueOf(PORT), served.toString()));
            try {
                running.linux().awaitListener(PORT);
                running.tell("now");
                assertThat(running.line()).isEqualTo("200 " + content);
                assertThat(running.exitCode()).isZero();
            } finally {
                server.destroy();
            }
        }
    }

    private void getsAndPutsLargeFilesWhole(Class<?> program, String topology, int megabytes) throws Exception {
        String content = Content.write(served.resolve("large"), megabytes * MEGABYTE, 1);
        String[] server = CommandLines.program(program, String.valueOf(PORT), served.toString());
        try (RunProgram running = RunProgram.start(topology, List.of(), "listening", server)) {
            Namespace linux = running.linux();
            Path large = fetched.resolve("large");
            // Two requests over one connection.
            assertThat(curl(linux, "-o", large.toString(), url("large"), "-o", "/dev/null", url("missing")))
                    .isEqualTo("200 %d connects 1\n404 0 connects 0\n".formatted(megabytes * MEGABYTE));
            assertThat(Content.digest(large)).isEqualTo(content);

            assertThat(curl(linux, "-T", large.toString(), url("put"))).isEqualTo("201 0 connects 1\n");
            assertThat(Content.digest(served.resolve("put"))).isEqualTo(content);
        }
    }

    private static String url(String file) {
        return "http://" + PeerWire.OURS + ":" + PORT + "/" + file;
    }

    /** The status, the body's bytes, and the connections made, of each answer. */
    private static String curl(Namespace linux, String... words) throws Exception {
        var command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "100"));
        command.addAll(List.of("-w", "%{http_code} %{size_download} connects %{num_connects}\\n"));
        command.addAll(List.of(words));
        return linux.exec(command.toArray(String[]::new));
    }
}
