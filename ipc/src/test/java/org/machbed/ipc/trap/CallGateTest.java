package org.machbed.ipc.trap;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.ChildJvm;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(120)
class CallGateTest {
    private static final int SLOTS = 4;
    private static final long SHORT_LIMIT_NS = 300_000_000L;

    @TempDir
    Path directory;

    private Path path;
    private CallGate gate;
    private TrapService service;
    private GateProcesses.Handler handler;
    private final List<Thread> loops = new ArrayList<>();

    @BeforeEach
    void serve() throws IOException {
        path = directory.resolve("gate");
        gate = CallGate.create(path, SLOTS, 4096);
        handler = new GateProcesses.Handler();
        service = new TrapService(gate, handler);
        loops.add(Thread.ofPlatform().start(service::runLoop));
    }

    @AfterEach
    void stop() throws InterruptedException {
        service.stop();
        for (Thread loop : loops) {
            loop.join();
        }
        service.close();
        gate.close();
    }

    /** A thread of its own: the common pool has as few as one. */
    private static CompletableFuture<Long> async(Supplier<Long> call) {
        CompletableFuture<Long> result = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                result.complete(call.get());
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    @Test
    void argumentsGoInAndTheResultComesBack() throws IOException {
        try (TrapCaller caller = gate.caller()) {
            assertThat(caller.trap(GateProcesses.ADD, 1, 2, 3, 4, 5, 6)).isEqualTo(21);
            assertThat(caller.trap(GateProcesses.ADD, -1)).isEqualTo(-1);
            assertThat(caller.trap(0)).isZero();
        }
    }

    @Test
    void dataIsCopiedInAndOut() throws IOException {
        try (TrapCaller caller = gate.caller();
                TrapSlot slot = caller.claim()) {
            slot.dataBuffer().put((byte) 7).put((byte) 8);
            assertThat(slot.call(GateProcesses.INCREMENT_DATA, 2)).isEqualTo(2);
            assertThat(slot.data().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 8);
            assertThat(slot.dataBuffer().get(1)).isEqualTo((byte) 9);
        }
    }

    @Test
    void anUnknownNumberIsRefused() throws IOException {
        try (TrapCaller caller = gate.caller()) {
            assertThat(caller.trap(4711)).isEqualTo(-22);
            assertThat(caller.trap(-1)).isEqualTo(-22);
        }
    }

    @Test
    void aHandlerThatFailsAnswersWithAnInputOutputError() throws IOException {
        try (TrapCaller caller = gate.caller()) {
            assertThat(caller.trap(GateProcesses.FAIL)).isEqualTo(-5);
            assertThat(caller.trap(0)).isZero();
        }
    }

    @Test
    void aCallThatWaitsHoldsNoKernelThread() throws Exception {
        try (TrapCaller caller = gate.caller()) {
            CompletableFuture<Long> first = async(() -> caller.trap(GateProcesses.WAIT));
            CompletableFuture<Long> second = async(() -> caller.trap(GateProcesses.WAIT));
            handler.awaitWaiting(2);
            assertThat(caller.trap(0)).isZero();
            assertThat(caller.trap(GateProcesses.RELEASE, 42)).isEqualTo(2);
            assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(42);
            assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(42);
        }
    }

    @Test
    void aFrameIsCompletedOnce() throws Exception {
        try (TrapCaller caller = gate.caller()) {
            CompletableFuture<Long> call = async(() -> caller.trap(GateProcesses.WAIT));
            handler.awaitWaiting(1);
            TrapFrame frame = handler.waiting.getFirst();
            handler.completeWaiting(1);
            call.get(10, TimeUnit.SECONDS);
            assertThatIllegalStateException().isThrownBy(() -> frame.complete(2));
        }
    }

    @Test
    void moreCallersThanSlotsTakeTurns() throws Exception {
        loops.add(Thread.ofPlatform().start(service::runLoop));
        try (ChildJvm one = ChildJvm.start(GateProcesses.Callers.class, path, 6, 3_000);
                ChildJvm two = ChildJvm.start(GateProcesses.Callers.class, path, 6, 3_000)) {
            assertThat(one.line()).as(one.errors()).contains("WRONG 0");
            assertThat(two.line()).as(two.errors()).contains("WRONG 0");
            assertThat(one.exitCode()).isZero();
            assertThat(two.exitCode()).isZero();
        }
    }

    @Test
    void aFullGateIsAnErrorAfterAWhile() throws Exception {
        try (TrapCaller caller = gate.caller();
                TrapCaller hasty = gate.caller(Crossings.unshared(), SHORT_LIMIT_NS)) {
            List<TrapSlot> slots = new ArrayList<>();
            for (int i = 0; i < SLOTS; i++) {
                slots.add(caller.claim());
            }
            CompletableFuture<Long> waits = async(() -> hasty.trap(0));
            assertThatExceptionOfType(GateFullException.class).isThrownBy(() -> hasty.trap(0));
            assertThat(waits).failsWithin(10, TimeUnit.SECONDS);
            CompletableFuture<Long> served = async(() -> caller.trap(0));
            slots.forEach(TrapSlot::close);
            assertThat(served).succeedsWithin(10, TimeUnit.SECONDS).isEqualTo(0L);
        }
    }

    @Test
    void theSlotOfAKilledCallerIsReclaimed() throws Exception {
        try (ChildJvm child = ChildJvm.start(GateProcesses.OneCall.class, path, GateProcesses.WAIT)) {
            handler.awaitWaiting(1);
            int caller = handler.waiting.getFirst().caller();
            child.kill();
            assertThat(handler.awaitDeath()).isEqualTo(caller);
        }
        try (TrapCaller caller = gate.caller()) {
            List<TrapSlot> slots = new ArrayList<>();
            for (int i = 0; i < SLOTS; i++) {
                slots.add(caller.claim());
            }
            assertThat(slots.getLast().call(0)).isZero();
            slots.forEach(TrapSlot::close);
        }
    }

    @Test
    void aSlotThatWasOnlyClaimedIsReclaimedToo() throws Exception {
        TrapCaller gone = gate.caller();
        for (int i = 0; i < SLOTS; i++) {
            gone.claim();
        }
        gone.close();
        try (TrapCaller caller = gate.caller()) {
            assertThat(caller.trap(0)).isZero();
        }
        assertThat(handler.awaitDeath()).isEqualTo(gone.number());
        assertThatThrownBy(() -> gone.trap(0))
                .as("its number may be another's by now")
                .isInstanceOf(TrapException.class)
                .hasMessageContaining("has left the call gate");
    }

    @Test
    void whoWaitsForAKilledKernelIsTold() throws Exception {
        Path other = directory.resolve("other");
        try (ChildJvm kernel = ChildJvm.start(GateProcesses.Kernel.class, other, SLOTS)) {
            assertThat(kernel.line()).as(kernel.errors()).contains("READY");
            try (CallGate opened = CallGate.open(other);
                    TrapCaller caller = opened.caller()) {
                CompletableFuture<Long> call = async(() -> caller.trap(GateProcesses.WAIT));
                // Served after the call above, or before it: either way that one is in the gate.
                assertThat(caller.trap(0)).isZero();
                kernel.kill();
                assertThat(call)
                        .failsWithin(10, TimeUnit.SECONDS)
                        .withThrowableThat()
                        .withCauseInstanceOf(DeadKernelException.class);
                assertThatExceptionOfType(DeadKernelException.class).isThrownBy(() -> caller.trap(0));
            }
        }
    }

    @Test
    void whoWaitsForAKernelThatClosesItsGateIsTold() throws Exception {
        try (ChildJvm child = ChildJvm.start(GateProcesses.OneCall.class, path, GateProcesses.WAIT)) {
            handler.awaitWaiting(1);
            service.close();
            assertThat(child.line()).contains("CALLING");
            assertThat(child.line()).contains("DeadKernelException");
        }
    }

    @Test
    void aGateHasOneKernel() {
        assertThatIOException()
                .isThrownBy(() -> new TrapService(gate, handler))
                .withMessageContaining("has a kernel already");
    }

    @Test
    void hostileSlotsDoNotBreakTheKernel() throws Exception {
        MemorySegment memory = gate.layout().memory;
        Doorbell bell = new Doorbell(memory, GateLayout.DOORBELL);
        Random random = new Random(1992);
        for (int i = 0; i < 20_000; i++) {
            // Another caller's live slot may suffer; the gate's words of liveness stay, so that the test can go on.
            int slot = random.nextInt(SLOTS);
            memory.set(ValueLayout.JAVA_INT, gate.layout().slotOffset(slot), random.nextInt());
            memory.set(ValueLayout.JAVA_INT, gate.layout().slotOffset(slot) + 4, random.nextInt(10) == 0 ? 1 : -9);
            memory.set(ValueLayout.JAVA_LONG, GateLayout.READY + 8L * random.nextInt(4), random.nextLong());
            bell.ring(1 + random.nextInt(3));
        }
        for (int slot = 0; slot < SLOTS; slot++) {
            memory.set(ValueLayout.JAVA_INT, gate.layout().slotOffset(slot), 0);
        }
        while (bell.count() > 0) {
            Thread.onSpinWait();
        }
        try (TrapCaller caller = gate.caller()) {
            for (int slot = 0; slot < SLOTS; slot++) {
                memory.set(ValueLayout.JAVA_INT, gate.layout().slotOffset(slot), 0);
            }
            assertThat(caller.trap(GateProcesses.ADD, 1, 2)).isEqualTo(3);
        }
        assertThat(service.refusedRequests()).isPositive();
    }

    @Test
    void aRingWhoseCountAHostileCallerTookIsServedAllTheSame() throws Exception {
        Doorbell bell = new Doorbell(gate.layout().memory, GateLayout.DOORBELL);
        try (TrapCaller caller = gate.caller()) {
            CompletableFuture<Long> thief = async(() -> bell.await(10_000_000_000L) ? 1L : 0L);
            assertThat(caller.trap(0)).isZero();
            assertThat(caller.trap(0)).isZero();
            // The kernel's own thread may take a ring first; the thief gets one of many.
            for (int ring = 0; ring < 1_000_000 && !thief.isDone(); ring++) {
                bell.ringOrDrop();
            }
            assertThat(thief.get(10, TimeUnit.SECONDS)).isOne();
        }
    }

    @Test
    void aDamagedGateIsNotOpened() throws IOException {
        gate.layout().memory.set(ValueLayout.JAVA_INT, 8, 100_000);
        assertThatIOException().isThrownBy(() -> CallGate.open(path)).withMessageContaining("damaged");
        gate.layout().memory.set(ValueLayout.JAVA_LONG, 0, 1);
        assertThatIOException().isThrownBy(() -> CallGate.open(path)).withMessageContaining("no call gate");
        assertThatIOException().isThrownBy(() -> CallGate.open(directory.resolve("none")));
        assertThatIllegalArgumentException().isThrownBy(() -> CallGate.create(directory.resolve("x"), 0, 4096));
        assertThatIllegalArgumentException().isThrownBy(() -> CallGate.create(directory.resolve("x"), 1, 100));
    }

    @Test
    void callsThatWaitInBareSlotsLeaveTheOthersFree() throws Exception {
        int bareSlots = 200;
        try (CallGate both = CallGate.create(directory.resolve("both"), 1, 64, bareSlots);
                TrapService kernel = new TrapService(both, handler)) {
            Thread loop = Thread.ofPlatform().start(kernel::runLoop);
            try (CallGate opened = CallGate.open(both.path());
                    TrapCaller caller = opened.caller();
                    TrapCaller hasty = opened.caller(Crossings.unshared(), SHORT_LIMIT_NS)) {
                assertThat(opened.slots()).isEqualTo(1);
                assertThat(opened.bareSlots()).isEqualTo(bareSlots);
                List<CompletableFuture<Long>> waiting = new ArrayList<>();
                for (int i = 0; i < bareSlots; i++) {
                    waiting.add(async(() -> {
                        try (TrapSlot slot = caller.claimBare()) {
                            assertThat(slot.data().byteSize()).isZero();
                            return slot.call(GateProcesses.WAIT);
                        }
                    }));
                }
                handler.awaitWaiting(bareSlots);
                assertThat(caller.trap(GateProcesses.ADD, 1, 2)).isEqualTo(3);
                assertThatThrownBy(hasty::claimBare)
                        .isInstanceOf(GateFullException.class)
                        .hasMessageContaining("all 200 bare slots");
                assertThat(caller.trap(GateProcesses.RELEASE, 42)).isEqualTo(bareSlots);
                for (CompletableFuture<Long> call : waiting) {
                    assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo(42);
                }
            } finally {
                kernel.stop();
                loop.join();
            }
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CallGate.create(directory.resolve("x"), 256, 64, 4096 - 255));
    }

    @Test
    void trapsAreCountedByTheCallerAndCostNoGarbage() throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Crossings crossings = Crossings.unshared();
                TrapCaller caller = gate.caller(crossings)) {
            for (int i = 0; i < 20_000; i++) {
                caller.trap(GateProcesses.ADD, i);
            }
            assertThat(crossings.value(Crossing.TRAPS)).isEqualTo(20_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                caller.trap(GateProcesses.ADD, i);
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
        }
    }
}
