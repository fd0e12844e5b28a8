package org.machbed.netstack.filter;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Filtering makes no garbage per frame. */
class FilterGarbageTest {
    private static final int LOCAL = 0xC0000201;
    private static final int FRAMES = 100_000;

    private long delivered;

    @Test
    void noGarbagePerFrame() throws FilterException {
        FilterTable<String> table = new FilterTable<>();
        table.add(StandardFilters.ipv4Family(LOCAL, 24, 10), "family");
        table.add(SampleFilters.udpPort(LOCAL, 5001, 20), "port");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment heapFrame = Frames.ipv4(LOCAL, Frames.UDP, 0, 9, 5001);
            MemorySegment frame = arena.allocate(heapFrame.byteSize()).copyFrom(heapFrame);
            FilterConsumer<String> consumer = (target, memory, offset, length) -> delivered++;
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long bytes = Long.MAX_VALUE;
            // The first rounds run in the interpreter and are compiled; one clean round is what is asked for.
            for (int round = 0; round < 10 && bytes > FRAMES / 10; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < FRAMES; i++) {
                    table.match(frame, 0, (int) frame.byteSize(), consumer);
                }
                bytes = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertThat(delivered).isPositive();
            assertThat(bytes).as("bytes allocated in %d frames", FRAMES).isLessThan(FRAMES / 10);
        }
    }
}
