package org.machbed.client.topology;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import org.machbed.client.session.SessionConfiguration;
import org.machbed.client.session.SessionSocketLayer;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.window.QueueKind;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.SocketLayerException;

/**
 * An application on host a that sends a pattern to host b over several connections and checks the one that comes back, from the line
 * "begin" to the line "end"; then it answers with its port and how many bytes it has sent and received, for each, and with how many
 * sessions were taken from it. Is stopped and goes on without knowing. Arguments: host directory, port, connections.
 */
final class StoppedApplication {
    private static final int MOST_BYTES = 3_000;

    private final SessionSocketLayer layer;
    private final int port;
    private volatile boolean ending;

    private StoppedApplication(SessionSocketLayer layer, int port) {
        this.layer = layer;
        this.port = port;
    }

    public static void main(String[] arguments) throws Exception {
        Duration limit = Duration.ofSeconds(10);
        StackConfiguration stack = new StackConfiguration(
                MacAddress.parse("02:00:00:00:00:01"), Ipv4Address.parse("192.0.2.1"), 24, 0, 1_500, 1, true);
        HostDirectory host = HostDirectory.open(Path.of(arguments[0]));
        try (SessionSocketLayer layer = SessionSocketLayer.open(new SessionConfiguration(
                        host, MachTransport.GRPC, QueueKind.RING, stack, limit, limit, Crossings.unshared()));
                BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            int connections = Integer.parseInt(arguments[2]);
            var application = new StoppedApplication(layer, Integer.parseInt(arguments[1]));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                System.out.println(application.round(connections, input));
            }
        }
    }

    private String round(int connections, BufferedReader input) throws Exception {
        ending = false;
        List<FutureTask<Long>> counts = new ArrayList<>();
        List<Integer> sockets = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            int socket = layer.streamSocket();
            layer.connectStream(socket, Ipv4Address.parse("192.0.2.2"), port, true);
            sockets.add(socket);
            counts.add(start(() -> send(socket)));
            counts.add(start(() -> receive(socket)));
        }
        System.out.println("begun, moved: " + counter("MIGRATIONS_IN") + ", refused: " + counter("MIGRATIONS_REFUSED"));
        input.readLine();
        ending = true;
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < connections; i++) {
            int socket = sockets.get(i);
            int ownPort = DatagramHeader.port(layer.localAddress(socket));
            text.append(ownPort).append(' ').append(counts.get(2 * i).get()).append(' ');
            text.append(counts.get(2 * i + 1).get()).append(' ');
            layer.close(socket);
        }
        return text.append(counter("SESSIONS_TAKEN_BACK")).toString();
    }

    private long counter(String which) {
        long[] found = {0};
        layer.tellCounters((name, value) -> found[0] += name.equals(which) ? value : 0);
        return found[0];
    }

    private interface Body {
        long run() throws SocketLayerException, IOException;
    }

    private static FutureTask<Long> start(Body body) {
        FutureTask<Long> task = new FutureTask<>(body::run);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private long send(int socket) throws SocketLayerException {
        SplittableRandom random = new SplittableRandom(socket);
        ByteBuffer chunk = ByteBuffer.allocate(MOST_BYTES);
        long sent = 0;
        while (!ending) {
            chunk.clear().limit(1 + random.nextInt(MOST_BYTES));
            for (int i = 0; i < chunk.limit(); i++) {
                chunk.put(i, KilledSender.byteAt(sent + i));
            }
            sent += layer.sendStream(socket, chunk, true);
        }
        layer.shutdownSending(socket);
        return sent;
    }

    private long receive(int socket) throws SocketLayerException, IOException {
        ByteBuffer buffer = ByteBuffer.allocate(MOST_BYTES);
        long received = 0;
        while (true) {
            int bytes = layer.receiveStream(socket, buffer, true);
            if (bytes < 0) {
                return received;
            }
            for (int i = 0; i < bytes; i++) {
                if (buffer.get(i) != KilledSender.byteAt(received + i)) {
                    throw new IOException("another byte at " + (received + i) + " than was sent");
                }
            }
            received += bytes;
        }
    }
}
