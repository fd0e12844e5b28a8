package org.machbed.ipc.chronicle;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.window.CountedRollCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames of bytes from one producer to one consumer through a Chronicle Queue. Bytes are credit: the producer has no more than
 * {@link #MAX_OUTSTANDING_BYTES} on the way. The files roll after as many bytes, and the producer deletes those that the consumer
 * has passed, so at most three exist, however long the queue is used.
 *
 * <p>Each side is used by one thread at a time. Files or counters that the other side has damaged break the queue, not the
 * process: it then takes and gives nothing.
 */
public final class FrameQueue implements AutoCloseable {
    /** Room for the shared counters; zero bytes at first. */
    public static final int CONTROL_BYTES = FrameQueueControl.BYTES;

    /** Longest frame. */
    public static final int MAX_FRAME_BYTES = 384 * 1024;

    /** Most bytes, {@link #FRAME_OVERHEAD_BYTES} of each frame included, that are produced and not consumed. */
    public static final int MAX_OUTSTANDING_BYTES = 1024 * 1024;

    /** What a frame takes beyond its bytes. */
    public static final int FRAME_OVERHEAD_BYTES = 16;

    /** What {@link #poll} answers when there is nothing. */
    public static final int NONE = -1;

    private static final Logger LOG = LoggerFactory.getLogger(FrameQueue.class);
    private static final int FILE_BYTES = 1024 * 1024;

    /** Mapped at a time; a quarter of it, which may lie across the border of two blocks, holds the longest frame. */
    private static final int BLOCK_BYTES = 2 * 1024 * 1024;

    static {
        // A thread that watches the disk: these files are in memory and bounded.
        System.setProperty("chronicle.disk.monitor.disable", "true");
        System.setProperty("chronicle.announcer.disable", "true");
    }

    private final Path path;
    private final FrameQueueControl control;
    private final SingleChronicleQueue queue;
    private final @Nullable ExcerptAppender appender;
    private final @Nullable ExcerptTailer tailer;

    /** Producer: files written to and where, in bytes since the start, each begins; oldest first. */
    private final Deque<Written> files = new ArrayDeque<>();

    /** Bytes that this side has produced or consumed; its shared counter is only a copy. */
    private long position;

    /** Producer: the furthest that the consumer has told; it cannot go back. */
    private long consumedSeen;

    /** Producer: the file written to last, by number. */
    private long lastCycle = -1;

    private volatile boolean broken;

    private record Written(File file, long beginBytes) {}

    private FrameQueue(Path path, MemorySegment memory, long offset, boolean producer) {
        this.path = path;
        this.control = new FrameQueueControl(memory, offset);
        this.queue = SingleChronicleQueueBuilder.binary(path)
                .rollCycle(new CountedRollCycle())
                .timeProvider(this::cycle)
                .blockSize(BLOCK_BYTES)
                .build();
        this.appender = producer ? queue.createAppender() : null;
        this.tailer = producer ? null : queue.createTailer();
        if (producer) {
            onlyOurs(path.resolve("metadata.cq4t"));
        }
        if (appender != null) {
            appender.singleThreadedCheckDisabled(true);
        }
        if (tailer != null) {
            tailer.singleThreadedCheckDisabled(true);
        }
    }

    /** Number of the file that is written to, or read, next; Chronicle's notion of time here. */
    private long cycle() {
        return position / FILE_BYTES;
    }

    /** The producing side of the queue in directory {@code path}, with its counters at {@code offset} of {@code memory}. */
    public static FrameQueue producer(Path path, MemorySegment memory, long offset) {
        return new FrameQueue(path, memory, offset, true);
    }

    /** The consuming side. */
    public static FrameQueue consumer(Path path, MemorySegment memory, long offset) {
        return new FrameQueue(path, memory, offset, false);
    }

    /**
     * Produces a frame of the first {@code length} bytes.
     *
     * @return false when there is no room for it, or the queue is broken
     * @throws IllegalArgumentException when it is longer than {@link #MAX_FRAME_BYTES}
     */
    public boolean offer(byte[] frame, int length) {
        ExcerptAppender to = appender;
        if (to == null) {
            throw new IllegalStateException("the consumer of a queue does not produce");
        }
        if (length > MAX_FRAME_BYTES) {
            throw new IllegalArgumentException("a frame of " + length + " bytes, more than " + MAX_FRAME_BYTES);
        }
        if (outstandingBytes() + length + FRAME_OVERHEAD_BYTES > MAX_OUTSTANDING_BYTES) {
            return false;
        }
        try {
            long cycle = cycle();
            try (DocumentContext document = to.writingDocument()) {
                // With its length, since an excerpt may be padded.
                document.wire().bytes().writeInt(length).write(frame, 0, length);
            }
            if (cycle != lastCycle) {
                // Not by a StoreFileListener, which Chronicle calls later and on a thread of its own.
                lastCycle = cycle;
                begun(new Written(to.currentFile(), position));
            }
        } catch (RuntimeException | InternalError e) {
            breakQueue(e);
            return false;
        }
        position += length + FRAME_OVERHEAD_BYTES;
        control.produced(position);
        return true;
    }

    /** Producer: bytes produced and not consumed; very many when the queue is broken. */
    public long outstandingBytes() {
        long consumed = broken ? -1 : control.consumed();
        if (!broken && (consumed < consumedSeen || consumed > position)) {
            breakQueue(new IllegalStateException(consumed + " of " + position + " bytes said to be consumed"));
        }
        if (broken) {
            return Integer.MAX_VALUE;
        }
        consumedSeen = consumed;
        return position - consumed;
    }

    /** Producer: asks to be told, by {@link #roomIsWanted}, when more is consumed. Look at the room again after this. */
    public void wantRoom() {
        control.wantRoom(true);
    }

    /** Consumer: whether the producer waits for room, once: the caller then rings its doorbell. */
    public boolean roomIsWanted() {
        if (!control.wantRoom()) {
            return false;
        }
        control.wantRoom(false);
        return true;
    }

    /** Consumer: whether there may be something. */
    public boolean hasWork() {
        return !broken && control.produced() != position;
    }

    /**
     * Consumes the next frame.
     *
     * @param target at least {@link #MAX_FRAME_BYTES} long
     * @return its length, or {@link #NONE} when there is nothing
     */
    public int poll(byte[] target) {
        ExcerptTailer from = tailer;
        if (from == null) {
            throw new IllegalStateException("the producer of a queue does not consume");
        }
        if (!hasWork()) {
            return NONE;
        }
        try (DocumentContext document = from.readingDocument()) {
            if (!document.isPresent()) {
                throw new IllegalStateException("a frame was announced and is not there");
            }
            int length = document.wire().bytes().readInt();
            long present = document.wire().bytes().readRemaining();
            if (length < 0 || length > present || length > MAX_FRAME_BYTES) {
                throw new IllegalStateException("a frame of " + length + " bytes in an excerpt of " + present);
            }
            document.wire().bytes().read(target, 0, length);
            position += length + FRAME_OVERHEAD_BYTES;
            control.consumed(position);
            return length;
        } catch (RuntimeException | InternalError e) {
            breakQueue(e);
            return NONE;
        }
    }

    /** Whether the other side, or the memory, has damaged the queue. */
    public boolean isBroken() {
        return broken;
    }

    private void breakQueue(Throwable cause) {
        broken = true;
        LOG.warn("queue {} is broken", path, cause);
    }

    @Override
    public void close() {
        queue.close();
    }

    /** Chronicle creates its files with the process's mask; what is in shared memory here has mode 0600. */
    private static void onlyOurs(Path file) {
        try {
            Files.setPosixFilePermissions(
                    file, Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
        } catch (IOException e) {
            LOG.warn("cannot close {} to others", file, e);
        }
    }

    /** A file is begun: deletes those before it that end before what the consumer has told that it has passed. */
    private void begun(Written file) {
        onlyOurs(file.file().toPath());
        files.addLast(file);
        Written oldest = files.removeFirst();
        while (!files.isEmpty() && files.getFirst().beginBytes() <= consumedSeen) {
            if (!oldest.file().delete() && oldest.file().exists()) {
                LOG.warn("cannot delete {}", oldest.file());
            }
            oldest = files.removeFirst();
        }
        files.addFirst(oldest);
    }
}
