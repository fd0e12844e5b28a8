package org.machbed.ipc.benchmark;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.ipc.memory.Futex;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapService;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.QueueKind;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowConfiguration;
import org.machbed.ipc.window.WindowConsumer;
import org.machbed.ipc.window.WindowProducer;
import org.machbed.ipc.window.WindowQueue;

/**
 * One side of a round trip: {@code serve PRIMITIVE FILE} first, then {@code call PRIMITIVE FILE} in another process, both
 * under taskset. Prints p50, p99 and bytes allocated per operation of the calling thread.
 */
public final class RoundTrips {
    private static final int WARM_OPERATIONS = 200_000;
    private static final int OPERATIONS = 200_000;
    private static final int ROUNDS = 5;
    private static final WindowConfiguration SHAPE = new WindowConfiguration(QueueKind.CHRONICLE, 4, 128, 2_048, 1_024);
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private RoundTrips() {}

    private interface Operation {
        void run() throws IOException;
    }

    public static void main(String[] arguments) throws IOException {
        Path path = Path.of(arguments[2]);
        boolean serve = "serve".equals(arguments[0]);
        switch (arguments[1]) {
            case "futex" -> futex(serve, path);
            case "doorbell" -> doorbell(serve, path);
            case "trap" -> trap(serve, path);
            case "window" -> window(serve, path);
            default -> throw new IllegalArgumentException("no primitive " + arguments[1]);
        }
    }

    private static void futex(boolean serve, Path path) throws IOException {
        try (SharedMemory file = serve ? SharedMemory.create(path, 4096) : SharedMemory.open(path)) {
            MemorySegment memory = file.segment();
            long mine = serve ? 0 : 64;
            long theirs = 64 - mine;
            long mineAddress = Futex.address(memory, mine);
            long theirsAddress = Futex.address(memory, theirs);
            int[] next = {0};
            Operation hop = () -> {
                while ((int) WORD.getVolatile(memory, mine) == next[0]) {
                    Futex.await(mineAddress, next[0]);
                }
                next[0]++;
            };
            if (serve) {
                System.out.println("READY");
                while (true) {
                    hop.run();
                    WORD.setVolatile(memory, theirs, next[0]);
                    Futex.wake(theirsAddress, 1);
                }
            }
            measure("futex", () -> {
                WORD.setVolatile(memory, theirs, next[0] + 1);
                Futex.wake(theirsAddress, 1);
                hop.run();
            });
        }
    }

    private static void doorbell(boolean serve, Path path) throws IOException {
        try (SharedMemory file = serve ? SharedMemory.create(path, 4096) : SharedMemory.open(path)) {
            Doorbell mine = new Doorbell(file.segment(), serve ? 0 : 64);
            Doorbell theirs = new Doorbell(file.segment(), serve ? 64 : 0);
            if (serve) {
                System.out.println("READY");
                while (true) {
                    mine.await();
                    theirs.ring();
                }
            }
            measure("doorbell", () -> {
                theirs.ring();
                mine.await();
            });
        }
    }

    private static void trap(boolean serve, Path path) throws IOException {
        if (serve) {
            try (CallGate gate = CallGate.create(path, 16);
                    TrapService service = new TrapService(gate, frame -> frame.complete(0))) {
                System.out.println("READY");
                service.runLoop();
            }
            return;
        }
        try (CallGate gate = CallGate.open(path);
                TrapCaller caller = gate.caller()) {
            measure("trap", () -> caller.trap(0));
        }
    }

    private static void window(boolean serve, Path path) throws IOException {
        try (Window window = serve ? Window.create(path, SHAPE) : Window.open(path)) {
            WindowProducer producer = window.producer(Crossings.unshared());
            WindowConsumer consumer = window.consumer();
            if (serve) {
                System.out.println("READY");
                while (true) {
                    producer.send(take(consumer));
                }
            }
            measure("window", () -> {
                producer.send(Descriptor.pack(1, 0, 60));
                take(consumer);
            });
        }
    }

    private static long take(WindowConsumer consumer) {
        long descriptor = consumer.poll();
        while (descriptor == WindowQueue.NONE) {
            consumer.await(Long.MAX_VALUE);
            descriptor = consumer.poll();
        }
        return descriptor;
    }

    private static void measure(String name, Operation operation) throws IOException {
        for (int i = 0; i < WARM_OPERATIONS; i++) {
            operation.run();
        }
        long[] nanos = new long[OPERATIONS];
        for (int round = 0; round < ROUNDS; round++) {
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < OPERATIONS; i++) {
                long start = System.nanoTime();
                operation.run();
                nanos[i] = System.nanoTime() - start;
            }
            allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
            Arrays.sort(nanos);
            System.out.printf(
                    Locale.ROOT,
                    "%s p50 %d p99 %d ns, %.4f bytes allocated per operation%n",
                    name,
                    nanos[OPERATIONS / 2],
                    nanos[OPERATIONS / 100 * 99],
                    (double) allocated / OPERATIONS);
        }
    }
}
