package org.machbed.kernel.device;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.window.BufferMagazine;
import org.machbed.ipc.window.BufferPools;
import org.machbed.ipc.window.Descriptor;
import org.machbed.ipc.window.Window;
import org.machbed.ipc.window.WindowConsumer;
import org.machbed.ipc.window.WindowProducer;
import org.machbed.ipc.window.WindowQueue;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.proto.device.DeviceMapRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's side of a window (reynolds91). Frames of its families go into buffers of its pools and through its IN queue,
 * on the interrupt thread; what its owner puts on the OUT queue goes to the wire when the owner starts the device by a trap.
 */
final class KernelWindow implements FamilyOwner {
    private static final Logger LOG = LoggerFactory.getLogger(KernelWindow.class);

    /** Frames that one turn takes from the OUT queue under the kernel lock; the interrupt thread goes on with the rest. */
    static final int DRAIN_BUDGET = 64;

    private final NetworkDevice device;
    private final Window window;
    private final BufferPools pools;
    private final WindowProducer in;

    /** Guarded by the kernel lock. */
    private final WindowConsumer out;

    /** The device's: lets {@link #close} wait for the interrupt thread, which has it for a whole turn where there is a session level. */
    private final ReentrantLock inputLock;

    private final MemorySegment memory;
    private int handle;

    /** Written under both locks, read under either. */
    private boolean closed;

    /** Guarded by the kernel lock. */
    private long refusedSeen;

    /** Whether its owner has cut its memory short: nothing more is sent from there. Guarded by the kernel lock. */
    private boolean cutShort;

    /** The same on the way in. Guarded by {@link #inputLock}. */
    private boolean cutShortIn;

    /** Guarded by {@link #inputLock}. */
    private final CopiesOfTurn copiesIn = new CopiesOfTurn();

    /** Guarded by {@link #inputLock}. */
    private final BufferMagazine buffersIn;

    /** What its owner may send. Guarded by the kernel lock. */
    private OutgoingGuard guard = OutgoingGuard.ANYTHING;

    /** Guarded by the kernel lock. */
    private final CopiesOfTurn copiesOut = new CopiesOfTurn();

    /** Guarded by the kernel lock. */
    private final BufferMagazine buffersOut;

    private KernelWindow(NetworkDevice device, Window window) {
        this.device = device;
        this.window = window;
        memory = window.memory();
        inputLock = device.inputLock();
        pools = window.pools();
        buffersIn = new BufferMagazine(pools);
        buffersOut = new BufferMagazine(pools);
        in = window.producer(device.crossings());
        out = window.consumer();
        // Nobody consumes until the owner starts the device.
        out.becomeIdle();
    }

    /**
     * Makes a window for a request (dev_map) and gives it its families.
     *
     * @throws DeviceException when the request makes no sense, a family has an owner, or there is no room
     */
    static KernelWindow map(NetworkDevice device, HostDirectory host, DeviceMapRequest request) throws DeviceException {
        WindowShape shape = WindowShape.of(request, device.maximumFrameBytes());
        KernelWindow mapped = make(device, host, shape);
        try {
            device.claimFamilies(
                    mapped,
                    shape.etherTypes().stream().mapToInt(Integer::intValue).toArray());
            return mapped;
        } catch (DeviceException e) {
            mapped.close();
            throw e;
        }
    }

    /**
     * Makes a window that no frames come to yet.
     *
     * @throws DeviceException when there is no room
     */
    static KernelWindow make(NetworkDevice device, HostDirectory host, WindowShape shape) throws DeviceException {
        Window window;
        try {
            window = Window.create(host.fresh("window"), shape.configuration());
        } catch (IOException e) {
            throw new DeviceException(DeviceError.NO_MEMORY, String.valueOf(e.getMessage()));
        }
        KernelWindow made = new KernelWindow(device, window);
        device.attachWindow(made);
        return made;
    }

    /** Bounds what the owner may send, before it can send. */
    void guard(OutgoingGuard newGuard) {
        device.kernelLock().lock();
        try {
            guard = newGuard;
        } finally {
            device.kernelLock().unlock();
        }
    }

    Path path() {
        return window.path();
    }

    /** Its name in traps; guarded by the kernel lock. */
    int handle() {
        return handle;
    }

    void handle(int newHandle) {
        handle = newHandle;
    }

    @Override
    public String ownerName() {
        return "another window";
    }

    @Override
    public void onFamilyFrame(MemorySegment frame, long offset, int lengthBytes) {
        put(frame, offset, lengthBytes);
    }

    /**
     * Puts a copy of a frame on the IN queue; answers whether, and counts it if not. By the interrupt thread, at the end of whose turn
     * the owner is started.
     */
    boolean put(MemorySegment frame, long offset, int lengthBytes) {
        // Held for the turn already, where there is a session level: to take it again would be an atomic operation a
        // frame.
        if (inputLock.isHeldByCurrentThread()) {
            return !closed && enqueueUnlessCutShort(frame, offset, lengthBytes);
        }
        inputLock.lock();
        try {
            return !closed && enqueueUnlessCutShort(frame, offset, lengthBytes);
        } finally {
            inputLock.unlock();
        }
    }

    private boolean enqueueUnlessCutShort(MemorySegment frame, long offset, int lengthBytes) {
        DropReason reason = DropReason.WINDOW_CUT_SHORT;
        if (!cutShortIn) {
            try {
                reason = enqueue(frame, offset, lengthBytes);
            } catch (InternalError e) {
                cutShortIn = true;
                LOG.warn("the owner of the window {} has cut its memory short: it gets no more frames", path(), e);
            }
        }
        if (reason != null) {
            device.drop(reason);
        }
        return reason == null;
    }

