package org.machbed.kernel.inkernel;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ObjLongConsumer;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.kernel.device.FamilyOwner;
import org.machbed.link.ConflictLog;
import org.machbed.link.DriverTimer;
import org.machbed.link.FrameLoans;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.proto.trap.TrapNumber;

/**
 * The stack in the kernel. The interrupt thread brings frames and timers, the trap thread brings socket calls; the kernel
 * lock lets one of them in at a time, and neither wakes a caller while it holds it ({@link Completions}).
 */
public final class InKernelStack implements FamilyOwner, DriverTimer {
    /** Memory for datagrams in frames that the link wants back before they are received: what the stack's own queues have. */
    private static final int RECALLED_BYTES = 16 << 20;

    private final ReentrantLock kernelLock;
    private final NetworkStack stack;
    private final SocketTable sockets;
    private final ReadinessSets readinessSets;
    private final SocketTraps calls;
    private final Runnable wakeInterruptThread;
    private final Waits waits;
    private final Completions ofInterruptThread;
    private final Completions ofTrapThread;

    /** When the stack wants its timer; written under the kernel lock, read by the interrupt thread without. */
    private volatile long deadlineNs = Long.MAX_VALUE;

    /**
     * A stack that sends to {@code output}.
     *
     * @param gate where the socket calls come from
     * @param loans where its frames come from; what is not received yet stays there
     * @param wakeInterruptThread makes the interrupt thread ask for {@link #nextDeadlineNs} again
     */
    public InKernelStack(
            StackConfiguration configuration,
            CallGate gate,
            FrameOutput output,
            FrameLoans loans,
            ReentrantLock kernelLock,
            Crossings crossings,
            Runnable wakeInterruptThread) {
        this.kernelLock = kernelLock;
        this.wakeInterruptThread = wakeInterruptThread;
        stack = new NetworkStack(configuration, output);
        stack.conflictListener(new ConflictLog(configuration.mac()));
        ofInterruptThread = new Completions(Waits.atMost(gate));
        ofTrapThread = new Completions(Waits.atMost(gate));
        waits = new Waits(gate.slots(), ofTrapThread);
        sockets = new SocketTable(stack, loans, new MemoryBudget(RECALLED_BYTES), crossings, waits);
        readinessSets = new ReadinessSets(waits);
        calls = new SocketTraps(sockets, readinessSets, crossings);
        deadlineNs = stack.nextDeadlineNs();
        loans.onRecall(this::onRecall);
    }

    /** On the interrupt thread, between frames. */
    private void onRecall(long loan) {
        kernelLock.lock();
        try {
            sockets.recall(loan);
        } finally {
            kernelLock.unlock();
        }
    }

    @Override
    public String ownerName() {
        return "the in-kernel stack";
    }

    @Override
    public void onFamilyFrame(MemorySegment memory, long offset, int lengthBytes) {
        kernelLock.lock();
        try {
            long nowNs = System.nanoTime();
            sockets.enter(ofInterruptThread, nowNs);
            stack.onFrame(memory, offset, lengthBytes, nowNs);
            settle(nowNs);
        } finally {
            kernelLock.unlock();
            // Also when the frame's handling failed: who has been given a datagram must not wait for another one.
            ofInterruptThread.completeAll();
        }
    }

    @Override
    public long nextDeadlineNs() {
        return deadlineNs;
    }

    @Override
    public void onTimer(long nowNs) {
        kernelLock.lock();
        try {
            sockets.enter(ofInterruptThread, nowNs);
            waits.onTimer(nowNs);
            stack.onTimer(nowNs);
            settle(nowNs);
        } finally {
            kernelLock.unlock();
            ofInterruptThread.completeAll();
        }
    }

    /** Whether a trap number is one of a socket call. */
    public static boolean serves(int trapNumber) {
        return TrapNumber.isSocketCall(trapNumber);
    }

    /** Serves a socket trap, on the trap thread; one that must wait is completed later. */
    public void onTrap(TrapFrame frame) {
        long result;
        boolean earlier;
        kernelLock.lock();
        try {
            long nowNs = System.nanoTime();
            sockets.enter(ofTrapThread, nowNs);
            result = calls.call(frame, nowNs);
            earlier = settle(nowNs);
        } finally {
            kernelLock.unlock();
            ofTrapThread.completeAll();
        }
        if (result != SocketTraps.KEPT) {
            frame.complete(result);
        }
        if (earlier) {
            wakeInterruptThread.run();
        }
    }

    /** Closes the sockets of a caller that died, and its sets of them, on the trap thread. */
    public void onCallerDeath(int caller) {
        boolean earlier;
        kernelLock.lock();
        try {
            long nowNs = System.nanoTime();
            sockets.enter(ofTrapThread, nowNs);
            // In this order, since a socket leaves all its sets at once.
            sockets.closeAllOf(caller, nowNs);
            readinessSets.closeAllOf(caller);
            earlier = settle(nowNs);
        } finally {
            kernelLock.unlock();
            ofTrapThread.completeAll();
        }
        if (earlier) {
            wakeInterruptThread.run();
        }
    }

    /** Does what the stack wants done at once, and says whether its next deadline came nearer. */
    private boolean settle(long nowNs) {
        long next = nextDeadlineOfAll();
        if (next == Long.MIN_VALUE) {
            stack.onTimer(nowNs);
            next = nextDeadlineOfAll();
        }
        long before = deadlineNs;
        if (next == before) {
            return false;
        }
        deadlineNs = next;
        if (next == Long.MIN_VALUE || before == Long.MAX_VALUE) {
            return true;
        }
        return next != Long.MAX_VALUE && before != Long.MIN_VALUE && next - before < 0;
    }

    private long nextDeadlineOfAll() {
        return Math.min(stack.nextDeadlineNs(), waits.nextDeadlineNs());
    }

    /** Tells the stack's counters. */
    public void tellCounters(ObjLongConsumer<String> consumer) {
        kernelLock.lock();
        try {
            for (StackCounter counter : StackCounter.values()) {
                consumer.accept(counter.toString(), stack.counters().get(counter));
            }
            consumer.accept("TRAPS_WAITING", waits.kept());
            consumer.accept("RECALLED_BYTES", sockets.recalledBytes());
            consumer.accept("READINESS_SETS", readinessSets.size());
            consumer.accept("TCP_SOCKETS", stack.tcp().openSockets());
            consumer.accept("TCP_CONNECTIONS", stack.tcp().connections());
            consumer.accept("TCP_CLOSING", stack.tcp().closingConnections());
            consumer.accept("TCP_BUFFER_BYTES", stack.tcp().bufferBytes());
        } finally {
            kernelLock.unlock();
        }
    }
}
