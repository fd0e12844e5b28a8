package org.machbed.kernel.port;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.chronicle.FrameQueue;
import org.machbed.ipc.chronicle.FrameQueuePair;
import org.machbed.ipc.chronicle.IdleBell;
import org.machbed.kernel.port.PortCounters.Count;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.Operation;
import org.machbed.proto.mach.TaskFrame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task attached through Chronicle queues, as the kernel sees it. Frames from it are taken by the kernel's Chronicle thread;
 * frames to it are written under the relay's lock.
 */
final class ChronicleAttachment implements TaskOutput {
    private static final Logger LOG = LoggerFactory.getLogger(ChronicleAttachment.class);

    /** Bytes on the way to a task beyond which messages stay in their ports' queues; answers may still be sent. */
    private static final long SLOW_BYTES = 256 * 1024;

    private final Relay relay;
    private final Path directory;
    private final FrameQueuePair queues;
    private final Runnable endStream;
    private final IdleBell kernelBell;
    private final byte[] incoming = new byte[FrameQueue.MAX_FRAME_BYTES];
    private final byte[] outgoing = new byte[FrameQueue.MAX_FRAME_BYTES];
    private @Nullable Task task;

    /** The task was found slow and waits for {@link Relay#onReady}. */
    private volatile boolean slow;

    private volatile boolean aborted;
    private volatile boolean ended;

    private ChronicleAttachment(
            Path directory, FrameQueuePair queues, Relay relay, Runnable endStream, IdleBell kernelBell) {
        this.directory = directory;
        this.queues = queues;
        this.relay = relay;
        this.endStream = endStream;
        this.kernelBell = kernelBell;
    }

    static @Nullable ChronicleAttachment create(
            Path directory, Relay relay, String name, Runnable endStream, IdleBell kernelBell) throws IOException {
        FrameQueuePair queues = FrameQueuePair.create(directory);
        ChronicleAttachment attachment = new ChronicleAttachment(directory, queues, relay, endStream, kernelBell);
        attachment.task = relay.attach(name, attachment);
        if (attachment.task == null) {
            attachment.delete();
            return null;
        }
        return attachment;
    }

    Task task() {
        if (task == null) {
            throw new IllegalStateException("not attached");
        }
        return task;
    }

    String directoryName() {
        return String.valueOf(directory.getFileName());
    }

    boolean hasWork() {
        return ended || (!aborted && (queues.incoming().hasWork() || hasBecomeReady()));
    }

    private boolean hasBecomeReady() {
        return slow && queues.outgoing().outstandingBytes() < SLOW_BYTES;
    }

    /** Relays frames, {@code budget} at most; answers whether there was any. */
    boolean drain(int budget) {
        if (aborted) {
            return false;
        }
        boolean worked = false;
        for (int i = 0; i < budget; i++) {
            int length = queues.incoming().poll(incoming);
            if (length < 0) {
                break;
            }
            worked = true;
            if (queues.incoming().roomIsWanted()) {
                queues.roomBell().ring();
            }
            relay(length);
        }
        if (queues.incoming().isBroken()) {
            abort();
        }
        if (hasBecomeReady()) {
            slow = false;
            relay.onReady(task());
            worked = true;
        }
        return worked;
    }

    private void relay(int length) {
        try {
            TaskFrame frame = TaskFrame.parser().parseFrom(incoming, 0, length);
            if (frame.getOperation() == Operation.ATTACH) {
                relay.counters.count(Count.MALFORMED_FRAMES);
            } else {
                relay.onFrame(task(), frame);
            }
        } catch (InvalidProtocolBufferException e) {
            relay.counters.count(Count.MALFORMED_FRAMES);
            LOG.warn("{} sends frames that make no sense: {}", task, e.getMessage());
            abort();
        }
    }

    /** Ends the task: its queues are damaged, or it sends what makes no sense, or it does not read its answers. */
    void abort() {
        if (!aborted) {
            aborted = true;
            endStream.run();
        }
    }

    @Override
    public void deliver(KernelFrame frame) {
        if (aborted) {
            return;
        }
        int length = frame.getSerializedSize();
        try {
            CodedOutputStream output = CodedOutputStream.newInstance(outgoing, 0, length);
            frame.writeTo(output);
            output.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("a frame does not fit in its own size", e);
        }
        try {
            if (queues.outgoing().offer(outgoing, length)) {
                queues.taskBell().ringIfIdle();
            } else {
                LOG.warn("{} does not read its answers, or its queue is broken", task);
                relay.afterUnlock(this::abort);
            }
        } catch (InternalError e) {
            memoryIsGone(e);
        }
    }

    /** The task has shortened the files that it shares. Another's frame is being relayed: that one must not fail for it. */
    private void memoryIsGone(InternalError fault) {
        LOG.warn("the memory of {} is gone", task, fault);
        relay.afterUnlock(this::abort);
    }

    @Override
    public boolean isReady() {
        try {
            return hasRoom();
        } catch (InternalError e) {
            memoryIsGone(e);
            return false;
        }
    }

    private boolean hasRoom() {
        FrameQueue queue = queues.outgoing();
        if (queue.outstandingBytes() < SLOW_BYTES) {
            return true;
        }
        slow = true;
        queue.wantRoom();
        return queue.outstandingBytes() < SLOW_BYTES;
    }

    /** The task is gone from the relay; the Chronicle thread will close and delete the queues. */
    void end() {
        ended = true;
        kernelBell.ringIfIdle();
    }

    boolean ended() {
        return ended;
    }

    /**
     * Closes and deletes the queues; by the only thread that still uses them.
     *
     * @throws IOException when they could not be deleted; call it again later
     */
    void delete() throws IOException {
        queues.close();
        FrameQueuePair.delete(directory);
    }
}
