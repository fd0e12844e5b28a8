package org.machbed.server.unix;

import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.netstack.NetworkStack;
import org.machbed.server.driver.FrameOwner;
import org.machbed.server.driver.FrameSink;

/**
 * The way of a packet in, over two threads: the network input thread, wired to a kernel thread of its own, does what BSD does in
 * the interrupt handler (ether_input): it queues the packet and requests a software interrupt at {@link Spl#NET}. The netisr
 * thread takes the packets from the queue and runs the protocols (ipintr, arpintr). It runs the protocols' timers too.
 */
final class ProtocolInput implements FrameSink, Runnable {
    /** The period of tcp_fasttimo (PR_FASTHZ: 5 in a second). */
    private static final long FAST_TIMEOUT_NS = 200_000_000;

    private final BsdKernel kernel;
    private final Spl.SoftInterrupt softInterrupt;
    private final LongSupplier clockNs;
    private final InterfaceQueue inputQueue = new InterfaceQueue(); // guarded by IMP
    private final Object handledChannel = new Object();
    private @Nullable NetworkStack stack; // guarded by NET
    private @Nullable EarlyInput early; // guarded by NET
    private long queuedPackets; // guarded by IMP
    private long handledPackets; // guarded by NET
    private boolean isAwaited; // guarded by NET
    private @Nullable Mbuf packet; // guarded by NET: the packet that the protocols are looking at
    private long sleepsUntilNs = Long.MIN_VALUE; // guarded by NET
    private boolean isStopped; // guarded by NET
    private long timerRuns; // written at NET; others may read a little late

    ProtocolInput(BsdKernel kernel, LongSupplier clockNs) {
        this.kernel = kernel;
        this.clockNs = clockNs;
        softInterrupt =
                kernel.spl().softInterrupt(Spl.NET, () -> kernel.sleepQueues().wakeup(this));
    }

    /** Tells the protocols, before the first thread runs. */
    void attach(NetworkStack stack) {
        int s = kernel.spl().splnet();
        this.stack = stack;
        kernel.spl().splx(s);
    }

    /** Tells what keeps frames back from the protocols, before the first thread runs. */
    void attach(EarlyInput keeper) {
        int s = kernel.spl().splnet();
        early = keeper;
        kernel.spl().splx(s);
    }

    /** The interrupt handler: wraps or copies the frame into an mbuf, queues it, and asks for the software interrupt. */
    @Override
    public void onFrame(MemorySegment memory, long offset, int lengthBytes, FrameOwner owner, long cookie) {
        int s = kernel.spl().splimp();
        try {
            Mbuf received = mbufOf(memory, offset, lengthBytes, owner, cookie);
            if (received == null) {
                kernel.crossings().count(Crossing.FRAMES_DROPPED);
                return;
            }
            etherInput(received);
        } finally {
            kernel.spl().splx(s);
        }
    }

    private @Nullable Mbuf mbufOf(MemorySegment memory, long offset, int lengthBytes, FrameOwner owner, long cookie) {
        if (owner.isLent()) {
            Mbuf received = kernel.mbufs().getExternal(memory, offset, lengthBytes, owner, cookie);
            if (received == null) {
                owner.free(cookie);
            }
            return received;
        }
        Mbuf received = kernel.mbufs().getCopy(memory, offset, lengthBytes);
        if (received != null) {
            kernel.crossings().copy(lengthBytes);
        }
        owner.free(cookie);
        return received;
    }

    private void etherInput(Mbuf received) {
        int s = kernel.spl().splimp();
        boolean queued = inputQueue.enqueue(received);
        queuedPackets += queued ? 1 : 0;
        softInterrupt.post();
        kernel.spl().splx(s);
        if (!queued) {
            kernel.crossings().count(Crossing.FRAMES_DROPPED);
            kernel.mbufs().freePacket(received);
        }
    }

    /** The netisr thread. */
    @Override
    public void run() {
        Spl spl = kernel.spl();
        int s = spl.splnet();
        NetworkStack protocols = stack;
        if (protocols == null) {
            throw new IllegalStateException("the netisr thread runs before there are protocols");
        }
        while (!isStopped) {
            for (Mbuf next = dequeue(); next != null; next = dequeue()) {
                handle(protocols, next);
            }
            tellHandled();
            long nowNs = clockNs.getAsLong();
            if (earlyDeadlineNs() <= nowNs) {
                takeOverdue(nowNs);
            } else if (protocols.nextDeadlineNs() <= nowNs) {
                protocols.onTimer(nowNs);
                timerRuns++;
            } else {
                sleepUntil(wakeUpNs(protocols, nowNs), nowNs);
            }
        }
        spl.splx(s);
    }

