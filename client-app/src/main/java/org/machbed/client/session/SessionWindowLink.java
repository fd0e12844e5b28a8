package org.machbed.client.session;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.OneWayTrap;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapException;
import org.machbed.ipc.window.BufferMagazine;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.QueueKind;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowConsumer;
import org.machbed.ipc.window.WindowQueue;
import org.machbed.link.FrameHandler;
import org.machbed.link.FrameLoans;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.link.window.WindowOutput;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.proto.trap.TrapNumber;

/**
 * An application's end of the link, as far as its sessions go: its session window. Frames of its sessions come in, where the kernel
 * has copied them, and what it sends goes to the wire when it is its sessions'. The kernel is started by a trap only when it is idle, and
 * the trap is not waited for: who sends goes on to wait for an answer, and is woken by that alone.
 *
 * <p>The trap is counted in the crossings; the link's own counters have no doorbells.
 */
public final class SessionWindowLink implements LinkEnd, HeldFrames {
    private static final int NO_BUFFER = -1;

    private final Window window;
    private final CallGate gate;
    private final TrapCaller caller;
    private final OneWayTrap starter;
    private final WindowConsumer in;
    private final WindowOutput out;

    /** Buffers of frames that were handled, in which others are composed. Guarded by the library's lock. */
    private final BufferMagazine buffers;

    private final WindowLoans loans;
    private final LinkCounters counters = new LinkCounters();
    private final MacAddress address;
    private final int mtuBytes;
    private final PortName port;
    private final long number;
    private final int trapHandle;

    /** The buffer of the frame that is being handed over, until it is kept. */
    private int handedOver = NO_BUFFER;

    private volatile long framesTaken;
    private volatile @Nullable String lost;

    /** Guarded by this: the kernel's death is told by another thread. */
    private boolean isClosed;

    private SessionWindowLink(
            SessionWindowMapping mapping, Window window, CallGate gate, TrapCaller caller, OneWayTrap starter) {
        this.window = window;
        this.gate = gate;
        this.caller = caller;
        this.starter = starter;
        this.port = mapping.port();
        this.address = mapping.address();
        this.mtuBytes = mapping.reply().getMtuBytes();
        this.number = mapping.reply().getWindow();
        this.trapHandle = mapping.reply().getTrapHandle();
        this.in = window.consumer();
        this.buffers = new BufferMagazine(window.pools());
        this.loans = new WindowLoans(window);
        this.out =
                new WindowOutput(window, window.producer(this::startKernel), HEADER_BYTES + mtuBytes, reason -> drop());
    }

    /**
     * Maps the session window of a task, which has none yet. The window lasts as long as the task.
     *
     * @param queue what its queues are made of
     * @param crossings where starting the kernel is counted
     * @throws IOException when the host's kernel gives out no session windows, or refuses
     */
    public static SessionWindowLink open(MachTask task, HostDirectory host, QueueKind queue, Crossings crossings)
            throws IOException {
        SessionWindowMapping mapping = SessionWindowMapping.map(task, queue);
        Window window = Window.open(mapping.path(host));
        try {
            SessionWindowLink link = open(mapping, window, CallGate.open(host.kernelGate()), crossings);
            task.onKernelDeath(() -> link.lose("the kernel has died"));
            return link;
        } catch (IOException | RuntimeException e) {
            window.close();
            throw e;
        }
    }

