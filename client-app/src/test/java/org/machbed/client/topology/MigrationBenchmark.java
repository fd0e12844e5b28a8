package org.machbed.client.topology;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.client.session.SessionSocketLayer;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How long a connection pauses that moves from the Unix server to the library, or back, between real processes: from the request to
 * the end of the last step, which the pause lies between. Without text; with 64 KiB that were not read and 64 KiB that the peer has no room for;
 * and while the peer sends as fast as it can. Beside it the null RPC of the same run, a message to the server and its answer. No
 * test: it runs when it is named (docs/measuring.md).
 */
class MigrationBenchmark {
    private static final int A = 0;
    private static final int B = 1;
    private static final int MOVES = Integer.getInteger("moves", 2_000);
    private static final int WARM_UPS = Math.min(MOVES, 1_000);
    private static final int TEXT_BYTES = 64 * 1024;
    private static final int ADDRESS_B = Ipv4Address.parse("192.0.2.2");

    @TempDir
    private Path directory;

    /** What is timed. */
    private interface Step {
        void run() throws SocketLayerException;
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void pauses() throws Exception {
        MachTransport ipc = MachTransport.valueOf(System.getProperty("ipc", "GRPC"));
        try (TwoHosts hosts = new TwoHosts(directory).withSessions(ipc)) {
            SessionSocketLayer here = hosts.layer(A);
            SessionSocketLayer there = hosts.layer(B);
            int listener = there.streamSocket();
            there.bind(listener, 0, 7_100);
            there.listen(listener, 1);
            System.out.printf("%-42s %8s %8s %8s %8s%n", "us, of " + MOVES, "least", "median", "p99", "most");
            print("null RPC", nullRpc(here));
            int idle = connect(here);
            here.setOption(idle, SocketOptionName.SEND_BUFFER_BYTES, TEXT_BYTES);
            int idlePeer = there.accept(listener, true);
            move(here, idle, "without text");
            fill(here, idle, there, idlePeer);
            ServerPart before = ServerPart.of(hosts);
            move(here, idle, "64 KiB unread, 64 KiB to send");
            System.out.printf(
                    "%-42s %17.1f (mean, warm-up included)%n",
                    "  of that to library, the server's part",
                    ServerPart.of(hosts).meanNsSince(before) / 1e3);
            int busy = connect(here);
            flow(here, busy, there, there.accept(listener, true));
            print("null RPC", nullRpc(here));
            assertThat(hosts.counter(A, "MIGRATIONS_FAILED")).isZero();
        }
    }

    /** What the server counts: from asking the kernel to having the session as a value. */
    private record ServerPart(long migrations, long ns) {
        static ServerPart of(TwoHosts hosts) throws Exception {
            String counters = hosts.process(TwoHosts.SERVER_A).ask("counters");
            return new ServerPart(counter(counters, "migrationsOut"), counter(counters, "migrationsOutNs"));
        }

        private static long counter(String counters, String name) {
            Matcher matcher = Pattern.compile('"' + name + "\":(\\d+)").matcher(counters);
            assertThat(matcher.find()).as(counters).isTrue();
            return Long.parseLong(matcher.group(1));
        }

        double meanNsSince(ServerPart before) {
            return (ns - before.ns) / (double) (migrations - before.migrations);
        }
    }

    private static int connect(SessionSocketLayer here) throws SocketLayerException {
        int socket = here.streamSocket();
        assertThat(here.connectStream(socket, ADDRESS_B, 7_100, true)).isTrue();
        return socket;
    }

    private static long[] nullRpc(SessionSocketLayer here) throws SocketLayerException {
        int socket = here.streamSocket();
        long[] ns = new long[MOVES];
        for (int i = -WARM_UPS; i < MOVES; i++) {
            ns[Math.max(i, 0)] = time(() -> here.localAddress(socket));
        }
        here.close(socket);
        return ns;
    }

    /** Text that lies unread here, and text that the peer, which does not read, has no room for. */
    private static void fill(SessionSocketLayer here, int socket, SessionSocketLayer there, int peer) throws Exception {
        ByteBuffer text = ByteBuffer.allocate(TEXT_BYTES);
        assertThat(there.sendStream(peer, text, true)).isEqualTo(TEXT_BYTES);
        ByteBuffer more = ByteBuffer.allocate(1 << 20);
        int sent = 1;
        for (int quiet = 0; quiet < 3; quiet = sent > 0 ? 0 : quiet + 1) {
            sent = here.sendStream(socket, more, false);
            Thread.sleep(sent > 0 ? 0 : 50);
        }
    }

    private static void move(SessionSocketLayer here, int socket, String name) throws SocketLayerException {
        long[] out = new long[MOVES];
        long[] in = new long[MOVES];
        for (int i = -WARM_UPS; i < MOVES; i++) {
            out[Math.max(i, 0)] = time(() -> here.moveToServer(socket));
            in[Math.max(i, 0)] =
                    time(() -> assertThat(here.moveToLibrary(socket)).isTrue());
        }
        print(name + ", to library", in);
        print(name + ", to server", out);
    }

    private static long time(Step step) throws SocketLayerException {
        long startNs = System.nanoTime();
        step.run();
        return System.nanoTime() - startNs;
    }

    /** The same while the peer sends and a thread here receives, wherever the session is. */
    private static void flow(SessionSocketLayer here, int socket, SessionSocketLayer there, int peer) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        FutureTask<Long> sending = new FutureTask<>(() -> {
            ByteBuffer text = ByteBuffer.allocate(TEXT_BYTES);
            long sent = 0;
            while (!over.get()) {
                sent += there.sendStream(peer, text, true);
            }
            there.shutdownSending(peer);
            return sent;
        });
        FutureTask<Long> receiving = new FutureTask<>(() -> {
            ByteBuffer text = ByteBuffer.allocate(TEXT_BYTES);
            long received = 0;
            for (int bytes = 0; bytes >= 0; bytes = here.receiveStream(socket, text, true)) {
                received += bytes;
            }
            return received;
        });
        Thread.ofPlatform().daemon().start(sending);
        Thread.ofPlatform().daemon().start(receiving);
        move(here, socket, "while the peer sends");
        over.set(true);
        assertThat(receiving.get()).isEqualTo(sending.get());
    }

    private static void print(String name, long... ns) {
        Arrays.sort(ns);
        System.out.printf(
                "%-42s %8.1f %8.1f %8.1f %8.1f%n",
                name,
                ns[0] / 1e3,
                ns[ns.length / 2] / 1e3,
                ns[(int) (ns.length * 0.99)] / 1e3,
                ns[ns.length - 1] / 1e3);
    }
}