    private void handle(NetworkStack protocols, Mbuf next) {
        long nowNs = clockNs.getAsLong();
        packet = next;
        if (early == null || !early.takes(next.memory, next.offset, next.lengthBytes, nowNs)) {
            protocols.onFrame(next.memory, next.offset, next.lengthBytes, nowNs);
        }
        kernel.mbufs().freePacket(packet);
        packet = null;
        handledPackets++;
    }

    private void tellHandled() {
        if (isAwaited) {
            isAwaited = false;
            kernel.sleepQueues().wakeup(handledChannel);
        }
    }

    /** Packets ever queued; called at {@link Spl#NET}. */
    long queuedPackets() {
        int s = kernel.spl().splimp();
        long queued = queuedPackets;
        kernel.spl().splx(s);
        return queued;
    }

    /**
     * Whether so many of the queued packets have been handled; when not, {@link #handledChannel} is woken once more are. Called at
     * {@link Spl#NET}.
     */
    boolean isHandled(long packets) {
        if (handledPackets >= packets) {
            return true;
        }
        isAwaited = true;
        return false;
    }

    /** What whoever waits for packets to be handled sleeps on. */
    Object handledChannel() {
        return handledChannel;
    }

    /**
     * When to look at the timers again: at the next deadline, and while there are connections at every softclock tick too. So what a
     * call sets to later than the next tick, as a send does its retransmission, need not wake this thread.
     */
    private long wakeUpNs(NetworkStack protocols, long nowNs) {
        long deadlineNs = deadlineNs(protocols);
        return protocols.tcp().connections() == 0 ? deadlineNs : Math.min(deadlineNs, nowNs + FAST_TIMEOUT_NS);
    }

    /** Of the protocols, or of a session that is to be given back. */
    private long deadlineNs(NetworkStack protocols) {
        return Math.min(protocols.nextDeadlineNs(), earlyDeadlineNs());
    }

    private long earlyDeadlineNs() {
        return early == null ? Long.MAX_VALUE : early.nextDeadlineNs();
    }

    private void takeOverdue(long nowNs) {
        if (early != null) {
            early.takeOverdue(nowNs);
        }
    }

    private void sleepUntil(long wakeUpNs, long nowNs) {
        sleepsUntilNs = wakeUpNs;
        kernel.sleepQueues().tsleep(this, wakeUpNs == Long.MAX_VALUE ? Long.MAX_VALUE : wakeUpNs - nowNs);
    }

    private @Nullable Mbuf dequeue() {
        int s = kernel.spl().splimp();
        Mbuf next = inputQueue.dequeue();
        kernel.spl().splx(s);
        return next;
    }

    /**
     * The mbuf of data that the protocols hand up: the packet itself, cut to the data, when that is where the data lies,
     * otherwise (a reassembled datagram) a copy. Called at {@link Spl#NET}.
     *
     * @return {@code null} when there is no mbuf
     */
    @Nullable
    Mbuf takePacket(MemorySegment memory, long offset, int lengthBytes) {
        Mbuf current = packet;
        if (current != null && current.memory.equals(memory) && offset >= current.offset) {
            packet = null;
            current.trim(offset - current.offset, lengthBytes);
            return current;
        }
        Mbuf copy = kernel.mbufs().getCopy(memory, offset, lengthBytes);
        if (copy != null) {
            kernel.crossings().copy(lengthBytes);
        }
        return copy;
    }

    /** The protocols, or a session that was recalled, may want the timer earlier than the netisr thread sleeps; called at {@link Spl#NET}. */
    void deadlineMayHaveChanged() {
        NetworkStack protocols = stack;
        if (protocols != null && deadlineNs(protocols) < sleepsUntilNs) {
            kernel.sleepQueues().wakeup(this);
        }
    }

    /** How often the protocols' timers ran. */
    long timerRuns() {
        return timerRuns;
    }

    /** Ends the netisr thread. */
    void stop() {
        int s = kernel.spl().splnet();
        isStopped = true;
        kernel.sleepQueues().wakeup(this);
        kernel.spl().splx(s);
    }
}
