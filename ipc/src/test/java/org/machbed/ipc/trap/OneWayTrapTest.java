package org.machbed.ipc.trap;

import java.nio.file.Path;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Calls that nobody waits for: each reaches the kernel once, in order, and its answer comes with the next. */
@Timeout(60)
class OneWayTrapTest {
    @TempDir
    private Path directory;

    @Test
    void eachCallIsServedAndAnsweredWithTheNext() throws Exception {
        Crossings crossings = Crossings.unshared();
        ConcurrentLinkedQueue<Long> served = new ConcurrentLinkedQueue<>();
        try (CallGate gate = CallGate.create(directory.resolve("gate"), 2)) {
            TrapService service = new TrapService(gate, frame -> {
                served.add(frame.a0());
                frame.complete(frame.a0() + frame.number());
            });
            Thread kernel = Thread.ofPlatform().daemon().start(service::runLoop);
            try (TrapCaller caller = gate.caller(crossings);
                    OneWayTrap trap = caller.oneWay(1000)) {
                assertThat(trap.call(0)).isZero();
                for (long i = 1; i < 10_000; i++) {
                    assertThat(trap.call(i)).isEqualTo(i - 1 + 1000);
                }
                assertThat(caller.trap(7, 1)).as("other calls go on").isEqualTo(8);
            }
            service.stop();
            kernel.join();
            service.close();
        }
        assertThat(served).hasSize(10_001).startsWith(0L, 1L, 2L);
        assertThat(crossings.value(Crossing.DOORBELLS)).isEqualTo(10_000);
        assertThat(crossings.value(Crossing.TRAPS)).isEqualTo(1);
    }

    /** The kernel takes its time: the call returns meanwhile, and only the next one waits. */
    @Test
    void theCallDoesNotWaitAndTheNextOneDoes() throws Exception {
        Semaphore kernelMayGoOn = new Semaphore(0);
        try (CallGate gate = CallGate.create(directory.resolve("gate"), 2)) {
            TrapService service = new TrapService(gate, frame -> {
                kernelMayGoOn.acquireUninterruptibly();
                frame.complete(5);
            });
            Thread kernel = Thread.ofPlatform().daemon().start(service::runLoop);
            try (TrapCaller caller = gate.caller()) {
                OneWayTrap trap = caller.oneWay(1);
                assertThat(trap.call(0)).isZero();
                kernelMayGoOn.release(2);
                assertThat(trap.call(0)).isEqualTo(5);
                service.stop();
                kernel.join();
                service.close();
                assertThatThrownBy(() -> {
                            while (true) {
                                trap.call(0);
                            }
                        })
                        .isInstanceOf(DeadKernelException.class);
            }
        }
    }
}
