package org.machbed.ipc.window;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.StoreFileListener;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A window's queue made of Chronicle Queue files, one appender and one tailer. Chronicle has no flow control and its files
 * only grow, so credits bound what is outstanding, the files roll after a fixed number of descriptors, and the producer
 * deletes what the consumer must have passed. A file takes about 1 MiB and at most three exist. A descriptor costs no
 * garbage; beginning a file costs some 13 KiB on the two sides together (0.2 bytes a descriptor).
 *
 * <p>Files that the other side has damaged end the queue, not the process: it then refuses and delivers nothing.
 */
final class ChronicleWindowQueue implements WindowQueue {
    /** Descriptors in a file. At least the most credits, or the consumer could be two files behind. */
    static final int CYCLE_DESCRIPTORS = 65_536;

    private static final Logger LOG = LoggerFactory.getLogger(ChronicleWindowQueue.class);
    /** Mapped at a time; a whole file fits. */
    private static final int BLOCK_BYTES = 2 << 20;

    static {
        // A thread that watches the disk: these files are in memory and bounded.
        System.setProperty("chronicle.disk.monitor.disable", "true");
        System.setProperty("chronicle.announcer.disable", "true");
        // Otherwise each file that is begun is a line in the log.
        Jvm.disablePerfHandler();
        Jvm.disableDebugHandler();
    }

    private final Path path;
    private final QueueControl control;
    private final int capacity;
    private final SingleChronicleQueue queue;
    private final @Nullable ExcerptAppender appender;
    private final @Nullable ExcerptTailer tailer;

    /** Producer: files written to, oldest first. */
    private final Deque<File> files = new ArrayDeque<>();

    /** Descriptors that this side has produced or consumed; its shared counter is only a copy. */
    private long count;

    /** Producer: the highest that the consumer has told; it cannot go back. */
    private long consumedSeen;

    /** Consumer: a produced count for which no descriptor was there, so it is not work. */
    private long phantom = -1;

    private boolean broken;

    ChronicleWindowQueue(Path path, QueueControl control, int capacity, boolean producer) {
        if (capacity > CYCLE_DESCRIPTORS) {
            throw new IllegalArgumentException(capacity + " credits, but a file holds " + CYCLE_DESCRIPTORS);
        }
        this.path = path;
        this.control = control;
        this.capacity = capacity;
        this.queue = SingleChronicleQueueBuilder.binary(path)
                .rollCycle(new CountedRollCycle())
                .timeProvider(() -> count / CYCLE_DESCRIPTORS)
                .blockSize(BLOCK_BYTES)
                .storeFileListener(producer ? new WrittenFiles() : StoreFileListener.noOp())
                .build();
        this.appender = producer ? queue.createAppender() : null;
        this.tailer = producer ? null : queue.createTailer();
        if (appender != null) {
            appender.singleThreadedCheckDisabled(true);
        }
        if (tailer != null) {
            tailer.singleThreadedCheckDisabled(true);
        }
    }

    @Override
    public boolean offer(long descriptor) {
        ExcerptAppender to = appender;
        if (to == null) {
            throw new IllegalStateException("the consumer of a queue does not produce");
        }
        if (!hasCredit()) {
            return false;
        }
        try {
            try (DocumentContext document = to.writingDocument()) {
                document.wire().bytes().writeLong(descriptor);
            }
            count++;
            control.produced(count);
            return true;
        } catch (RuntimeException | InternalError e) {
            breakQueue(e);
            return false;
        }
    }

    /** Credits by the consumer's word, believed only when it is possible. */
    private boolean hasCredit() {
        if (broken) {
            return false;
        }
        if (count - consumedSeen < capacity) {
            return true;
        }
        long consumed = control.consumed();
        if (consumed < consumedSeen || consumed > count) {
            breakQueue(new IllegalStateException(consumed + " of " + count + " descriptors said to be consumed"));
            return false;
        }
        consumedSeen = consumed;
        return count - consumed < capacity;
    }

    @Override
    public long poll() {
        ExcerptTailer from = tailer;
        if (from == null) {
            throw new IllegalStateException("the producer of a queue does not consume");
        }
        if (isEmpty()) {
            return NONE;
        }
        long announced = control.produced();
        try (DocumentContext document = from.readingDocument()) {
            if (!document.isPresent()) {
                phantom = announced;
                return NONE;
            }
            long descriptor = document.wire().bytes().readLong();
            count++;
            control.consumed(count);
            return descriptor;
        } catch (RuntimeException | InternalError e) {
            breakQueue(e);
            return NONE;
        }
    }

    @Override
    public boolean isEmpty() {
        return noWork(control.produced());
    }

    private boolean noWork(long produced) {
        return broken || produced == count || produced == phantom;
    }

    @Override
    public boolean markIdleUnlessWork() {
        control.idle(true);
        if (noWork(control.producedAfterIdle())) {
            return true;
        }
        control.idle(false);
        return false;
    }

    @Override
    public void markBusy() {
        control.idle(false);
    }

    @Override
    public boolean consumerIdle() {
        return control.idle();
    }

    private void breakQueue(Throwable cause) {
        broken = true;
        LOG.error("queue {} is broken and closed to both sides", path, cause);
    }

    @Override
    public void close() {
        queue.close();
    }

    /** Deletes, when a file is begun, those that lie more than one behind: credits say that the consumer is past them. */
    private final class WrittenFiles implements StoreFileListener {
        @Override
        public void onAcquired(int cycle, File file) {
            if (!file.equals(files.peekLast())) {
                files.addLast(file);
            }
            while (files.size() > 2) {
                File passed = files.removeFirst();
                if (!passed.delete() && passed.exists()) {
                    LOG.warn("cannot delete {}", passed);
                }
            }
        }

        @Override
        public void onReleased(int cycle, File file) {
            // Deleted by count, not by release.
        }
    }
}
