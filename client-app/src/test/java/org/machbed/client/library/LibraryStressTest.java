package org.machbed.client.library;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.StreamSocketLayer;

import static org.assertj.core.api.Assertions.assertThat;

/** Many threads of two libraries: every byte arrives, and no call hangs. Each is leader now and then, and follower. */
@Timeout(120)
class LibraryStressTest {
    private static final int B = Ipv4Address.parse(LibraryHosts.ADDRESS_B);
    private static final int PAIRS = 6;
    private static final int ROUND_TRIPS = 500;
    private static final int STREAM_BYTES = 1_000_000;
    private static final long LIMIT_NS = 60_000_000_000L;

    @TempDir
    private Path directory;

    @Test
    void everyByteArrivesAndNobodyHangs() throws Exception {
        try (LibraryHosts hosts = new LibraryHosts(directory);
                ExecutorService threads = Executors.newThreadPerTaskExecutor(
                        Thread.ofPlatform().daemon().name("stress-", 0).factory())) {
            List<Callable<?>> calls = new ArrayList<>();
            // One after the other: streams fill the wire, and a datagram that finds it full is gone.
            for (int i = 0; i < PAIRS; i++) {
                calls.addAll(datagrams(hosts, i));
            }
            awaitAll(threads, calls);
            calls.clear();
            for (int i = 0; i < PAIRS; i++) {
                calls.addAll(stream(hosts, i));
            }
            awaitAll(threads, calls);
        }
    }

    private static void awaitAll(ExecutorService threads, List<Callable<?>> calls) throws Exception {
        List<Future<?>> ends = new ArrayList<>();
        calls.forEach(call -> ends.add(threads.submit(call)));
        for (Future<?> end : ends) {
            end.get();
        }
    }

    private static List<Callable<?>> datagrams(LibraryHosts hosts, int number) throws SocketLayerException {
        LibrarySocketLayer a = hosts.layer(0);
        LibrarySocketLayer b = hosts.layer(1);
        int port = 5000 + number;
        int server = b.socket();
        b.bind(server, 0, port);
        int client = a.socket();
        Callable<?> echo = () -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(100);
            for (int i = 0; i < ROUND_TRIPS; i++) {
                long header = receive(b, server, buffer.clear(), i);
                buffer.limit(DatagramHeader.lengthBytes(header));
                b.send(server, buffer, DatagramHeader.ipv4(header), DatagramHeader.port(header));
            }
            return 0;
        };
        Callable<?> ping = () -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(100);
            for (int i = 0; i < ROUND_TRIPS; i++) {
                buffer.clear().limit(20).putInt(0, i);
                a.send(client, buffer, B, port);
                receive(a, client, buffer.clear(), i + 1);
                assertThat(buffer.getInt(0)).isEqualTo(i);
            }
            return 0;
        };
        return List.of(echo, ping);
    }

    /** In each way there is. */
    private static long receive(LibrarySocketLayer layer, int socket, ByteBuffer buffer, int turn)
            throws SocketLayerException {
        return switch (turn % 3) {
            case 0 -> layer.receive(socket, buffer, true);
            case 1 -> {
                assertThat(layer.await(socket, Condition.READABLE, LIMIT_NS)).isTrue();
                yield layer.receive(socket, buffer, false);
            }
            default -> {
                int set = layer.readinessSet();
                layer.watch(set, socket, 1);
                assertThat(layer.awaitReady(set, ByteBuffer.allocate(64), LIMIT_NS))
                        .isEqualTo(1);
                layer.closeSet(set);
                yield layer.receive(socket, buffer, true);
            }
        };
    }

    private static List<Callable<?>> stream(LibraryHosts hosts, int number) throws SocketLayerException {
        LibrarySocketLayer a = hosts.layer(0);
        LibrarySocketLayer b = hosts.layer(1);
        int port = 6000 + number;
        int listener = b.streamSocket();
        b.bind(listener, 0, port);
        b.listen(listener, 1);
        Callable<?> sender = () -> {
            int socket = a.streamSocket();
            a.connectStream(socket, B, port, true);
            SplittableRandom random = new SplittableRandom(number);
            int sent = 0;
            while (sent < STREAM_BYTES) {
                byte[] piece = new byte[Math.min(STREAM_BYTES - sent, 1 + random.nextInt(40_000))];
                for (int i = 0; i < piece.length; i++) {
                    piece[i] = octet(sent + i);
                }
                assertThat(a.sendStream(socket, ByteBuffer.wrap(piece), true)).isEqualTo(piece.length);
                sent += piece.length;
            }
            a.close(socket);
            return 0;
        };
        Callable<?> receiver = () -> {
            int socket = b.accept(listener, true);
            ByteBuffer buffer = ByteBuffer.allocate(30_000);
            int received = 0;
            for (int count = 0; count != StreamSocketLayer.END_OF_STREAM; received += Math.max(0, count)) {
                count = b.receiveStream(socket, buffer.clear(), true);
                for (int i = 0; i < count; i++) {
                    if (buffer.get(i) != octet(received + i)) {
                        throw new AssertionError("byte " + (received + i) + " is wrong");
                    }
                }
            }
            assertThat(received).isEqualTo(STREAM_BYTES);
            b.close(socket);
            return 0;
        };
        return List.of(sender, receiver);
    }

    private static byte octet(int place) {
        return (byte) (place ^ place >>> 8 ^ place >>> 16);
    }
}
