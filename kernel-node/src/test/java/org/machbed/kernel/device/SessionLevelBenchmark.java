package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
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
 * thread without a wait: to the window of a family, without sessions in the kernel, with none of them in the table and with 100; and to
 * session windows, with 10 sessions and with 10,000 that get frames in random order. Run without arguments, pinned to a CPU; prints the
 * median and the least of the turns in ns a frame.
 */
public final class SessionLevelBenchmark {
    private static final int TURNS = 25;
    private static final int FRAMES = 100_000;
    private static final int OTHERS = 100;

    /** Different frames, 1 MiB of them for however many sessions: what reading them costs is the same. */
    private static final int DIFFERENT_FRAMES = 1 << 14;

    private static final int FRAME_BYTES = 60;
    private static final int FRAME_STRIDE = 64;

    private SessionLevelBenchmark() {}

    /** The owner's side of a window. */
    private record Owner(Window window, WindowConsumer in) {
        static Owner of(KernelWindow kernel) throws Exception {
            Window window = Window.open(kernel.path());
            return new Owner(window, window.consumer());
        }
    }

    /**
     * One way of a frame, which is a turn of its own.
     *
     * @param frames one after another
     * @param owners whose each frame is
     */
    private record Way(String name, NetworkDevice kernel, MemorySegment frames, List<Owner> owners) {
        void pass(int frame) {
            kernel.frames().onFrame(frames, (long) frame * FRAME_STRIDE, FRAME_BYTES);
            kernel.endOfTurn();
            Owner owner = owners.get(frame);
            long descriptor = owner.in().poll();
            if (descriptor == WindowQueue.NONE) {
                throw new AssertionError(name + ": the frame did not arrive");
            }
            owner.window().pools().free(Descriptor.buffer(descriptor));
        }

        double turn() {
            long startNs = System.nanoTime();
            for (int i = 0; i < FRAMES; i++) {
                pass(i & DIFFERENT_FRAMES - 1);
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
                family(host, "family window, 100 sessions of others", true, OTHERS),
                sessions(host, "session windows, 10 sessions", 10),
                sessions(host, "session windows, 10,000 sessions", 10_000)
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

    private static NetworkDevice device(boolean hasSessions) {
        return new NetworkDevice(new MemoryLink(1500), new ReentrantLock(), Crossings.unshared(), hasSessions);
    }

    private static Way family(HostDirectory host, String name, boolean hasSessions, int sessions) throws Exception {
        NetworkDevice device = device(hasSessions);
        KernelWindow window = KernelWindow.map(
                device,
                host,
                DeviceMapRequest.newBuilder()
                        .addEtherTypes(NetworkDevice.TYPE_IPV4)
                        .setQueue("ring")
                        .build());
        if (sessions > 0) {
            addSessions(device, host, 1, 1, sessions);
        }
        return new Way(name, device, frames(() -> 60_000), Collections.nCopies(DIFFERENT_FRAMES, Owner.of(window)));
    }

    private static Way sessions(HostDirectory host, String name, int sessions) throws Exception {
        NetworkDevice device = device(true);
        List<Owner> windows = new ArrayList<>();
        for (int first = 1; first <= sessions; first += SessionLevel.MAX_SESSIONS_OF_A_WINDOW) {
            int last = Math.min(sessions, first + SessionLevel.MAX_SESSIONS_OF_A_WINDOW - 1);
            windows.add(Owner.of(addSessions(device, host, windows.size() + 1, first, last)));
        }
        SplittableRandom random = new SplittableRandom(1);
        int[] ports = random.ints(DIFFERENT_FRAMES, 1, sessions + 1).toArray();
        List<Owner> owners = Arrays.stream(ports)
                .mapToObj(port -> windows.get((port - 1) / SessionLevel.MAX_SESSIONS_OF_A_WINDOW))
                .toList();
        return new Way(name, device, frames(Arrays.stream(ports).iterator()::nextInt), owners);
    }

    private static MemorySegment frames(IntSupplier ports) {
        MemorySegment frames = MemorySegment.ofArray(new byte[DIFFERENT_FRAMES * FRAME_STRIDE]);
        for (int i = 0; i < DIFFERENT_FRAMES; i++) {
            byte[] frame = SessionFrames.in(ports.getAsInt(), i);
            MemorySegment.copy(MemorySegment.ofArray(frame), 0, frames, (long) i * FRAME_STRIDE, FRAME_BYTES);
        }
        return frames;
    }

    private static KernelWindow addSessions(NetworkDevice device, HostDirectory host, int task, int first, int last)
            throws Exception {
        SessionLevel level = Objects.requireNonNull(device.sessions());
        SessionWindow window = level.open(
                host,
                DeviceMapRequest.newBuilder()
                        .setWhat(DeviceMapRequest.What.SESSION_WINDOW)
                        .setQueue("ring")
                        .build(),
                task);
        for (int port = first; port <= last; port++) {
            level.setSession(SessionFrames.template(port), window, OptionalLong.empty());
        }
        return window.window();
    }
}
