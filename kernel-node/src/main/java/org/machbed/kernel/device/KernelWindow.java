package org.machbed.kernel.device;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.HostDirectory;
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

    /**
     * Lets {@link #close} wait for the interrupt thread; the kernel lock would be held while the owner is woken. In the order of locks it
     * comes after the kernel lock and that of the session level.
     */
    private final ReentrantLock inLock = new ReentrantLock();

    private final MemorySegment memory;
    private int handle;

    /** Written under both locks, read under either. */
    private boolean closed;

    /** Guarded by the kernel lock. */
    private long refusedSeen;

    /** Whether its owner has cut its memory short: nothing more is sent from there. Guarded by the kernel lock. */
    private boolean cutShort;

    /** The same on the way in. Guarded by {@link #inLock}. */
    private boolean cutShortIn;

    /** Guarded by {@link #inLock}. */
    private final CopiesOfTurn copiesIn = new CopiesOfTurn();

    /** What its owner may send. Guarded by the kernel lock. */
    private OutgoingGuard guard = OutgoingGuard.ANYTHING;

    /** Guarded by the kernel lock. */
    private final CopiesOfTurn copiesOut = new CopiesOfTurn();

    private KernelWindow(NetworkDevice device, Window window) {
        this.device = device;
        this.window = window;
        memory = window.memory();
        pools = window.pools();
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
        inLock.lock();
        try {
            return !closed && enqueueUnlessCutShort(frame, offset, lengthBytes);
        } finally {
            inLock.unlock();
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
        int buffer = pools.allocate();
        if (buffer == BufferPools.NONE) {
            return DropReason.WINDOW_NO_BUFFER;
        }
        MemorySegment.copy(frame, offset, memory, pools.offset(buffer), lengthBytes);
        countCopyIn(lengthBytes);
        if (!in.put(Descriptor.pack(buffer, 0, lengthBytes))) {
            pools.free(buffer);
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
        inLock.lock();
        try {
            copiesIn.count(device.crossings());
            if (!closed && !cutShortIn) {
                in.start();
            }
        } catch (InternalError e) {
            cutShortIn = true;
            LOG.warn("the owner of the window {} has cut its memory short: it gets no more frames", path(), e);
        } finally {
            inLock.unlock();
        }
    }

    /** Frames ever put on the IN queue; what was dropped is not among them. */
    long framesIn() {
        inLock.lock();
        try {
            return in.sentDescriptors();
        } finally {
            inLock.unlock();
        }
    }

    /** Frames on the IN queue that the owner has not taken, by its own word; very many where it has spoilt the queue. */
    long framesLeft() {
        inLock.lock();
        try {
            if (closed) {
                return 0;
            }
            return cutShortIn ? Integer.MAX_VALUE : in.outstandingDescriptors();
        } catch (InternalError e) {
            cutShortIn = true;
            return Integer.MAX_VALUE;
        } finally {
            inLock.unlock();
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
            countRefused();
            copiesOut.count(device.crossings());
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
            FrameBuffer frame = device.output().allocate(lengthBytes);
            if (frame == null) {
                device.drop(DropReason.WIRE_FULL);
            } else {
                device.copyOrRelease(memory, window.frameOffset(descriptor), frame, lengthBytes);
                copiesOut.add(lengthBytes);
                if (guard.admits(frame.memory, frame.offset, lengthBytes)) {
                    device.output().transmit(frame);
                } else {
                    device.output().release(frame);
                }
            }
        }
        pools.free(Descriptor.buffer(descriptor));
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
        inLock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            window.close();
        } finally {
            inLock.unlock();
            device.kernelLock().unlock();
        }
        try {
            window.unlink();
        } catch (IOException e) {
            LOG.warn("cannot remove the window {}", window.path(), e);
        }
    }
}
