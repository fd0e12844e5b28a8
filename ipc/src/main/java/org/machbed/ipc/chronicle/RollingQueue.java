package org.machbed.ipc.chronicle;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.memory.Sharing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Chronicle Queue from one producer to one consumer, with what it lacks: flow control, and an end to its files. Whoever uses it
 * counts in units of its own, bytes or entries. The producer has no more on the way than its credit; the files roll after as many
 * units; and whenever the producer begins a file it deletes, there and then, those that the consumer has left. So at most three
 * stay, of which each holds a credit or more, however long the queue is used.
 *
 * <p>Not by a StoreFileListener, which Chronicle calls later and on a thread of its own: a busy host may not get to it.
 *
 * <p>Each side is used by one thread at a time. Files or counters that the other side has damaged break the queue, not the
 * process: whoever meets the damage calls {@link #breakUp}, and the queue is of no use any more.
 */
public final class RollingQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RollingQueue.class);

    /** Mapped at a time; a quarter of it, which may lie across the border of two blocks, holds the longest entry. */
    private static final int BLOCK_BYTES = 2 << 20;

    /** Less than this is no room for the next file. */
    private static final long LEAST_ROOM_BYTES = 64 << 10;

    static {
        // A thread that watches the disk: these files are in memory and bounded.
        System.setProperty("chronicle.disk.monitor.disable", "true");
        System.setProperty("chronicle.announcer.disable", "true");
        // Otherwise each file that is begun is a line in the log.
        Jvm.disablePerfHandler();
        Jvm.disableDebugHandler();
    }

    private final Path path;
    private final QueueProgress progress;
    private final long creditUnits;
    private final long fileUnits;
    private final SingleChronicleQueue queue;
    private final @Nullable ExcerptAppender appender;
    private final @Nullable ExcerptTailer tailer;

    /** Producer: the files that are there and where, in units since the start, each begins; oldest first. */
    private final Deque<Written> files = new ArrayDeque<>();

    /** Units that this side has produced or consumed; its shared counter is only a copy. */
    private long position;

    /** Producer: the furthest that the consumer has told; it cannot go back. */
    private long consumedSeen;

    /** Producer: the file written to last, by number. */
    private long lastCycle = -1;

    private volatile boolean broken;

    private record Written(File file, long beginUnits) {}

    private RollingQueue(Path path, QueueProgress progress, long creditUnits, long fileUnits, boolean producer) {
        if (creditUnits > fileUnits) {
            // The consumer could be more than two files behind.
            throw new IllegalArgumentException(creditUnits + " units of credit, but a file holds " + fileUnits);
        }
        this.path = path;
        this.progress = progress;
        this.creditUnits = creditUnits;
        this.fileUnits = fileUnits;
        makeDirectory(path);
        makeFile(path.resolve("metadata.cq4t"));
        this.queue = SingleChronicleQueueBuilder.binary(path)
                .rollCycle(new CountedRollCycle())
                .timeProvider(this::cycle)
                .blockSize(BLOCK_BYTES)
                .build();
        try {
            this.appender = producer ? queue.createAppender() : null;
            this.tailer = producer ? null : queue.createTailer();
        } catch (Throwable e) {
            queue.close();
            throw e;
        }
        if (appender != null) {
            appender.singleThreadedCheckDisabled(true);
        }
        if (tailer != null) {
            tailer.singleThreadedCheckDisabled(true);
        }
    }

    /**
     * The producing side of the queue in directory {@code path}.
     *
     * @param creditUnits the most that is produced and not consumed
     * @param fileUnits what goes into a file, at least the credit
     */
    public static RollingQueue producer(Path path, QueueProgress progress, long creditUnits, long fileUnits) {
        return new RollingQueue(path, progress, creditUnits, fileUnits, true);
    }

    /** The consuming side; the sizes are those of the producer. */
    public static RollingQueue consumer(Path path, QueueProgress progress, long creditUnits, long fileUnits) {
        return new RollingQueue(path, progress, creditUnits, fileUnits, false);
    }

    /** Number of the file that is written to, or read, next; Chronicle's notion of time here. */
    private long cycle() {
        return position / fileUnits;
    }

    /** Units that this side has produced or consumed. */
    public long position() {
        return position;
    }

    /** Producer: whether there is credit for so many more units. */
    public boolean hasCredit(long units) {
        if (appender == null) {
            throw new IllegalStateException("the consumer of a queue does not produce");
        }
        if (!broken && position + units - consumedSeen > creditUnits) {
            believeConsumer();
        }
        return !broken && position + units - consumedSeen <= creditUnits;
    }

    /** Producer: units produced and not consumed; very many when the queue is broken. */
    public long outstandingUnits() {
        believeConsumer();
        return broken ? Integer.MAX_VALUE : position - consumedSeen;
    }

    /** The consumer's word, as far as it is possible. */
    private void believeConsumer() {
        long consumed = progress.consumed();
        if (consumed >= consumedSeen && consumed <= position) {
            consumedSeen = consumed;
        } else if (!broken) {
            breakUp(new IllegalStateException(consumed + " of " + position + " units said to be consumed"));
        }
    }

    /** Producer: an entry to be written, for which there is credit; close it, then call {@link #wrote}. */
    public DocumentContext write() {
        ExcerptAppender to = appender;
        if (to == null) {
            throw new IllegalStateException("the consumer of a queue does not produce");
        }
        if (cycle() != lastCycle) {
            makeFile(path.resolve(CountedRollCycle.fileName(cycle())));
        }
        return to.writingDocument();
    }

    /** Producer: the entry is there; tells the consumer. */
    public void wrote(long units) {
        ExcerptAppender to = appender;
        long cycle = cycle();
        if (cycle != lastCycle && to != null) {
            lastCycle = cycle;
            begun(new Written(to.currentFile(), position));
        }
        position += units;
        progress.produced(position);
    }

    /** Consumer: the next entry, perhaps not present; what it holds is the other side's word. */
    public DocumentContext read() {
        ExcerptTailer from = tailer;
        if (from == null) {
            throw new IllegalStateException("the producer of a queue does not consume");
        }
        return from.readingDocument();
    }

    /** Consumer: the entry was read; tells the producer. */
    public void consumed(long units) {
        position += units;
        progress.consumed(position);
    }

    /** Whether the other side, or the memory, has damaged the queue. */
    public boolean isBroken() {
        return broken;
    }

    /** Damage was met: the queue is closed to both sides. */
    public void breakUp(Throwable cause) {
        broken = true;
        LOG.warn("queue {} is broken{}", path, hasRoom() ? "" : ": no space is left on its file system", cause);
    }

    /** A full file system shows as a fault of the memory that is mapped from it. */
    private boolean hasRoom() {
        try {
            return Files.getFileStore(path).getUsableSpace() >= LEAST_ROOM_BYTES;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() {
        queue.close();
    }

    /**
     * A file is begun: deletes those that the consumer has left. It has when it has consumed of the next one; at that one's
     * beginning it may still have to read in the old file that this is its end.
     */
    private void begun(Written file) {
        files.addLast(file);
        believeConsumer();
        Written oldest = files.removeFirst();
        while (!files.isEmpty() && files.getFirst().beginUnits() < consumedSeen) {
            if (!oldest.file().delete() && oldest.file().exists()) {
                LOG.warn("cannot delete {}", oldest.file());
            }
            oldest = files.removeFirst();
        }
        files.addFirst(oldest);
    }

    /** Whoever is first makes it; Chronicle would make it with the process's mask. */
    private static void makeDirectory(Path path) {
        try {
            if (!Files.isDirectory(path)) {
                Sharing.createDirectory(path);
            }
        } catch (FileAlreadyExistsException e) {
            LOG.debug("the other side of {} was first", path);
        } catch (IOException e) {
            throw new UncheckedIOException("no directory for queue " + path, e);
        }
    }

    /** So are its files: the other side may open one as soon as it is there. */
    private static void makeFile(Path file) {
        try {
            Sharing.createMemoryUnlessThere(file);
        } catch (IOException e) {
            throw new UncheckedIOException("no file " + file + " for a queue", e);
        }
    }
}
