package org.machbed.ipc.window;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.doorbell.Doorbell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Free space as in reynolds91: pools with a mutex each, deferred frees, m_want. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BufferPoolsTest {
    private static final WindowConfiguration SHAPE = new WindowConfiguration(QueueKind.CHRONICLE, 3, 4, 2048, 16);

    private final WindowLayout layout = new WindowLayout(SHAPE);
    private final MemorySegment memory = Arena.ofAuto().allocate(layout.sizeBytes(), 4096);
    private final BufferPools driver = new BufferPools(WindowSide.INTERRUPT, SHAPE, memory, layout);
    private final BufferPools server = new BufferPools(WindowSide.PROTOCOL, SHAPE, memory, layout);

    @BeforeEach
    void fill() {
        driver.initialise();
    }

    @Test
    void eachBufferIsGivenOutOnceFromBothSides() {
        Set<Integer> given = new HashSet<>();
        for (int i = 0; i < SHAPE.buffers(); i++) {
            given.add((i % 2 == 0 ? driver : server).allocate());
        }
        assertThat(given).hasSize(SHAPE.buffers()).allMatch(buffer -> buffer >= 0 && buffer < SHAPE.buffers());
        assertThat(driver.allocate()).isEqualTo(BufferPools.NONE);
        assertThat(server.allocate()).isEqualTo(BufferPools.NONE);
        given.forEach(server::free);
        assertThat(driver.freeBuffers()).isEqualTo(SHAPE.buffers());
    }

    @Test
    void buffersDoNotOverlap() {
        Set<Long> offsets = new HashSet<>();
        for (int buffer = 0; buffer < SHAPE.buffers(); buffer++) {
            offsets.add(driver.offset(buffer));
            assertThat(driver.offset(buffer)).isLessThanOrEqualTo(memory.byteSize() - driver.bufferBytes());
        }
        assertThat(offsets).hasSize(SHAPE.buffers());
        assertThat(driver.offset(1) - driver.offset(0)).isEqualTo(2048);
    }

    @Test
    void theDriverPassesByAPoolThatTheServerHasLocked() {
        assertThat(server.pool(0).mutex().tryLock(WindowSide.PROTOCOL)).isTrue();
        for (int i = 0; i < 2 * SHAPE.buffersPerPool(); i++) {
            assertThat(driver.allocate()).isGreaterThanOrEqualTo(SHAPE.buffersPerPool());
        }
        assertThat(driver.allocate()).as("only locked buffers are left").isEqualTo(BufferPools.NONE);
        assertThat(driver.lockedPools()).isPositive();
        server.pool(0).mutex().unlock(WindowSide.PROTOCOL);
        assertThat(driver.allocate()).isBetween(0, SHAPE.buffersPerPool() - 1);
    }

    @Test
    void whatTheDriverCannotFreeTheServerFreesLater() {
        int buffer = driver.allocate();
        WindowMutex mutex = server.pool(buffer / SHAPE.buffersPerPool()).mutex();
        assertThat(mutex.tryLock(WindowSide.PROTOCOL)).isTrue();
        driver.free(buffer);
        assertThat(driver.deferredFrees()).isEqualTo(1);
        server.freeDeferred();
        mutex.unlock(WindowSide.PROTOCOL);
        assertThat(driver.freeBuffers()).isEqualTo(SHAPE.buffers() - 1);
        server.freeDeferred();
        assertThat(driver.freeBuffers()).isEqualTo(SHAPE.buffers());
    }

    @Test
    void whatTheServerCannotFreeItKeepsAside() {
        int buffer = server.allocate();
        WindowMutex mutex = driver.pool(buffer / SHAPE.buffersPerPool()).mutex();
        assertThat(mutex.tryLock(WindowSide.INTERRUPT)).isTrue();
        server.free(buffer);
        mutex.unlock(WindowSide.INTERRUPT);
        assertThat(server.freeBuffers()).isEqualTo(SHAPE.buffers() - 1);
        server.freeDeferred();
        assertThat(server.freeBuffers()).isEqualTo(SHAPE.buffers());
        assertThat(server.refusedFrees()).isZero();
    }

    @Test
    void everyThreadInWantOfABufferIsStarted() throws Exception {
        List<Integer> given = new ArrayList<>();
        for (int buffer = server.allocate(); buffer != BufferPools.NONE; buffer = server.allocate()) {
            given.add(buffer);
        }
        List<Thread> wanting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            wanting.add(Thread.ofPlatform()
                    .start(() -> assertThat(server.allocate(Long.MAX_VALUE)).isNotNegative()));
        }
        Doorbell want = new Doorbell(memory, WindowLayout.WANT_DOORBELL);
        while (want.waiters() < wanting.size()) {
            Thread.onSpinWait();
        }
        // One has its buffer, and wants no more, before the next is freed.
        for (int left = wanting.size() - 1; left >= 0; left--) {
            driver.free(given.get(left));
            while (wanting.stream().filter(Thread::isAlive).count() > left) {
                Thread.onSpinWait();
            }
        }
        assertThat(driver.freeBuffers()).isZero();
    }

    @Test
    void aThreadInWantOfABufferDoesNotSleepOnBecauseThePoolsWereLocked() throws Exception {
        for (int pool = 0; pool < SHAPE.pools(); pool++) {
            assertThat(driver.pool(pool).mutex().tryLock(WindowSide.INTERRUPT)).isTrue();
        }
        CompletableFuture<Integer> wanting = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().daemon().start(() -> wanting.complete(server.allocate(Long.MAX_VALUE)));
        Doorbell want = new Doorbell(memory, WindowLayout.WANT_DOORBELL);
        while (want.waiters() == 0) {
            Thread.onSpinWait();
        }
        driver.pool(1).mutex().unlock(WindowSide.INTERRUPT);
        thread.join();
        assertThat(wanting.join()).isBetween(SHAPE.buffersPerPool(), 2 * SHAPE.buffersPerPool() - 1);
    }

    @Test
    void aThreadInWantOfABufferIsStartedByTheNextFree() throws Exception {
        int last = BufferPools.NONE;
        for (int buffer = server.allocate(); buffer != BufferPools.NONE; buffer = server.allocate()) {
            last = buffer;
        }
        CompletableFuture<Integer> wanting = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().daemon().start(() -> wanting.complete(server.allocate(Long.MAX_VALUE)));
        driver.free(last);
        thread.join();
        assertThat(wanting).isCompletedWithValue(last);
        assertThat(server.allocate(1_000)).isEqualTo(BufferPools.NONE);
        assertThatIllegalStateException().isThrownBy(() -> driver.allocate(1));
    }

    @Test
    void freesThatMakeNoSenseAreCountedAndIgnored() {
        driver.free(-1);
        driver.free(SHAPE.buffers());
        driver.free(0);
        assertThat(driver.refusedFrees()).isEqualTo(3);
        assertThat(driver.freeBuffers()).isEqualTo(SHAPE.buffers());
    }

    @Test
    void hostileControlWordsGiveNoBufferOutsideAndNoException() {
        Random random = new Random(1991);
        for (int i = 0; i < 200_000; i++) {
            long control = WindowLayout.WANT + 4L * random.nextInt((int) (layout.buffer(0) - WindowLayout.WANT) / 4);
            memory.set(ValueLayout.JAVA_INT, control, random.nextBoolean() ? random.nextInt() : random.nextInt(16));
            BufferPools side = random.nextBoolean() ? driver : server;
            int buffer = side.allocate();
            assertThat(buffer).isBetween(BufferPools.NONE, SHAPE.buffers() - 1);
            side.free(random.nextInt(20) - 4);
        }
    }

    @Test
    void allocatingAndFreeingCostNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        for (int i = 0; i < 60_000; i++) {
            if (i == 50_000) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            server.free(driver.allocate());
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
    }
}
