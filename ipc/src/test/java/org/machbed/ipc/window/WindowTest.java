package org.machbed.ipc.window;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.process.Crossings;

class WindowTest {
    @TempDir
    Path directory;

    @Test
    void probe() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Path path = Path.of("/dev/shm/ipc-window-probe");
        try (Window driver = Window.create(path, WindowConfiguration.defaults());
                Window server = Window.open(path)) {
            WindowProducer producer = driver.producer(Crossings.unshared());
            WindowConsumer consumer = server.consumer();
            for (int round = 0; round < 12; round++) {
                long start = System.nanoTime();
                long allocated = threads.getCurrentThreadAllocatedBytes();
                int n = 1_000_000;
                for (int i = 0; i < n; i++) {
                    assertTrue(producer.send(i));
                    assertTrue(consumer.poll() == i);
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
                System.out.println((System.nanoTime() - start) / n + " ns per hop, " + (double) allocated / n
                        + " bytes allocated per hop, allocated blocks " + blocks(path));
            }
        } finally {
            new ProcessBuilder("rm", "-rf", path.toString()).start().waitFor();
        }
    }
    static void assertTrue(boolean b) { if (!b) throw new AssertionError(); }

    static long blocks(Path path) throws IOException, InterruptedException {
        Process du = new ProcessBuilder("du", "-s", "-B1", path.toString()).start();
        String s = new String(du.getInputStream().readAllBytes());
        return Long.parseLong(s.split("\\s")[0]);
    }
}
