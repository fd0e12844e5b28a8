package org.machbed.kernel.port;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.chronicle.FrameQueuePair;
import org.machbed.ipc.chronicle.IdleBell;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.ipc.process.HostDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Chronicle side of the kernel: one thread that takes the frames of all tasks attached this way, and relays them. It waits on
 * one bell, which all of them ring.
 */
final class ChronicleKernel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChronicleKernel.class);

    /** Frames taken from one task before the next one's turn. */
    private static final int BUDGET = 64;

    /** The kernel looks this often even if not rung: a task may have damaged the bell, which is in memory of all. */
    private static final long LONGEST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private final HostDirectory host;
    private final Relay relay;
    private final SharedMemory memory;
    private final IdleBell bell;
    private final Consumer<String> onFailure;
    private final Thread thread;
    private final List<ChronicleAttachment> attachments = new CopyOnWriteArrayList<>();

    /** Attachments that have ended and whose files could not be deleted yet; only for the thread. */
    private final List<ChronicleAttachment> undeleted = new ArrayList<>();

    /** When the thread tries again to delete them. */
    private long nextDeleteNs;

    private volatile boolean stopped;

    private ChronicleKernel(HostDirectory host, Relay relay, SharedMemory memory, Consumer<String> onFailure) {
        this.host = host;
        this.relay = relay;
        this.memory = memory;
        this.bell = new IdleBell(memory.segment(), 0);
        this.onFailure = onFailure;
        this.thread = Thread.ofPlatform().daemon().name("kernel-frames").unstarted(this::run);
    }

    /** @param onFailure told when the thread ends with an error: no task that is attached this way is served any more */
    static ChronicleKernel start(HostDirectory host, Relay relay, Consumer<String> onFailure) throws IOException {
        SharedMemory memory = SharedMemory.create(host.resolve(FrameQueuePair.KERNEL_BELL_FILE), IdleBell.BYTES);
        ChronicleKernel kernel = new ChronicleKernel(host, relay, memory, onFailure);
        kernel.thread.start();
        return kernel;
    }

    /**
     * Attaches a task through new queues.
     *
     * @param endStream ends the task's stream when its queues cannot be used any more
     * @return {@code null} when the kernel has as many tasks as it takes
     */
    @Nullable
    ChronicleAttachment attach(String name, Runnable endStream) throws IOException {
        Path directory = host.fresh("chronicle");
        ChronicleAttachment attachment = ChronicleAttachment.create(directory, relay, name, endStream, bell);
        if (attachment != null) {
            attachments.add(attachment);
        }
        return attachment;
    }

    private void run() {
        try {
            serve();
        } catch (RuntimeException | Error e) {
            LOG.error("the thread of the Chronicle queues failed", e);
            onFailure.accept("the thread of the Chronicle queues failed: " + e);
        } finally {
            undeleted.addAll(attachments);
            undeleted.removeIf(ChronicleKernel::delete);
        }
    }

    private void serve() {
        while (!stopped) {
            if (drain()) {
                continue;
            }
            bell.markIdle();
            if (hasWork() || stopped) {
                bell.markBusy();
            } else {
                bell.await(LONGEST_WAIT_NS);
            }
        }
    }

    private boolean drain() {
        boolean worked = false;
        boolean anyEnded = false;
        for (ChronicleAttachment attachment : attachments) {
            if (attachment.ended()) {
                anyEnded = true;
            } else {
                worked |= drain(attachment);
            }
        }
        if (anyEnded) {
            attachments.removeIf(attachment -> attachment.ended() && undeleted.add(attachment));
            nextDeleteNs = System.nanoTime();
        }
        if (!undeleted.isEmpty() && System.nanoTime() - nextDeleteNs >= 0) {
            undeleted.removeIf(ChronicleKernel::delete);
            nextDeleteNs = System.nanoTime() + LONGEST_WAIT_NS;
        }
        return worked;
    }

    /** Whatever one task's frames or damaged memory bring about, an Error too, ends that task and no other. */
    private static boolean drain(ChronicleAttachment attachment) {
        try {
            return attachment.drain(BUDGET);
        } catch (RuntimeException | Error e) {
            abort(attachment, e);
            return true;
        }
    }

    private boolean hasWork() {
        for (ChronicleAttachment attachment : attachments) {
            try {
                if (attachment.hasWork()) {
                    return true;
                }
            } catch (RuntimeException | Error e) {
                abort(attachment, e);
                return true;
            }
        }
        return false;
    }

    private static void abort(ChronicleAttachment attachment, Throwable cause) {
        LOG.error("the frames of {} could not be handled", attachment.task(), cause);
        try {
            attachment.abort();
        } catch (RuntimeException | Error e) {
            LOG.error("{} could not be ended in order", attachment.task(), e);
        }
    }

    /** A task that is still dying may make files in its queues meanwhile. */
    private static boolean delete(ChronicleAttachment attachment) {
        try {
            attachment.delete();
            return true;
        } catch (IOException | RuntimeException | Error e) {
            LOG.warn("cannot delete the queues of {} yet", attachment.task(), e);
            return false;
        }
    }

    /** The bell is in memory of all tasks. Unrung, the thread looks before long, unless that memory has ended it. */
    private void ring() {
        try {
            bell.ring();
        } catch (InternalError e) {
            LOG.warn("{} was shortened", memory.path(), e);
        }
    }

    @Override
    public void close() {
        stopped = true;
        ring();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        try {
            memory.unlink();
        } catch (IOException e) {
            LOG.warn("cannot delete {}", memory.path(), e);
        }
        memory.close();
    }
}
