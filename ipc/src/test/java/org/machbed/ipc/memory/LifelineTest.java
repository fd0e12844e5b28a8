package org.machbed.ipc.memory;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class LifelineTest {
    @TempDir
    Path directory;

    @Test
    void aByteIsHeldByOneParty() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        try (Lifeline one = Lifeline.open(file);
                Lifeline other = Lifeline.open(file)) {
            assertThat(one.tryHold(1)).isTrue();
            assertThat(other.tryHold(1)).isFalse();
            assertThat(other.tryHold(2)).isTrue();
            assertThat(other.isHeldByAnother(1)).isTrue();
            assertThat(other.isHeldByAnother(2)).isFalse();
            one.letGo(1);
            assertThat(other.isHeldByAnother(1)).isFalse();
        }
    }

    /** Closing is what death does, too. */
    @Test
    void whoIsGoneHoldsNothing() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        try (Lifeline watching = Lifeline.open(file)) {
            Lifeline gone = Lifeline.open(file);
            assertThat(gone.tryHold(3)).isTrue();
            gone.close();
            assertThat(watching.isHeldByAnother(3)).isFalse();
        }
    }

    /** Kernels ask twice a second for each caller, however idle they are. */
    @Test
    void askingMakesNoGarbage() throws IOException {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Path file = Files.createFile(directory.resolve("file"));
        try (Lifeline lifeline = Lifeline.open(file)) {
            ask(lifeline);
            ask(lifeline);
            long before = threads.getCurrentThreadAllocatedBytes();
            ask(lifeline);
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
        }
    }

    private static void ask(Lifeline lifeline) {
        for (int i = 0; i < 20_000; i++) {
            lifeline.isHeldByAnother(1);
        }
    }
}
