package org.machbed.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.netstack.socket.Errno;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.server.ServerArguments.ServerKind;
import org.machbed.server.TestHost.Structure;

import static org.assertj.core.api.Assertions.assertThat;

/** Sockets that nobody reads keep frames in a window's buffers, which the driver needs for everybody's. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IdleSocketsTest {
    private static final int IDLE_SOCKETS = 8;

    /** So that all of them together would hold every buffer of the window, which has 1,024. */
    private static final int DATAGRAMS_EACH = 250;

    private final List<AutoCloseable> open = new ArrayList<>();
    private Path run = Path.of("");

    @BeforeEach
    void makeRun() throws Exception {
        run = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test-");
        Files.createDirectories(run.resolve("wire"));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private TestHost host(ServerKind kind, int number) throws Exception {
        TestHost host = new TestHost(
                run, number, new Structure(kind, Optional.empty(), "window", "window", MachTransport.GRPC));
        open.add(host);
        return host;
    }

    private TestClient client(TestHost host, ServerKind kind) throws Exception {
        TestClient client = new TestClient(host.directory, MachTransport.GRPC, kind == ServerKind.UNIX);
        open.add(client);
        return client;
    }

    @ParameterizedTest
    @EnumSource(ServerKind.class)
    void theyDoNotDeafenTheirHost(ServerKind kind) throws Exception {
        TestHost a = host(kind, 1);
        TestHost b = host(kind, 2);
        TestClient sender = client(a, kind);
        TestClient idle = client(b, kind);
        TestClient reader = client(b, kind);
        int from = sender.bound(4000);
        int read = reader.bound(4001);
        int first = 0;
        for (int i = 0; i < IDLE_SOCKETS; i++) {
            int socket = idle.bound(5000 + i);
            first = i == 0 ? socket : first;
            for (int j = 0; j < DATAGRAMS_EACH; j++) {
                TestClient.succeeded(sender.send(from, b.ipv4, 5000 + i, (byte) i));
            }
        }
        SocketReply received;
        do {
            TestClient.succeeded(sender.send(from, b.ipv4, 4001, (byte) 7));
            received = reader.receiveNow(read);
        } while (received.getErrno() == Errno.EWOULDBLOCK.number());
        assertThat(TestClient.succeeded(received).getData().byteAt(0)).isEqualTo((byte) 7);
        assertThat(TestClient.succeeded(idle.receiveNow(first)).getData().byteAt(0))
                .as("what was kept is as it came")
                .isEqualTo((byte) 0);
        assertThat(a.failures).isEmpty();
        assertThat(b.failures).isEmpty();
    }
}