    private static SessionWindowLink open(
            SessionWindowMapping mapping, Window window, CallGate gate, Crossings crossings) throws IOException {
        try {
            TrapCaller caller = gate.caller(crossings);
            try {
                return new SessionWindowLink(mapping, window, gate, caller, caller.oneWay(TrapNumber.WINDOW_START));
            } catch (RuntimeException e) {
                caller.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            gate.close();
            throw e;
        }
    }

    /** Names the window: who is given a copy of this right can have sessions switched here. */
    public PortName port() {
        return port;
    }

    @Override
    public void holdBack() {
        out.holdBack(window.configuration().buffers(), buffers);
    }

    @Override
    public void letGo() {
        out.flush();
        buffers.unload();
    }

    /** The window's number in what the kernel says of sessions. */
    public long number() {
        return number;
    }

    /**
     * Frames that have been taken in, and handled, since the start; those that named no room are counted too. Compare with what the
     * kernel says to have put on the queue. Any thread.
     */
    public long framesTaken() {
        return framesTaken;
    }

    @Override
    public MacAddress address() {
        return address;
    }

    @Override
    public int mtuBytes() {
        return mtuBytes;
    }

    /** @throws LinkLostException when nothing can come any more */
    @Override
    public boolean await(long timeoutNs) {
        requireNotLost();
        // There is time now for what the kernel could not free.
        window.pools().freeDeferred();
        return in.await(timeoutNs);
    }

    /** @throws LinkLostException when nothing can come any more */
    @Override
    public int poll(FrameHandler handler, int budget) {
        try {
            return take(handler, budget);
        } finally {
            framesTaken = in.takenDescriptors();
            buffers.unload();
        }
    }

    private int take(FrameHandler handler, int budget) {
        for (int frames = 0; frames < budget; frames++) {
            long descriptor = in.poll();
            if (descriptor == WindowQueue.NONE) {
                requireNotLost();
                return frames;
            }
            handOver(descriptor, handler);
        }
        return budget;
    }

    private void handOver(long descriptor, FrameHandler handler) {
        int lengthBytes = Descriptor.lengthBytes(descriptor);
        counters.count(LinkCounter.FRAMES_RECEIVED);
        counters.add(LinkCounter.BYTES_RECEIVED, lengthBytes);
        handedOver = Descriptor.buffer(descriptor);
        try {
            handler.onFrame(window.memory(), window.frameOffset(descriptor), lengthBytes);
        } finally {
            if (handedOver != NO_BUFFER) {
                buffers.free(handedOver);
                handedOver = NO_BUFFER;
            }
        }
    }

    private void requireNotLost() {
        String reason = in.isBroken() ? "the IN queue of the window " + window.path() + " is broken" : lost;
        if (reason != null) {
            throw new LinkLostException("no more frames come: " + reason);
        }
    }

    private synchronized void lose(String reason) {
        lost = reason;
        if (!isClosed) {
            in.wakeUp();
        }
    }

    @Override
    public void wakeUp() {
        in.wakeUp();
    }

    @Override
    public long keep(MemorySegment memory) {
        if (handedOver == NO_BUFFER || !memory.equals(window.memory())) {
            return FrameLoans.NONE;
        }
        long loan = loans.keep(handedOver);
        if (loan != FrameLoans.NONE) {
            handedOver = NO_BUFFER;
        }
        return loan;
    }

    @Override
    public void giveBack(long loan) {
        loans.giveBack(loan);
    }

    /** Nothing is asked back: see {@link WindowLoans}. */
    @Override
    public void onRecall(LongConsumer keeper) {}

    @Override
    public boolean recalls() {
        return false;
    }

    @Override
    public int roomsToLend() {
        return out.mostRooms();
    }

    @Override
    public boolean lendRoom(FrameBuffer room) {
        return out.lend(room);
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        return out.allocate(lengthBytes);
    }

    private void drop() {
        counters.count(LinkCounter.DROPPED_RING_FULL);
    }

    @Override
    public void transmit(FrameBuffer frame) {
        counters.count(LinkCounter.FRAMES_SENT);
        counters.add(LinkCounter.BYTES_SENT, frame.length);
        out.transmit(frame);
    }

    @Override
    public void release(FrameBuffer frame) {
        out.release(frame);
    }

    /** The frame is on the queue: when the kernel is gone, that is what is lost. */
    private void startKernel() {
        try {
            long answerBefore = starter.call(trapHandle);
            if (TrapNumber.isError(answerBefore)) {
                lose("the kernel answers the trap that starts it with " + answerBefore);
            }
        } catch (TrapException e) {
            lose(String.valueOf(e.getMessage()));
        }
    }

    /** Buffers of the window that are neither on a queue, nor kept, nor lent; 0 once it is unmapped. */
    synchronized int freeBuffers() {
        return isClosed ? 0 : window.pools().freeBuffers();
    }

    @Override
    public LinkCounters counters() {
        return counters;
    }

    /** Unmaps the window, which stays the task's until the task ends or gives {@link #port} up. */
    @Override
    public synchronized void close() {
        isClosed = true;
        starter.close();
        caller.close();
        gate.close();
        window.close();
    }
}
