package org.machbed.ipc.window;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.process.Crossings;

import static org.assertj.core.api.Assertions.assertThat;

/** Frames through a window, there and back, leave no garbage; its files stay bounded meanwhile ({@link WindowTest}). */
@Timeout(120)
class WindowAllocationTest {
    private static final WindowConfiguration SHAPE = new WindowConfiguration(QueueKind.CHRONICLE, 2, 8, 2048, 16);
    private static final int WARM_UP = 100_000;
    private static final int MEASURED = 200_000;

    /**
     * Bytes a frame, both sides and both ways together. The smallest object takes 16, so an object per frame shows; the new file
     * that a queue takes every so many descriptors costs some.
     */
    private static final double TOLERATED_BYTES = 8;

    @Test
    void framesLeaveNoGarbage() throws IOException {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Path path = Path.of("/dev/shm", "machbed-test-window-" + UUID.randomUUID());
        try (Window driver = Window.create(path, SHAPE);
                Window server = Window.open(path)) {
            Crossings crossings = Crossings.unshared();
            var trip = new RoundTrip(
                    driver,
                    server,
                    driver.producer(crossings),
                    server.consumer(),
                    server.producer(crossings),
                    driver.consumer());
            trip.run(WARM_UP);
            long before = threads.getCurrentThreadAllocatedBytes();
            trip.run(MEASURED);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat((double) allocated / MEASURED).isLessThan(TOLERATED_BYTES);
            driver.unlink();
        }
    }

    private record RoundTrip(
            Window driver,
            Window server,
            WindowProducer in,
            WindowConsumer fromDriver,
            WindowProducer out,
            WindowConsumer fromServer) {
        void run(int frames) {
            for (int i = 0; i < frames; i++) {
                int buffer = driver.pools().allocate();
                driver.memory().set(ValueLayout.JAVA_INT, driver.pools().offset(buffer), i);
                send(in, Descriptor.pack(buffer, 0, 60));
                long received = fromDriver.poll();
                int back = server.pools().allocate();
                server.memory()
                        .set(
                                ValueLayout.JAVA_INT,
                                server.pools().offset(back),
                                server.memory().get(ValueLayout.JAVA_INT, server.frameOffset(received)));
                server.pools().free(Descriptor.buffer(received));
                send(out, Descriptor.pack(back, 0, 60));
                long answer = fromServer.poll();
                if (driver.memory().get(ValueLayout.JAVA_INT, driver.frameOffset(answer)) != i) {
                    throw new AssertionError("frame " + i + " came back changed");
                }
                driver.pools().free(Descriptor.buffer(answer));
                fromServer.becomeIdle();
                fromServer.becomeBusy();
            }
        }

        private static void send(WindowProducer producer, long descriptor) {
            if (!producer.send(descriptor)) {
                throw new AssertionError("the queue is full");
            }
        }
    }
}
