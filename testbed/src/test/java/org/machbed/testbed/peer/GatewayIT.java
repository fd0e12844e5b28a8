package org.machbed.testbed.peer;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** A host with a gateway, which is a Linux router, talks to a Linux host in the network behind it. */
@Timeout(120)
class GatewayIT {
    private static final String ROUTER = "198.51.100.1";
    private static final String FAR = "198.51.100.2";
    private static final int ECHO = 7;
    private static final int PORT = 5001;
    private static final int BYTES = 5_000_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @BeforeEach
    void assumePossible() throws Exception {
        Namespace.assumePossible();
        Namespace.assumePresent("ping");
        Netcat.assumePresent();
    }

    /** Has a host beside ours forward to the far one, which knows no other way. */
    private void route(Namespace router, Namespace far) throws Exception {
        String near = Namespace.newName();
        String end = Namespace.newName();
        router.pair(near, far, end);
        router.up(near, ROUTER + "/24");
        router.forward();
        far.up(end, FAR + "/24");
        far.exec("ip", "route", "add", "default", "via", ROUTER);
    }

    @Test
    void answersGoBackThroughTheGateway() throws Exception {
        Path file = directory.resolve("file");
        String content = Content.write(file, BYTES, 1);
        try (Namespace far = new Namespace();
                UpHost host = UpHost.start("in-kernel", "", "--gateway", PeerWire.LINUX)) {
            route(host.linux(), far);
            // The router takes one off the 64 that our host gives a datagram.
            assertThat(far.exec("ping", "-c", "3", "-i", "0.01", "-W", "5", UpHost.ADDRESS))
                    .contains("3 packets transmitted, 3 received, 0% packet loss", "ttl=63");
            assertThat(far.exec(CommandLines.program(UdpClient.class, UpHost.ADDRESS)))
                    .contains("echo 1: same", "echo 1472: same", "echo 9000: same");
            assertThat(Netcat.send(far, file, UpHost.ADDRESS, ECHO)).isEqualTo(content);
        }
    }

    @Test
    void aProgramReachesTheNetworkBehindTheGateway() throws Exception {
        String[] sender = CommandLines.program(PlainProgram.class, "send", FAR, "" + PORT, String.valueOf(BYTES), "2");
        try (Namespace far = new Namespace();
                RunProgram program =
                        RunProgram.start("server-ipc", List.of("--gateway", PeerWire.LINUX), "waiting", sender)) {
            route(program.linux(), far);
            Process receiver = Netcat.listen(far, FAR, PORT);
            program.tell("now");
            String received = Netcat.received(receiver);
            assertThat(program.line()).isEqualTo(received);
            assertThat(program.exitCode()).isZero();
        }
    }
}
