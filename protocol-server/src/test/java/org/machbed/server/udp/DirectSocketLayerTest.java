package org.machbed.server.udp;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.KernelHost;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketLayerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The application inside the server: two of them on one wire. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DirectSocketLayerTest {
    private static final int B = 0xC0000202;

    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
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
        threads.shutdownNow();
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static SocketLayerFactory factory() {
        return ServiceLoader.load(SocketLayerFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(factory -> factory.name().equals("udp-server"))
                .findFirst()
                .orElseThrow();
    }

    private Map<String, String> arguments(int number, String transmit, String receive) throws Exception {
        boolean owns = transmit.equals("call");
        HostDirectory host = HostDirectory.create(run.resolve(number == 1 ? "a" : "b"));
        String wire = "segment:" + run.resolve("wire");
        MacAddress mac = new MacAddress(0x020000000000L + number);
        if (!owns) {
            open.add(new KernelHost(host, wire, mac, 1500));
        }
        return new HashMap<>(Map.of(
                "host-directory",
                host.toString(),
                "process-name",
                "client",
                "server",
                "udp",
                "ipc",
                "grpc",
                "transmit",
                transmit,
                "receive",
                receive,
                "wire",
                owns ? wire : "none",
                "mac",
                mac.toString(),
                "address",
                "192.0.2." + number + "/24"));
    }

    private DatagramSocketLayer layer(int number, String transmit, String receive) throws Exception {
        DatagramSocketLayer layer = factory().open(arguments(number, transmit, receive));
        open.add(layer);
        return layer;
    }

    @ParameterizedTest
    @CsvSource({"trap,message", "message,message", "message-ool,message", "call,call", "window,window"})
    void datagramsGoThereAndBack(String transmit, String receive) throws Exception {
        DatagramSocketLayer a = layer(1, transmit, receive);
        DatagramSocketLayer b = layer(2, transmit, receive);
        int socketA = a.socket();
        int socketB = b.socket();
        b.bind(socketB, 0, 7);
        Crossings counted = Crossings.open(run.resolve("a").resolve("crossings-client"));
        for (int i = 0; i < 50; i++) {
            Future<byte[]> echoed = threads.submit(() -> receive(b, socketB));
            a.send(socketA, ByteBuffer.wrap(new byte[] {(byte) i, 2}), B, 7);
            assertThat(echoed.get(20, TimeUnit.SECONDS)).containsExactly((byte) i, 2);
            int port = DatagramHeader.port(a.localAddress(socketA));
            b.send(socketB, ByteBuffer.wrap(new byte[] {(byte) i}), 0xC0000201, port);
            assertThat(receive(a, socketA)).containsExactly((byte) i);
        }
        // Into the frame and out of the input buffer; what is copied elsewhere depends on the driver.
        assertThat(counted.value(Crossing.COPIES)).isGreaterThanOrEqualTo(100);
        counted.close();
    }

    private static byte[] receive(DatagramSocketLayer layer, int socket) throws Exception {
        ByteBuffer target = ByteBuffer.allocateDirect(100).position(10);
        long header = layer.receive(socket, target, true);
        assertThat(target.position()).isEqualTo(10);
        byte[] data = new byte[DatagramHeader.lengthBytes(header)];
        target.get(10, data);
        return data;
    }

    @Test
    void whatWaitsEndsWithCloseAndWithInterrupt() throws Exception {
        DatagramSocketLayer a = layer(1, "call", "call");
        int socket = a.socket();
        a.bind(socket, 0, 7);
        assertThat(a.receive(socket, ByteBuffer.allocate(10), false)).isEqualTo(DatagramHeader.NONE);
        Future<byte[]> waiting = threads.submit(() -> receive(a, socket));
        UdpService service = ((DirectSocketLayer) a).service();
        awaitWaiting(service);
        a.close(socket);
        a.close(socket);
        assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS)).hasRootCauseInstanceOf(SocketLayerException.class);
        int second = a.socket();
        List<Errno> ends = new ArrayList<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                a.receive(second, ByteBuffer.allocate(10), true);
            } catch (SocketLayerException e) {
                ends.add(e.errno());
            }
        });
        awaitWaiting(service);
        thread.interrupt();
        thread.join();
        assertThat(ends).containsExactly(Errno.EINTR);
        assertThat(service.waitingCalls()).isZero();
    }

    @Test
    void aWaitWithALimitIsForADatagramAnInterruptOrTheLimit() throws Exception {
        DatagramSocketLayer a = layer(1, "call", "call");
        int socket = a.socket();
        a.bind(socket, 0, 7);
        UdpService service = ((DirectSocketLayer) a).service();
        assertThat(a.await(socket, Condition.READABLE, 1)).isFalse();
        assertThat(a.await(socket, Condition.WRITABLE, 1)).isTrue();
        long patientNs = TimeUnit.SECONDS.toNanos(30);
        Future<Boolean> ready = threads.submit(() -> a.await(socket, Condition.READABLE, patientNs));
        awaitWaiting(service);
        a.send(socket, ByteBuffer.wrap(new byte[] {7}), 0xC0000201, 7);
        assertThat(ready.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(receive(a, socket)).containsExactly((byte) 7);

        List<Errno> ends = new ArrayList<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                a.await(socket, Condition.READABLE, patientNs);
            } catch (SocketLayerException e) {
                ends.add(e.errno());
            }
        });
        awaitWaiting(service);
        thread.interrupt();
        thread.join();
        assertThat(ends).containsExactly(Errno.EINTR);
        assertThat(service.waitingCalls()).isZero();
    }

    private static void awaitWaiting(UdpService service) {
        while (service.waitingCalls() == 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void closingTheLayerEndsEverythingAndLetsTheAddressGo() throws Exception {
        Map<String, String> arguments = arguments(1, "call", "call");
        DatagramSocketLayer layer = factory().open(arguments);
        int socket = layer.socket();
        layer.close();
        assertThatThrownBy(() -> layer.localAddress(socket)).isInstanceOf(SocketLayerException.class);
        assertThatThrownBy(layer::socket).isInstanceOf(SocketLayerException.class);
        factory().open(arguments).close();
    }

    @Test
    void wrongArgumentsAreRefused() throws Exception {
        Map<String, String> arguments = arguments(1, "call", "call");
        arguments.put("server", "unix");
        assertThatThrownBy(() -> factory().open(arguments))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("only --server=udp");
        arguments.put("server", "udp");
        arguments.put("colour", "blue");
        assertThatThrownBy(() -> factory().open(arguments))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("colour");
    }
}
