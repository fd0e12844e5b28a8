package org.machbed.testbed.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Two hosts on a UDP wire, without a privilege: one is kept up, and an unmodified program on the other uses its services. */
@Timeout(180)
class UdpWireIT {
    private static final String LAST_LINE = "Ctrl-C stops it.";
    private static final String SERVER = "192.0.2.2";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @ParameterizedTest
    @CsvSource({"in-kernel, server-mapped", "server-mapped, in-kernel"})
    void aProgramOnOneHostUsesTheServicesOfAnother(String kept, String program) throws Exception {
        String one = "127.0.0.1:" + freePort();
        String other = "127.0.0.1:" + freePort();
        Path errors = directory.resolve("errors");
        Process up = start(errors, "up", kept, "--wire", "udp:" + one + ",peer=" + other, "--address", SERVER + "/24");
        try {
            awaitNotice(up, errors, "one of its peers, whose wire has peer=" + one);
            List<String> words = new ArrayList<>(List.of(
                    "run",
                    program,
                    "--wire",
                    "udp:127.0.0.0/8:" + other.substring(10) + ",peer=" + one,
                    "--address",
                    "192.0.2.1/24",
                    "--"));
            words.addAll(List.of(CommandLines.program(TcpClient.class, "parallel", SERVER, "4", "100000")));
            Process run = start(errors, words.toArray(String[]::new));
            run.getOutputStream().close();
            assertThat(Namespace.finish(run, "machbed run")).contains("all open", "same 4");
        } finally {
            up.destroy();
            assertThat(up.waitFor(30, TimeUnit.SECONDS)).as("machbed up ends").isTrue();
        }
        assertThat(Files.readString(errors)).contains("machbed: stopped; nothing of the host is left.");
    }

    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Process start(Path errors, String... words) throws IOException {
        return new ProcessBuilder(CommandLines.machbed(words))
                .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                .start();
    }

    private static void awaitNotice(Process up, Path errors, String reach) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(up.getInputStream(), StandardCharsets.UTF_8));
        List<String> lines = new ArrayList<>();
        while (!lines.contains(LAST_LINE)) {
            String line = reader.readLine();
            assertThat(line).as("machbed up: " + Files.readString(errors)).isNotNull();
            lines.add(line);
        }
        assertThat(String.join("\n", lines)).contains(reach);
    }
}
