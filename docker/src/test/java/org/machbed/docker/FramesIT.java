package org.machbed.docker;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What is on the bridge of the network `ethernet`, as somebody outside of all containers captures it. */
@Timeout(300)
@ExtendWith({Engine.class, TwoHosts.Extension.class})
class FramesIT {
    private static final String CLIENT = "a-client-app-1";
    private static final String STATION_A = "02:00:0a:ab:00:01";
    private static final String STATION_B = "02:00:0a:ab:00:02";
    private static final long LIMIT_SECONDS = 60;

    /** Stations and addresses are the testbed's own, which no container has; the datagram and the stream are there to read. */
    @Test
    void framesOfOurStationsCarryUdpAndTcp(TwoHosts hosts) throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may capture");
        Path capture = hosts.results().resolve("bridge.pcapng");
        Process tshark = new ProcessBuilder("tshark", "-q", "-i", bridge(hosts), "-w", capture.toString())
                .redirectErrorStream(true)
                .start();
        try (var said = tshark.inputReader(StandardCharsets.UTF_8)) {
            String line;
            do {
                line = said.readLine();
                assertThat(line).as("tshark captures").isNotNull();
            } while (!line.startsWith("Capturing on"));
            greetUntilCaptured(hosts, capture);
        } finally {
            tshark.destroy();
            assertThat(tshark.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(read(
                        capture,
                        "ip and not (ip.src == " + TwoHosts.ADDRESS_OF_A + " and eth.src == " + STATION_A
                                + ") and not (ip.src == " + TwoHosts.ADDRESS_OF_B + " and eth.src == " + STATION_B
                                + ")"))
                .as("addresses of other stations")
                .isEmpty();
        assertThat(read(capture, "udp.dstport == 7 and eth.src == " + STATION_A))
                .isNotEmpty();
        assertThat(read(capture, "udp.srcport == 7 and eth.src == " + STATION_B))
                .isNotEmpty();
        assertThat(read(capture, "tcp.dstport == 7 and tcp.flags.syn == 1")).isNotEmpty();
        assertThat(read(capture, "tcp.srcport == 7 and tcp.len > 0")).isNotEmpty();
        assertThat(read(capture, "_ws.malformed or tcp.checksum.status == 0 or udp.checksum.status == 0"))
                .isEmpty();
    }

    /** Docker names a network's bridge by the beginning of its number. */
    private static String bridge(TwoHosts hosts) throws Exception {
        return "br-" + Engine.ask("network", "inspect", "-f", "{{slice .Id 0 12}}", hosts.network("ethernet"));
    }

    /** It hears nothing for a moment after it said that it captures: greets until something is in the file. */
    private static void greetUntilCaptured(TwoHosts hosts, Path capture) throws Exception {
        String greeting = hosts.install(CLIENT, "Greeting.java");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        List<String> captured = new ArrayList<>();
        do {
            assertThat(System.nanoTime()).as("frames are captured").isLessThan(end);
            assertThat(hosts.exec(CLIENT, "machbed", "run", "--", "java", greeting, TwoHosts.ADDRESS_OF_B)
                            .getStdout())
                    .contains("stream greeting from " + TwoHosts.ADDRESS_OF_B);
            read(capture, "tcp.flags.syn == 1", captured);
        } while (captured.isEmpty());
    }

    private static List<String> read(Path capture, String filter) throws Exception {
        List<String> lines = new ArrayList<>();
        assertThat(read(capture, filter, lines)).as("tshark reads " + capture).isZero();
        return lines;
    }

    /** Answers the exit code, which is not 0 while the file is being written. */
    private static int read(Path capture, String filter, List<String> lines) throws Exception {
        Process process = new ProcessBuilder(
                        "tshark",
                        "-r",
                        capture.toString(),
                        "-o",
                        "tcp.check_checksum:TRUE",
                        "-o",
                        "udp.check_checksum:TRUE",
                        "-Y",
                        filter)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            reader.lines().forEach(lines::add);
        }
        return process.waitFor();
    }
}
