package org.machbed.testbed.peer;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Linux's TCP talks to ours: whole streams both ways over good and bad wires, many connections, a client that stops for a while,
 * and what tshark says of it all. With {@code -Dmachbed.linux-peer.full=true} every stream has 100 MB.
 */
@Timeout(300)
class LinuxTcpIT {
    private static final int ECHO = 7;
    private static final int MEGABYTE = 1_000_000;
    private static final int FULL_MEGABYTES = 100;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @BeforeEach
    void assumePossible() throws Exception {
        Namespace.assumePossible();
        Netcat.assumePresent();
    }

    private static int bytes(int megabytes) {
        return (Boolean.getBoolean("machbed.linux-peer.full") ? FULL_MEGABYTES : megabytes) * MEGABYTE;
    }

    /** The echo service sends back what netcat sends, so that both are sender and receiver at once. */
    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            in-kernel,     "",                                      100
            in-kernel,     ",loss=0.01,seed=1",                     100
            in-kernel,     ",loss=0.05,seed=2",                     100
            in-kernel,     ",duplication=0.02,reordering=0.02,seed=3", 100
            in-kernel,     ",corruption=0.01,seed=4",               100
            library,       "",                                      100
            library,       ",loss=0.05,seed=2",                     100
            library-mapped, "",                                     100
            library-mapped, ",loss=0.05,seed=2",                    100
            server-ipc,    "",                                        3
            server-window, ",loss=0.01,seed=5",                       2
            """)
    void aStreamIsEchoedWhole(String topology, String impairments, int megabytes) throws Exception {
        try (UpHost host = UpHost.start(topology, PeerWire.tap(impairments))) {
            assertEchoed(host, bytes(megabytes));
        }
    }

    /** Linux hands over what its interface would have cut and given checksums. */
    @Test
    void aStreamIsEchoedWholeOverABridge() throws Exception {
        try (UpHost host = UpHost.start("in-kernel", PeerWire.bridge(",loss=0.01,seed=6"))) {
            assertEchoed(host, bytes(20));
        }
    }

    private void assertEchoed(UpHost host, int bytes) throws Exception {
        Path file = directory.resolve("file");
        String sent = Content.write(file, bytes, 5);
        assertThat(Netcat.send(host.linux(), file, UpHost.ADDRESS, ECHO)).isEqualTo(sent);
    }

    @Test
    void manyConnectionsAtOnce() throws Exception {
        try (UpHost host = UpHost.start("in-kernel", "")) {
            assertThat(host.linux()
                            .exec(CommandLines.program(TcpClient.class, "parallel", UpHost.ADDRESS, "200", "50000")))
                    .contains("all open", "same 200");
            assertThat(host.linux().exec(CommandLines.program(TcpClient.class, "chargen", UpHost.ADDRESS, "1000000")))
                    .contains("as RFC 864 has it");
        }
    }

    /** It reads nothing until its window is closed, and our probes have found it so (RFC 9293 section 3.8.6.1). */
    @Test
    void aLinuxClientThatIsStoppedForAWhileGoesOn() throws Exception {
        try (UpHost host = UpHost.start("in-kernel", "")) {
            Process client = host.linux()
                    .start(CommandLines.program(
                            TcpClient.class, "chargen", UpHost.ADDRESS, String.valueOf(20 * MEGABYTE)));
            try (BufferedReader output = client.inputReader(StandardCharsets.UTF_8)) {
                assertThat(output.readLine()).isEqualTo("half");
                signal(client, "STOP");
                while (probes(host.linux()) < 2) {
                    assertThat(client.isAlive()).isTrue();
                }
                assertThat(host.linux().tcpCounter("TCPToZeroWindowAdv")).isPositive();
                signal(client, "CONT");
                assertThat(output.readLine()).isEqualTo("as RFC 864 has it");
                assertThat(client.waitFor()).isZero();
            } finally {
                client.destroyForcibly();
            }
        }
    }

    /** Segments that have come although the window was closed: older kernels count them as the one, newer ones as the other. */
    private static long probes(Namespace linux) throws Exception {
        return linux.tcpCounter("TCPZeroWindowDrop") + linux.tcpCounter("BeyondWindow");
    }

    private static void signal(Process process, String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    /** On a good wire, and on one where segments are sent again and acknowledgments say which came (SACK). */
    @ParameterizedTest
    @ValueSource(strings = {"", ",loss=0.02,duplication=0.01,reordering=0.01,seed=7"})
    void tsharkFindsNothingMalformedAndNoWrongChecksum(String impairments) throws Exception {
        Namespace.assumePresent("tshark");
        Path capture = directory.resolve("up.pcapng");
        try (UpHost host = UpHost.start("in-kernel", impairments, "--capture", capture.toString())) {
            assertEchoed(host, 2 * MEGABYTE);
            if (impairments.isEmpty()) { // what is lost of these, nobody sends again
                host.linux().exec("ping", "-c", "2", "-i", "0.01", "-s", "3000", UpHost.ADDRESS);
                host.linux().exec(CommandLines.program(UdpClient.class, UpHost.ADDRESS));
            }
            host.linux().exec(CommandLines.program(TcpClient.class, "chargen", UpHost.ADDRESS, "100000"));
        }
        assertThat(tshark(capture, "tcp")).hasSizeGreaterThan(100);
        if (!impairments.isEmpty()) {
            String ours = "ip.src == " + UpHost.ADDRESS + " && ";
            assertThat(tshark(capture, ours + "tcp.analysis.retransmission")).isNotEmpty();
            assertThat(tshark(capture, ours + "tcp.options.sack_le")).isNotEmpty();
        }
        // A sum of zero Linux may write as 0xFFFF, which is the same number (RFC 1624 section 3); tshark wants the
        // other.
        assertThat(tshark(
                        capture,
                        "(_ws.malformed || _ws.expert.group == \"Malformed\" || _ws.expert.group == \"Checksum\""
                                + " || ip.checksum.status == \"Bad\" || tcp.checksum.status == \"Bad\""
                                + " || udp.checksum.status == \"Bad\" || icmp.checksum.status == \"Bad\")"
                                + " && !(ip.src != " + UpHost.ADDRESS + " && tcp.checksum == 0xffff)"))
                .isEmpty();
    }

    /** The frames that a filter finds, a line each. */
    private static List<String> tshark(Path capture, String filter) throws Exception {
        var command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString(), "-Y", filter));
        for (String check : List.of("ip.check_checksum", "tcp.check_checksum", "udp.check_checksum")) {
            command.addAll(List.of("-o", check + ":TRUE"));
        }
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String frames = Namespace.finish(process, String.join(" ", command));
        return frames.isBlank() ? List.of() : List.of(frames.strip().split("\n", -1));
    }
}
