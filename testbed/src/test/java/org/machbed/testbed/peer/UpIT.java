package org.machbed.testbed.peer;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Linux reaches a host that is kept up: echo requests, and services over UDP, whatever the topology and the wire. */
@Timeout(180)
class UpIT {
    @BeforeEach
    void assumePossible() throws Exception {
        Namespace.assumePossible();
        Namespace.assumePresent("ping");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "in-kernel",
                "server-window",
                "server-mapped",
                "udp-server",
                "udp-server-direct",
                "library",
                "library-mapped"
            })
    void linuxPingsAHostAndUsesItsServices(String topology) throws Exception {
        assertServes(topology, PeerWire.tap(""));
    }

    @Test
    void linuxReachesAHostThatIsOnABridge() throws Exception {
        assertServes("in-kernel", PeerWire.bridge(""));
    }

    private static void assertServes(String topology, PeerWire wire) throws Exception {
        Path directory;
        try (UpHost host = UpHost.start(topology, wire)) {
            directory = host.runDirectory();
            assertThat(directory).isDirectory();
            assertThat(host.notice()).contains(topology + " is up: 192.0.2.2/24", "UDP: echo 7, discard 9, daytime 13");

            assertThat(host.linux().exec("ping", "-c", "3", "-i", "0.01", "-W", "5", UpHost.ADDRESS))
                    .contains("3 packets transmitted, 3 received, 0% packet loss");
            // Fragments both ways.
            assertThat(host.linux().exec("ping", "-c", "2", "-i", "0.01", "-W", "5", "-s", "5000", UpHost.ADDRESS))
                    .contains("2 packets transmitted, 2 received, 0% packet loss");
            assertThat(host.linux().exec(CommandLines.program(UdpClient.class, UpHost.ADDRESS)))
                    .contains("echo 1: same", "echo 1472: same", "echo 9000: same")
                    .containsPattern("daytime: \\w+, \\w+ \\d+, \\d{4} \\d\\d:\\d\\d:\\d\\d-UTC")
                    .contains("chargen: as RFC 864 has it")
                    .contains("discard: silent");
        }
        assertThat(directory).doesNotExist();
    }
}
