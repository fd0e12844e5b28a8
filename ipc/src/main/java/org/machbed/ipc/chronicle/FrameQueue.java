package org.machbed.ipc.chronicle;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Frames of bytes from one producer to one consumer through a {@link RollingQueue} that counts bytes: no more than
 * {@link #MAX_OUTSTANDING_BYTES} are on the way. A damaged queue takes and gives nothing.
 */
public final class FrameQueue implements AutoCloseable {
    /** Room for the shared counters; zero bytes at first. */
    public static final int CONTROL_BYTES = QueueControl.BYTES;

    /** Longest frame. */
    public static final int MAX_FRAME_BYTES = 384 * 1024;

    /** Most bytes, {@link #FRAME_OVERHEAD_BYTES} of each frame included, that are produced and not consumed. */
    public static final int MAX_OUTSTANDING_BYTES = 1024 * 1024;

    /** What a frame takes beyond its bytes. */
    public static final int FRAME_OVERHEAD_BYTES = 16;

    /** What {@link #poll} answers when there is nothing. */
    public static final int NONE = -1;

    private static final int FILE_BYTES = 1024 * 1024;

    private final QueueControl control;
    private final RollingQueue queue;

    private FrameQueue(QueueControl control, RollingQueue queue) {
        this.control = control;
        this.queue = queue;
    }

    /** The producing side of the queue in directory {@code path}, with its counters at {@code offset} of {@code memory}. */
    public static FrameQueue producer(Path path, MemorySegment memory, long offset) {
        QueueControl control = new QueueControl(memory, offset);
        return new FrameQueue(control, RollingQueue.producer(path, control, MAX_OUTSTANDING_BYTES, FILE_BYTES));
    }

    /** The consuming side. */
    public static FrameQueue consumer(Path path, MemorySegment memory, long offset) {
        QueueControl control = new QueueControl(memory, offset);
        return new FrameQueue(control, RollingQueue.consumer(path, control, MAX_OUTSTANDING_BYTES, FILE_BYTES));
    }

    /**
     * Produces a frame of the first {@code length} bytes.
     *
     * @return false when there is no room for it, or the queue is broken
     * @throws IllegalArgumentException when it is longer than {@link #MAX_FRAME_BYTES}
     */
    public boolean offer(byte[] frame, int length) {
        if (length > MAX_FRAME_BYTES) {
            throw new IllegalArgumentException("a frame of " + length + " bytes, more than " + MAX_FRAME_BYTES);
        }
        if (!queue.hasCredit(length + FRAME_OVERHEAD_BYTES)) {
            return false;
        }
        try {
            try (DocumentContext document = queue.write()) {
                // With its length, since an excerpt may be padded.
                document.wire().bytes().writeInt(length).write(frame, 0, length);
            }
            queue.wrote(length + FRAME_OVERHEAD_BYTES);
            return true;
        } catch (RuntimeException | InternalError e) {
            queue.breakUp(e);
            return false;
        }
    }

    /** Producer: bytes produced and not consumed; very many when the queue is broken. */
    public long outstandingBytes() {
        return queue.outstandingUnits();
    }

    /** Producer: asks to be told, by {@link #roomIsWanted}, when more is consumed. Look at the room again after this. */
    public void wantRoom() {
        control.waiting(true);
    }

    /** Consumer: whether the producer waits for room, once: the caller then rings its doorbell. */
    public boolean roomIsWanted() {
        if (!control.isWaiting()) {
            return false;
        }
        control.waiting(false);
        return true;
    }

    /** Consumer: whether there may be something. */
    public boolean hasWork() {
        return !queue.isBroken() && control.produced() != queue.position();
    }

    /**
     * Consumes the next frame.
     *
     * @param target at least {@link #MAX_FRAME_BYTES} long
     * @return its length, or {@link #NONE} when there is nothing
     */
    public int poll(byte[] target) {
        if (!hasWork()) {
            return NONE;
        }
        try (DocumentContext document = queue.read()) {
            if (!document.isPresent()) {
                throw new IllegalStateException("a frame was announced and is not there");
            }
            int length = document.wire().bytes().readInt();
            long present = document.wire().bytes().readRemaining();
            if (length < 0 || length > present || length > MAX_FRAME_BYTES) {
                throw new IllegalStateException("a frame of " + length + " bytes in an excerpt of " + present);
            }
            document.wire().bytes().read(target, 0, length);
            queue.consumed(length + FRAME_OVERHEAD_BYTES);
            return length;
        } catch (RuntimeException | InternalError e) {
            queue.breakUp(e);
            return NONE;
        }
    }

    /** Whether the other side, or the memory, has damaged the queue. */
    public boolean isBroken() {
        return queue.isBroken();
    }

    @Override
    public void close() {
        queue.close();
    }
}
