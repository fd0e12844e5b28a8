package org.machbed.ipc.window;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.ipc.chronicle.IdleBell;
import org.machbed.ipc.chronicle.QueueControl;
import org.machbed.ipc.doorbell.Doorbell;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/**
 * What the two sides of a window tell each other without a lock in common: the idle condition against the count of
 * descriptors, the pools' mutex, deferred frees and the want of buffers (reynolds91, "Queues" and "Free Space").
 */
final class WindowStress {
    /** A wait that takes so long has lost its wake-up. */
    private static final long LOST_NS = 10_000_000_000L;

    private WindowStress() {}

    @JCStressTest
    @Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "The consumer sees the work and does not sleep.")
    @Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "The producer sees the idle consumer and starts it.")
    @Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "Both: a device event too many, which is counted.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Neither sees the other: the consumer sleeps beside work.")
    @State
    public static class IdleAgainstWork {
        private final QueueControl control =
                new QueueControl(Arena.ofAuto().allocate(QueueControl.BYTES, Long.BYTES), 0);

        @Actor
        public void producer(ZI_Result r) {
            control.produced(1);
            r.r1 = control.isWaiting();
        }

        @Actor
        public void consumer(ZI_Result r) {
            control.waiting(true);
            r.r2 = (int) control.produced();
        }
    }

    @JCStressTest
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "The consumer sees the frame and does not sleep.")
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "The producer sees the idle consumer and rings.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Both: a ring too many, which the next wait takes.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Neither sees the other: the consumer sleeps beside a frame.")
    @State
    public static class IdleBellAgainstWork {
        private final MemorySegment memory =
                Arena.ofAuto().allocate(IdleBell.BYTES + QueueControl.BYTES, Doorbell.BYTES);
        private final IdleBell bell = new IdleBell(memory, 0);
        private final QueueControl control = new QueueControl(memory, IdleBell.BYTES);

        @Actor
        public void producer() {
            control.produced(1);
            bell.ringIfIdle();
        }

        @Actor
        public void consumer(II_Result r) {
            bell.markIdle();
            r.r2 = (int) control.produced();
        }

        @Arbiter
        public void end(II_Result r) {
            r.r1 = bell.await(0) ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"0, 0", "0, 7", "1, 7"},
            expect = Expect.ACCEPTABLE,
            desc = "The credit comes after the use.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A credit was seen before what it gives back was let go.")
    @State
    public static class CreditsComeAfterTheUse {
        private static final long USED = QueueControl.BYTES;

        private final MemorySegment memory = Arena.ofAuto().allocate(QueueControl.BYTES + Integer.BYTES, Long.BYTES);
        private final QueueControl control = new QueueControl(memory, 0);

        @Actor
        public void consumer() {
            memory.set(ValueLayout.JAVA_INT, USED, 7);
            control.consumed(1);
        }

        @Actor
        public void producer(II_Result r) {
            r.r1 = (int) control.consumed();
            r.r2 = memory.get(ValueLayout.JAVA_INT, USED);
        }
    }

    /** A window's free space, both sides of it. */
    abstract static class Pools {
        private final WindowConfiguration shape;
        final BufferPools driver;
        final BufferPools server;

        Pools(int pools, int buffersPerPool) {
            shape = new WindowConfiguration(QueueKind.CHRONICLE, pools, buffersPerPool, 64, 1);
            WindowLayout layout = new WindowLayout(shape);
            MemorySegment memory = Arena.ofAuto().allocate(layout.sizeBytes(), 64);
            driver = new BufferPools(WindowSide.INTERRUPT, shape, memory, layout);
            server = new BufferPools(WindowSide.PROTOCOL, shape, memory, layout);
            driver.initialise();
        }

        /** Buffers that can be allocated, once the deferred ones are freed. */
        final int drain() {
            server.freeDeferred();
            int buffers = 0;
            while (server.allocate() != BufferPools.NONE) {
                buffers++;
            }
            return buffers;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 1, 0", "1, -1, 1", "-1, 1, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "Each buffer went to one side; who found the pool locked went without.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "One buffer was given out twice, or got lost.")
    @State
    public static class BothSidesAllocate extends Pools {
        private int fromDriver;
        private int fromServer;

        public BothSidesAllocate() {
            super(1, 2);
        }

        @Actor
        public void driver() {
            fromDriver = driver.allocate();
        }

        @Actor
        public void server() {
            fromServer = server.allocate();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r1 = fromDriver < 0 ? -1 : 1;
            r.r2 = fromServer < 0 ? -1 : 1;
            r.r3 = fromDriver == fromServer ? -1 : drain();
        }
    }

    @JCStressTest
    @Outcome(
            id = "2",
            expect = Expect.ACCEPTABLE,
            desc = "Both buffers are free again, at once or when the deferred are.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A buffer was lost between the pool and the deferred frees, or doubled.")
    @State
    public static class BothSidesFree extends Pools {
        private final int first;
        private final int second;

        public BothSidesFree() {
            super(1, 2);
            first = server.allocate();
            second = server.allocate();
        }

        @Actor
        public void driver() {
            driver.free(first);
        }

        @Actor
        public void server() {
            server.free(second);
        }

        @Arbiter
        public void end(I_Result r) {
            r.r1 = drain();
        }
    }

    @JCStressTest
    @Outcome(
            id = "4",
            expect = Expect.ACCEPTABLE,
            desc = "All buffers are free again, at once or when the deferred are.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A buffer was lost between pools and magazines, or doubled.")
    @State
    public static class BothSidesUseMagazines extends Pools {
        private final BufferMagazine driverMagazine = new BufferMagazine(driver);
        private final BufferMagazine serverMagazine = new BufferMagazine(server);
        private final int first;
        private final int second;

        public BothSidesUseMagazines() {
            super(2, 2);
            first = driver.allocate();
            second = server.allocate();
        }

        private static void use(BufferMagazine magazine, int buffer) {
            int other = magazine.allocate();
            magazine.free(buffer);
            if (other != BufferPools.NONE) {
                magazine.free(other);
            }
            magazine.unload();
        }

        @Actor
        public void driver() {
            use(driverMagazine, first);
        }

        @Actor
        public void server() {
            use(serverMagazine, second);
        }

        @Arbiter
        public void end(I_Result r) {
            r.r1 = drain();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"0, 1", "1, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "What the driver deferred is free or waits for its turn.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The deferred buffer was lost, or came twice.")
    @State
    public static class DeferredFreesChangeHands {
        private static final WindowConfiguration SHAPE = new WindowConfiguration(QueueKind.CHRONICLE, 1, 4, 64, 1);

        private final DeferredFreeQueue queue = queue();

        private static DeferredFreeQueue queue() {
            WindowLayout layout = new WindowLayout(SHAPE);
            return new DeferredFreeQueue(Arena.ofAuto().allocate(layout.sizeBytes(), 64), layout);
        }

        @Actor
        public void driver() {
            queue.offer(3);
        }

        @Actor
        public void server(II_Result r) {
            r.r1 = queue.poll() == 3 ? 1 : 0;
        }

        @Arbiter
        public void end(II_Result r) {
            for (int buffer = queue.poll(); buffer != BufferPool.NONE; buffer = queue.poll()) {
                r.r2 += buffer == 3 ? 1 : 100;
            }
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "The buffer that came back reached whoever wanted it.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A thread that wanted a buffer slept on beside a free one.")
    @State
    public static class WantMeetsFree extends Pools {
        private final int only;

        public WantMeetsFree() {
            super(1, 1);
            only = driver.allocate();
        }

        @Actor
        public void driver() {
            driver.free(only);
        }

        @Actor
        public void server(II_Result r) {
            r.r1 = server.allocate(LOST_NS);
        }

        @Arbiter
        public void end(II_Result r) {
            r.r2 = drain();
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0, 1, 0", expect = Expect.ACCEPTABLE, desc = "Both had the one buffer, one after the other.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both had it at once, or one never.")
    @State
    public static class TwoThreadsWantOneBuffer extends Pools {
        private int held;
        private int both;

        public TwoThreadsWantOneBuffer() {
            super(1, 1);
        }

        @Actor
        public void one(IIII_Result r) {
            r.r1 = useOnce();
        }

        @Actor
        public void other(IIII_Result r) {
            r.r2 = useOnce();
        }

        private int useOnce() {
            int buffer = server.allocate(LOST_NS);
            if (buffer != BufferPools.NONE) {
                both += ++held - 1;
                held--;
                server.free(buffer);
            }
            return buffer;
        }

        @Arbiter
        public void end(IIII_Result r) {
            r.r3 = drain();
            r.r4 = both;
        }
    }
}
