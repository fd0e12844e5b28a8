package org.machbed.testbed.launch;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.tcp.TcpConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

class JvmCommandTest {
    private static final String HEAP = "-Xmx";

    /** Peers that never read, and never answer, fill TCP's buffers; the process must outlive that. */
    @Test
    void theBuffersOfTcpFitInHalfOfTheHeapOfAProcess() {
        ProcessPlan plan = new ProcessPlan(
                "in-kernel", "a", "kernel", "kernel-node", "Main", List.of(), 0, Path.of("host"), "kernel", "cache");
        List<String> command = JvmCommand.ofThisJvm(AotCaches.none()).of(plan, Path.of("logs"));
        String heap = command.stream()
                .filter(argument -> argument.startsWith(HEAP))
                .findFirst()
                .orElseThrow();
        long heapBytes = Long.parseLong(heap.substring(HEAP.length(), heap.length() - 1)) << 20;
        assertThat(TcpConfiguration.DEFAULT.memoryBytes()).isLessThanOrEqualTo(heapBytes / 2);
    }
}
