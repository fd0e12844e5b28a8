package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.machbed.ipc.memory.SharedDirectory;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowConsumer;
import org.machbed.ipc.window.WindowQueue;
import org.machbed.proto.device.DeviceMapRequest;

/**
 * What a frame of 60 bytes costs from the level above the driver until its window's owner has taken it and freed its buffer, in one
 * thread without a wait: to the window of a family, without sessions in the kernel, with none of them in the table and with 100; and to a
 * session window. Run without arguments, pinned to a CPU; prints the median and the least of the turns in ns a frame.
 */
public final class SessionLevelBenchmark {
    private static final int TURNS = 25;
    private static final int FRAMES = 100_000;
    private static final int SESSIONS = 100;

    private SessionLevelBenchmark() {}

    /** One way of a frame, which is a turn of its own. */
    private record Way(String name, NetworkDevice kernel, Window window, WindowConsumer owner, MemorySegment frame) {
        void pass() {
            kernel.frames().onFrame(frame, 0, (int) frame.byteSize());
            kernel.endOfTurn();
            long descriptor = owner.poll();
            if (descriptor == WindowQueue.NONE) {
                throw new AssertionError(name + ": the frame did not arrive");
            }
            window.pools().free(Descriptor.buffer(descriptor));
        }

        double turn() {
            long startNs = System.nanoTime();
            for (int i = 0; i < FRAMES; i++) {
                pass();
            }
            return (System.nanoTime() - startNs) / (double) FRAMES;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-bench");
        try {
            HostDirectory host = HostDirectory.open(directory);
            Way[] ways = {
                family(host, "family window, kernel without sessions", false, 0),
                family(host, "family window, no session", true, 0),
                family(host, "family window, 100 sessions of others", true, SESSIONS),
                session(host)
            };
            double[][] turns = new double[ways.length][TURNS];
            for (int turn = -5; turn < TURNS; turn++) {
                for (int way = 0; way < ways.length; way++) {
                    double ns = ways[way].turn();
                    if (turn >= 0) {
                        turns[way][turn] = ns;
                    }
                }
            }
            for (int way = 0; way < ways.length; way++) {
                Arrays.sort(turns[way]);
                System.out.printf(
                        "%-42s median %6.1f least %6.1f%n", ways[way].name(), turns[way][TURNS / 2], turns[way][0]);
            }
        } finally {
            SharedDirectory.delete(directory);
        }
    }

    private static Way family(HostDirectory host, String name, boolean hasSessions, int sessions) throws Exception {
        NetworkDevice device =
                new NetworkDevice(new MemoryLink(1500), new ReentrantLock(), Crossings.unshared(), hasSessions);
        KernelWindow window = KernelWindow.map(
                device,
                host,
                DeviceMapRequest.newBuilder()
                        .addEtherTypes(NetworkDevice.TYPE_IPV4)
                        .build());
        if (sessions > 0) {
            addSessions(device, host);
        }
        return way(name, device, window, SessionFrames.in(60_000, 1));
    }

    private static Way session(HostDirectory host) throws Exception {
        NetworkDevice device = new NetworkDevice(new MemoryLink(1500), new ReentrantLock(), Crossings.unshared(), true);
        return way(
                "session window, 100 sessions",
                device,
                addSessions(device, host).window(),
                SessionFrames.in(SESSIONS / 2, 1));
    }

    private static SessionWindow addSessions(NetworkDevice device, HostDirectory host) throws Exception {
        SessionLevel level = Objects.requireNonNull(device.sessions());
        SessionWindow window = level.open(
                host,
                DeviceMapRequest.newBuilder()
                        .setWhat(DeviceMapRequest.What.SESSION_WINDOW)
                        .build(),
                1);
        for (int i = 1; i <= SESSIONS; i++) {
            level.setSession(SessionFrames.template(i), window, OptionalLong.empty());
        }
        return window;
    }

    private static Way way(String name, NetworkDevice device, KernelWindow kernel, byte[] frame) throws Exception {
        Window window = Window.open(kernel.path());
        return new Way(name, device, window, window.consumer(), MemorySegment.ofArray(frame));
    }
}
