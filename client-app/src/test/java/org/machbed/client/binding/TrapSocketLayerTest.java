package org.machbed.client.binding;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.channel.MachbedSelectorProvider;
import org.machbed.client.channel.MemoryNetwork;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(30)
class TrapSocketLayerTest {
    private static final int ADDRESS = 0xC0000201;

    @TempDir
    private Path directory;

    private final Crossings crossings = Crossings.unshared();
    private KernelInProcess kernel;
    private TrapSocketLayer sockets;

    @BeforeEach
    void open() throws IOException {
        Path gate = directory.resolve("gate");
        kernel = new KernelInProcess(gate, new MemoryNetwork().host(ADDRESS));
        sockets = TrapSocketLayer.open(gate, crossings);
    }

    @AfterEach
    void close() {
        sockets.close();
        kernel.close();
    }

    @Test
    void eachCallIsOneTrapAndEachDatagramOneCopy() throws IOException {
        int socket = sockets.socket();
        sockets.bind(socket, ADDRESS, 5001);
        sockets.connect(socket, ADDRESS, 5001);
        assertThat(crossings.value(Crossing.TRAPS)).isEqualTo(3);
        assertThat(crossings.value(Crossing.COPIES)).isZero();

        sockets.send(socket, ByteBuffer.allocate(7), 0, 0);
        assertThat(crossings.value(Crossing.TRAPS)).isEqualTo(4);
        assertThat(crossings.value(Crossing.COPIES)).isEqualTo(1);
        assertThat(crossings.value(Crossing.COPIED_BYTES)).isEqualTo(7);

        sockets.receive(socket, ByteBuffer.allocate(4), true);
        assertThat(crossings.value(Crossing.TRAPS)).isEqualTo(5);
        assertThat(crossings.value(Crossing.COPIES)).isEqualTo(2);
        assertThat(crossings.value(Crossing.COPIED_BYTES)).isEqualTo(7 + 4);
    }

    @Test
    void readingAndWritingAllocateNothing() throws IOException {
        try (DatagramChannel channel = new MachbedSelectorProvider(sockets).openDatagramChannel()) {
            channel.bind(new InetSocketAddress("192.0.2.1", 5001));
            channel.connect(channel.getLocalAddress());
            ByteBuffer datagram = ByteBuffer.allocateDirect(1);
            roundTrips(channel, datagram, 20_000);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            roundTrips(channel, datagram, 20_000);
            long allocatedBytes = threads.getCurrentThreadAllocatedBytes() - before;
            // What the virtual machine itself does on a thread meanwhile is far below one byte an operation.
            assertThat(allocatedBytes).isLessThan(20_000);
        }
    }

    private static void roundTrips(DatagramChannel channel, ByteBuffer datagram, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            channel.write(datagram.clear());
            channel.read(datagram.clear());
        }
    }

    @Test
    void errorsOfTheKernelAreErrnos() throws IOException {
        int socket = sockets.socket();
        assertThatThrownBy(() -> sockets.bind(socket, 0xCB007101, 0))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRNOTAVAIL));
        sockets.close(socket);
        assertThatThrownBy(() -> sockets.localAddress(socket))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
        sockets.close(socket);
    }

    @Test
    void datagramThatNoTrapCarriesIsRefused() throws IOException {
        int socket = sockets.socket();
        assertThatThrownBy(() -> sockets.send(socket, ByteBuffer.allocate(70_000), ADDRESS, 5001))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EMSGSIZE));
    }

    @Test
    void closedGateIsSaid() {
        assertThatThrownBy(() -> TrapSocketLayer.open(directory.resolve("nowhere"), crossings))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nowhere");
    }
}