    /** Answers why it could not. */
    private @Nullable DropReason enqueue(MemorySegment frame, long offset, int lengthBytes) {
        if (lengthBytes > pools.bufferBytes()) {
            return DropReason.WINDOW_FRAME_TOO_LONG;
        }
        int buffer = buffersIn.allocate();
        if (buffer == BufferPools.NONE) {
            return DropReason.WINDOW_NO_BUFFER;
        }
        MemorySegment.copy(frame, offset, memory, pools.offset(buffer), lengthBytes);
        countCopyIn(lengthBytes);
        if (!in.put(Descriptor.pack(buffer, 0, lengthBytes))) {
            buffersIn.free(buffer);
            return DropReason.WINDOW_QUEUE_FULL;
        }
        return null;
    }

    private void countCopyIn(int lengthBytes) {
        if (copiesIn.isEmpty()) {
            // The first of this turn: at its end they are counted and, above all, the owner is started.
            device.atEndOfTurn(this);
        }
        copiesIn.add(lengthBytes);
    }

    /** After {@link #put}, once for all frames of a turn: counts what was copied, and starts the owner if it is idle. */
    void endOfTurn() {
        inputLock.lock();
        try {
            copiesIn.count(device.crossings());
            if (!closed && !cutShortIn) {
                buffersIn.unload();
                in.start();
            }
        } catch (InternalError e) {
            cutShortIn = true;
            LOG.warn("the owner of the window {} has cut its memory short: it gets no more frames", path(), e);
        } finally {
            inputLock.unlock();
        }
    }

    /** Frames ever put on the IN queue; what was dropped is not among them. */
    long framesIn() {
        inputLock.lock();
        try {
            return in.sentDescriptors();
        } finally {
            inputLock.unlock();
        }
    }

    /** Frames on the IN queue that the owner has not taken, by its own word; very many where it has spoilt the queue. */
    long framesLeft() {
        inputLock.lock();
        try {
            if (closed) {
                return 0;
            }
            return cutShortIn ? Integer.MAX_VALUE : in.outstandingDescriptors();
        } catch (InternalError e) {
            cutShortIn = true;
            return Integer.MAX_VALUE;
        } finally {
            inputLock.unlock();
        }
    }

    /** The owner's trap: it has put frames on the OUT queue while nobody consumed. */
    void start() {
        device.startWindow(this);
    }

    /**
     * Sends what the owner has put on the OUT queue, one budget of it; guarded by the kernel lock.
     *
     * @return whether there is more
     */
    boolean drainOutQueue() {
        if (closed || cutShort) {
            return false;
        }
        try {
            return drain();
        } catch (InternalError e) {
            cutShort = true;
            LOG.warn("the owner of the window {} has cut its memory short: nothing more is sent from it", path(), e);
            return false;
        }
    }

    private boolean drain() {
        guard.begin();
        try {
            return drainAdmitted();
        } finally {
            guard.end();
            endDrain();
        }
    }

    private void endDrain() {
        try {
            device.wire().flush();
        } finally {
            countRefused();
            copiesOut.count(device.crossings());
            buffersOut.unload();
        }
    }

    private boolean drainAdmitted() {
        out.becomeBusy();
        int budget = DRAIN_BUDGET;
        do {
            for (long descriptor = out.poll(); descriptor != WindowQueue.NONE; descriptor = out.poll()) {
                transmit(descriptor);
                if (--budget == 0) {
                    return true;
                }
            }
        } while (!out.becomeIdle() && --budget > 0);
        return budget <= 0;
    }

    private void transmit(long descriptor) {
        int lengthBytes = Descriptor.lengthBytes(descriptor);
        if (lengthBytes < LinkEnd.HEADER_BYTES || lengthBytes > LinkEnd.HEADER_BYTES + device.mtuBytes()) {
            device.drop(DropReason.WINDOW_BAD_DESCRIPTOR);
        } else {
            FrameBuffer frame = device.wire().allocate(lengthBytes);
            if (frame == null) {
                device.drop(DropReason.WIRE_FULL);
            } else {
                device.copyOrRelease(memory, window.frameOffset(descriptor), frame, lengthBytes);
                copiesOut.add(lengthBytes);
                transmitIfAdmitted(frame);
            }
        }
        buffersOut.free(Descriptor.buffer(descriptor));
    }

    private void transmitIfAdmitted(FrameBuffer frame) {
        boolean admitted = false;
        try {
            admitted = guard.admits(frame.memory, frame.offset, frame.length);
        } finally {
            // Also where another station has cut the wire's memory short.
            if (!admitted) {
                device.wire().release(frame);
            }
        }
        if (admitted) {
            device.wire().transmitMore(frame);
        }
    }

    /** Descriptors that named no room were skipped by the queue; each was a frame that its owner meant to send. */
    private void countRefused() {
        for (long refused = out.refusedDescriptors(); refusedSeen < refused; refusedSeen++) {
            device.drop(DropReason.WINDOW_BAD_DESCRIPTOR);
        }
    }

    /** Takes the families back, unmaps the window and removes its files; a second close is ignored. */
    void close() {
        device.detachWindow(this);
        device.kernelLock().lock();
        inputLock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            window.close();
        } finally {
            inputLock.unlock();
            device.kernelLock().unlock();
        }
        try {
            window.unlink();
        } catch (IOException e) {
            LOG.warn("cannot remove the window {}", window.path(), e);
        }
    }
}
