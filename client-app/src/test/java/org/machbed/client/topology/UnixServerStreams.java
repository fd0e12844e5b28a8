package org.machbed.client.topology;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.machbed.client.binding.EmulationLibrary;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamSocketLayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Streams through the emulation library, over real kernels and Unix servers. Subclasses name the driver and the transport. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class UnixServerStreams {
    private static final int PORT = 7000;
    private static final int BYTES = 1 << 20;
    private static final int LIMIT_SECONDS = 60;
    private static final int HOST_B = Ipv4Address.parse("192.0.2.2");

    private final MachTransport ipc;
    private final TwoHosts hosts;
    private EmulationLibrary a;
    private EmulationLibrary b;

    UnixServerStreams(Path directory, String transmit, String receive, MachTransport ipc) throws IOException {
        this.ipc = ipc;
        hosts = new TwoHosts(directory).kernels("none", true, ipc).servers("unix", transmit, receive, ipc);
        a = hosts.unixProcess(0, ipc);
        b = hosts.unixProcess(1, ipc);
    }

    @BeforeEach
    void enter() throws IOException {
        leave();
        a = hosts.unixProcess(0, ipc);
        b = hosts.unixProcess(1, ipc);
    }

    @AfterEach
    void leave() {
        a.close();
        b.close();
    }

    @AfterAll
    void stop() throws IOException {
        hosts.close();
    }

    private static <T> FutureTask<T> start(Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(call);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private static <T> T get(FutureTask<T> task) throws Exception {
        return task.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private int listening(int backlog) throws SocketLayerException {
        int socket = b.streamSocket();
        b.setOption(socket, SocketOptionName.REUSE_ADDRESS, 1);
        b.bind(socket, 0, PORT);
        b.listen(socket, backlog);
        return socket;
    }

    private int connected() throws SocketLayerException {
        int socket = a.streamSocket();
        assertThat(a.connectStream(socket, HOST_B, PORT, true)).isTrue();
        return socket;
    }

    private static String sendAll(StreamSocketLayer layer, int socket, int bytes) throws Exception {
        ByteBuffer data = ByteBuffer.allocate(bytes);
        new Random(bytes).nextBytes(data.array());
        while (data.hasRemaining()) {
            data.position(data.position() + layer.sendStream(socket, data, true));
        }
        layer.shutdownSending(socket);
        return digest(data.flip());
    }

    private static String receiveAll(StreamSocketLayer layer, int socket, int bytes) throws Exception {
        ByteBuffer data = ByteBuffer.allocate(bytes + 1);
        while (true) {
            try {
                int received = layer.receiveStream(socket, data, true);
                if (received == StreamSocketLayer.END_OF_STREAM) {
                    return digest(data.flip());
                }
                data.position(data.position() + received);
            } catch (SocketLayerException e) {
                assertThat(e.errno()).isEqualTo(Errno.EINTR);
                assertThat(Thread.interrupted()).isTrue();
            }
        }
    }

    private static String digest(ByteBuffer data) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(data);
        return java.util.HexFormat.of().formatHex(digest.digest());
    }

    @Test
    void bothDirectionsArriveWholeAndEachEndsForItself() throws Exception {
        int listening = listening(4);
        FutureTask<Integer> accepting = start(() -> b.accept(listening, true));
        int there = connected();
        int here = get(accepting);
        assertThat(DatagramHeader.ipv4(a.remoteAddress(there))).isEqualTo(HOST_B);
        assertThat(DatagramHeader.port(a.remoteAddress(there))).isEqualTo(PORT);
        assertThat(b.remoteAddress(here)).isEqualTo(a.localAddress(there));
        FutureTask<String> sent = start(() -> sendAll(a, there, BYTES));
        assertThat(receiveAll(b, here, BYTES)).isEqualTo(get(sent));
        assertThat(a.receiveStream(there, ByteBuffer.allocate(1), false)).isZero();
        FutureTask<String> answered = start(() -> sendAll(b, here, BYTES));
        assertThat(receiveAll(a, there, BYTES)).isEqualTo(get(answered));
        assertThat(a.receiveStream(there, ByteBuffer.allocate(0), true)).isZero();
    }

    @Test
    void whatDoesNotWaitSaysSo() throws Exception {
        int listening = listening(1);
        assertThat(b.accept(listening, false)).isEqualTo(StreamSocketLayer.NONE);
        int there = a.streamSocket();
        assertErrno(Errno.ENOTCONN, () -> a.finishConnect(there, false));
        assertThat(a.connectStream(there, HOST_B, PORT, false)).isFalse();
        assertThat(a.finishConnect(there, true)).isTrue();
        int here = b.accept(listening, true);
        assertThat(b.receiveStream(here, ByteBuffer.allocate(1), false)).isZero();
        assertThat(a.sendUrgent(there, (byte) 7)).isTrue();
        ByteBuffer one = ByteBuffer.allocate(4);
        assertThat(b.receiveStream(here, one, true)).isEqualTo(1);
        assertThat(one.get(0)).isEqualTo((byte) 7);
        ByteBuffer much = ByteBuffer.allocate(BYTES);
        // What is taken late fills the last ring: the peer does not read.
        while (a.sendUrgent(there, (byte) 7)) {
            int taken = a.sendStream(there, much, false);
            while (taken != 0) {
                taken = a.sendStream(there, much, false);
            }
        }
        assertThat(much.position()).isZero();
    }

    @Test
    void nobodyListens() throws Exception {
        int socket = a.streamSocket();
        assertErrno(Errno.ECONNREFUSED, () -> a.connectStream(socket, HOST_B, 7001, true));
        assertErrno(Errno.EOPNOTSUPP, () -> a.receive(socket, ByteBuffer.allocate(1), true));
    }

    @Test
    void closingEndsWhatWaits() throws Exception {
        int listening = listening(1);
        FutureTask<Integer> accepting = start(() -> b.accept(listening, true));
        b.close(listening);
        assertThatThrownBy(() -> get(accepting))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
    }

    /** Also while bytes are on their way: an interrupt ends a wait, and never takes what a call has received already. */
    @Test
    void interruptsLoseNothing() throws Exception {
        int listening = listening(1);
        int there = connected();
        int here = b.accept(listening, true);
        FutureTask<String> received = new FutureTask<>(() -> receiveAll(b, here, BYTES));
        Thread reader = Thread.ofPlatform().daemon().start(received);
        FutureTask<String> sent = start(() -> sendAll(a, there, BYTES));
        int interrupts = 0;
        while (!received.isDone()) {
            reader.interrupt();
            interrupts++;
            while (reader.isInterrupted() && !received.isDone()) {
                Thread.onSpinWait();
            }
        }
        assertThat(interrupts).isPositive();
        assertThat(get(received)).isEqualTo(get(sent));
    }

    @Test
    void anInterruptEndsEveryCallThatWaits() throws Exception {
        int listening = listening(1);
        int there = connected();
        int here = b.accept(listening, true);
        List<Callable<?>> waits = new ArrayList<>();
        waits.add(() -> b.accept(listening, true));
        waits.add(() -> b.receiveStream(here, ByteBuffer.allocate(1), true));
        waits.add(() -> {
            while (true) {
                a.sendStream(there, ByteBuffer.allocate(BYTES), true);
            }
        });
        for (Callable<?> wait : waits) {
            FutureTask<?> waiting = new FutureTask<>(wait);
            Thread thread = Thread.ofPlatform().daemon().start(waiting);
            thread.interrupt();
            assertThatThrownBy(() -> get(waiting))
                    .cause()
                    .isInstanceOfSatisfying(
                            SocketLayerException.class,
                            e -> assertThat(e.errno()).isEqualTo(Errno.EINTR));
        }
    }

    /** More than a task's reply ports, and descriptors, once were. */
    @Test
    void aTaskMayHaveManyConnections() throws Exception {
        int connections = 400;
        int listening = listening(connections);
        List<Integer> sockets = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            sockets.add(connected());
            sockets.add(b.accept(listening, true));
        }
        assertThat(sockets).hasSize(2 * connections);
        for (int i = 0; i < sockets.size(); i += 2) {
            a.sendStream(sockets.get(i), ByteBuffer.wrap(new byte[] {(byte) i}), true);
        }
        for (int i = 0; i < sockets.size(); i += 2) {
            ByteBuffer one = ByteBuffer.allocate(1);
            assertThat(b.receiveStream(sockets.get(i + 1), one, true)).isEqualTo(1);
            assertThat(one.get(0)).isEqualTo((byte) i);
        }
    }

    private interface SocketCall {
        Object make() throws SocketLayerException;
    }

    private static void assertErrno(Errno errno, SocketCall call) {
        assertThatThrownBy(call::make)
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
