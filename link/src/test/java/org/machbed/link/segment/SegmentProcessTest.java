package org.machbed.link.segment;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.link.Frames;
import org.machbed.link.LinkCounter;

import static org.assertj.core.api.Assertions.assertThat;

/** Stations in processes of their own. */
@Timeout(60)
class SegmentProcessTest {
    private static final long PATIENCE_NS = 20_000_000_000L;

    @TempDir
    Path directory;

    private SegmentLink link;
    private final Frames received = new Frames();
    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void join() throws IOException {
        link = SegmentLink.join(directory, Frames.A, 1500);
    }

    @AfterEach
    void leave() {
        processes.forEach(Process::destroyForcibly);
        link.close();
    }

    @Test
    void framesGoToAnotherProcessAndBack() throws IOException, InterruptedException {
        Process echo = startEcho();
        for (int i = 0; i < 2_000; i++) {
            assertEcho(i, 60 + i % 1_000);
        }
        echo.getOutputStream().close();
        assertThat(echo.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(echo.exitValue()).isZero();
        assertThat(link.counters().get(LinkCounter.COPIES)).isZero();

        Frames.send(link, Frames.frame(Frames.B, Frames.A, 1, 100));
        assertThat(link.counters().get(LinkCounter.DROPPED_NO_STATION)).isEqualTo(1);
    }

    @Test
    void aStationThatIsKilledBlocksNobodyAndMayComeBack() throws IOException, InterruptedException {
        Process echo = startEcho();
        assertEcho(1, 100);
        echo.destroyForcibly();
        assertThat(echo.waitFor(20, TimeUnit.SECONDS)).isTrue();

        // Its ring fills, and then drops: the sender is never held up.
        long sent = 0;
        while (link.counters().get(LinkCounter.DROPPED_RING_FULL) < 10) {
            Frames.send(link, Frames.frame(Frames.B, Frames.A, 1, 1_000));
            assertThat(sent++).isLessThan(10_000);
        }

        startEcho();
        received.takeAll(link);
        assertEcho(2, 100);
        try (Stream<Path> files = Files.list(directory)) {
            // The table, its lock and two rings: those of the dead station are gone.
            assertThat(files).hasSize(4);
        }
    }

    private void assertEcho(int number, int length) {
        assertThat(Frames.send(link, Frames.frame(Frames.B, Frames.A, number, length)))
                .isTrue();
        List<byte[]> echoed = List.of();
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (echoed.isEmpty() && link.await(deadlineNs - System.nanoTime())) {
            echoed = received.takeAll(link);
        }
        assertThat(echoed).containsExactly(Frames.frame(Frames.A, Frames.B, number, length));
    }

    private Process startEcho() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-Xmx64m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        EchoStation.class.getName(),
                        directory.toString(),
                        Frames.B.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        processes.add(process);
        BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        assertThat(output.readLine()).isEqualTo("READY");
        return process;
    }
}
