package org.machbed.ipc.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.ChildJvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** What the package takes from Linux: futexes, lifelines, scheduling. */
@Timeout(60)
class LinuxTest {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment memory = Arena.ofAuto().allocate(64, 64);

    @Test
    void aWaitForAnotherValueReturnsAtOnce() {
        Futex.await(Futex.address(memory, 0), 1);
        assertThat(Futex.await(Futex.address(memory, 0), 1, 1_000_000_000)).isFalse();
    }

    @Test
    void aWaitEndsWithItsTime() {
        assertThat(Futex.await(Futex.address(memory, 0), 0, 1_000)).isFalse();
        assertThat(Futex.await(Futex.address(memory, 0), 0, 0)).isFalse();
    }

    @Test
    void aWaiterIsWoken() throws InterruptedException {
        long address = Futex.address(memory, 8);
        Thread waiter = Thread.ofPlatform().start(() -> {
            while ((int) WORD.getVolatile(memory, 8L) == 0) {
                Futex.await(address, 0);
            }
        });
        WORD.setVolatile(memory, 8L, 1);
        Futex.wake(address, 1);
        waiter.join();
    }

    @Test
    void aWordOutOfPlaceIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Futex.address(memory, 2));
    }

    @Test
    void aPartyIsHeldByOneAndLetGo(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("line"));
        try (Lifeline one = Lifeline.open(file);
                Lifeline two = Lifeline.open(file)) {
            assertThat(one.tryHold(3)).isTrue();
            assertThat(two.tryHold(3)).isFalse();
            assertThat(two.tryHold(4)).isTrue();
            assertThat(two.isHeldByAnother(3)).isTrue();
            assertThat(one.isHeldByAnother(3)).as("by itself").isFalse();
            one.letGo(3);
            assertThat(two.isHeldByAnother(3)).isFalse();
        }
    }

    @Test
    void aKilledProcessLetsGo(@TempDir Path directory) throws Exception {
        Path file = Files.createFile(directory.resolve("line"));
        try (ChildJvm child = ChildJvm.start(Holder.class, file);
                Lifeline line = Lifeline.open(file)) {
            assertThat(child.line()).as(child.errors()).contains("true");
            assertThat(line.isHeldByAnother(7)).isTrue();
            child.kill();
            assertThat(line.isHeldByAnother(7)).isFalse();
        }
    }

    @Test
    void threadsAreScheduledOrTheRefusalIsTold() throws InterruptedException {
        Thread thread = Thread.ofPlatform().start(() -> {
            // Whether root or not: an answer, and no exception.
            boolean granted = Scheduling.requestFirstInFirstOut(1);
            System.err.println("SCHED_FIFO granted: " + granted);
        });
        thread.join();
        assertThatIllegalArgumentException().isThrownBy(() -> Scheduling.requestFirstInFirstOut(0));
    }

    @Test
    void aLatencyRequestThatIsRefusedSaysWhy(@TempDir Path directory) throws IOException {
        try (LatencyRequest refused = LatencyRequest.open(directory.resolve("none"))) {
            assertThat(refused.granted()).isFalse();
            assertThat(refused.reason()).startsWith("refused: ").contains("none");
        }
        Path device = Files.createFile(directory.resolve("device"));
        try (LatencyRequest granted = LatencyRequest.open(device)) {
            assertThat(granted.granted()).isTrue();
        }
        assertThat(device).hasBinaryContent(new byte[4]);
    }

    /** Holds party 7 until killed. */
    static final class Holder {
        public static void main(String[] arguments) throws IOException {
            try (Lifeline line = Lifeline.open(Path.of(arguments[0]))) {
                System.out.println(line.tryHold(7));
                int unused = System.in.read();
                System.out.println(unused);
            }
        }
    }
}
