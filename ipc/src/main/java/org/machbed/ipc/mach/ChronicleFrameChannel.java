package org.machbed.ipc.mach;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.chronicle.FrameQueue;
import org.machbed.ipc.chronicle.FrameQueuePair;
import org.machbed.ipc.chronicle.IdleBell;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.TaskFrame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task's pair of Chronicle Queues. The task attaches through a gRPC stream, which carries nothing after that and ends when
 * either side dies.
 */
final class ChronicleFrameChannel implements FrameChannel {
    private static final Logger LOG = LoggerFactory.getLogger(ChronicleFrameChannel.class);

    /** How long a thread waits for room in the queue to the kernel before it looks whether the kernel is still there. */
    private static final long ROOM_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final HostDirectory host;
    private final FrameReceiver receiver;
    private final GrpcFrameChannel stream;
    private final byte[] outgoing = new byte[FrameQueue.MAX_FRAME_BYTES];
    private final Thread reader;
    /** Made by the thread that attaches, read by that of the stream too, which may end at any time. */
    private volatile @Nullable FrameQueuePair queues;

    private @Nullable SharedMemory kernelMemory;
    private @Nullable IdleBell kernelBell;

    /** Keeps the queues open while a frame is sent. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock. */
    private boolean closed;

    private final AtomicBoolean ending = new AtomicBoolean();
    private volatile boolean ended;

    ChronicleFrameChannel(HostDirectory host, String taskName, FrameReceiver receiver) {
        this.host = host;
        this.receiver = receiver;
        this.reader = Thread.ofPlatform().daemon().name(taskName + "-frames").unstarted(this::read);
        this.stream = new GrpcFrameChannel(host.kernelSocket(), taskName, new FrameReceiver() {
            @Override
            public void onFrame(KernelFrame frame) {
                receiver.onFrame(frame);
            }

            @Override
            public void onEnd(String why) {
                end(why);
            }
        });
    }

    @Override
    public void attached(KernelFrame answer) throws MachException {
        try {
            kernelMemory = SharedMemory.open(host.resolve(FrameQueuePair.KERNEL_BELL_FILE));
            kernelBell = new IdleBell(kernelMemory.segment(), 0);
            queues = FrameQueuePair.open(host.resolve(answer.getText()));
        } catch (IOException e) {
            throw new MachException(MachCode.KERN_FAILURE, "the kernel's queues cannot be opened", e);
        }
        reader.start();
    }

    private FrameQueuePair queues() {
        if (queues == null) {
            throw new IllegalStateException("not attached");
        }
        return queues;
    }

    @Override
    public void send(TaskFrame frame) throws MachException {
        lock.lock();
        try {
            if (closed) {
                throw new MachException(MachCode.KERN_TERMINATED, "the task is closed");
            }
            IdleBell bell = kernelBell;
            if (bell == null) {
                stream.send(frame);
            } else {
                produce(frame, bell);
            }
        } finally {
            lock.unlock();
        }
    }

    private void produce(TaskFrame frame, IdleBell bell) throws MachException {
        int length = frame.getSerializedSize();
        if (length > outgoing.length) {
            throw new MachException(MachCode.MACH_SEND_TOO_LARGE, "a frame of " + length + " bytes");
        }
        try {
            CodedOutputStream output = CodedOutputStream.newInstance(outgoing, 0, length);
            frame.writeTo(output);
            output.flush();
        } catch (IOException e) {
            throw new IllegalStateException("a frame does not fit in its own size", e);
        }
        // An interrupt would close the queue's files under everybody's feet when Chronicle maps the next block.
        boolean interrupted = Thread.interrupted();
        try {
            offer(length);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        bell.ringIfIdle();
    }

    private void offer(int length) throws MachException {
        FrameQueue queue = queues().outgoing();
        while (!ended && !queue.offer(outgoing, length)) {
            awaitRoom(queue, length);
        }
        if (ended) {
            throw new MachException(MachCode.KERN_TERMINATED, "the queue to the kernel has ended");
        }
    }

    /** Waits for the kernel to consume; it always does while it lives, since it waits for nobody. */
    private void awaitRoom(FrameQueue queue, int length) throws MachException {
        if (queue.isBroken()) {
            throw new MachException(MachCode.KERN_TERMINATED, "the queue to the kernel is broken");
        }
        queue.wantRoom();
        if (queue.outstandingBytes() + length + FrameQueue.FRAME_OVERHEAD_BYTES > FrameQueue.MAX_OUTSTANDING_BYTES) {
            queues().roomBell().await(ROOM_WAIT_NS);
        }
    }

    private void read() {
        FrameQueue queue = queues().incoming();
        IdleBell bell = queues().taskBell();
        byte[] frame = new byte[FrameQueue.MAX_FRAME_BYTES];
        while (!ended) {
            int length = queue.poll(frame);
            if (length >= 0) {
                if (queue.roomIsWanted() && kernelBell != null) {
                    kernelBell.ringIfIdle();
                }
                received(frame, length);
            } else if (queue.isBroken()) {
                end("the queue from the kernel is broken");
            } else {
                bell.markIdle();
                if (queue.hasWork() || ended) {
                    bell.markBusy();
                } else {
                    bell.await(Long.MAX_VALUE);
                }
            }
        }
    }

    private void received(byte[] frame, int length) {
        try {
            receiver.onFrame(KernelFrame.parser().parseFrom(frame, 0, length));
        } catch (InvalidProtocolBufferException e) {
            LOG.error("the kernel's frame makes no sense", e);
            end("the kernel's frame makes no sense");
        } catch (RuntimeException e) {
            LOG.error("a frame could not be handled", e);
        }
    }

    /** Nothing more will come; may be told by the stream, the reader, or the closing thread. */
    private void end(String why) {
        if (ending.getAndSet(true)) {
            return;
        }
        ended = true;
        FrameQueuePair pair = queues;
        if (pair != null) {
            pair.taskBell().ring();
        }
        receiver.onEnd(why);
    }

    @Override
    public boolean onTransportThread() {
        return Thread.currentThread().equals(reader) || stream.onTransportThread();
    }

    @Override
    public void close() {
        stream.close();
        end("the task is closed");
        if (!onTransportThread()) {
            join();
            closeMemory();
        }
    }

    private void join() {
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** No reader is left, and no sender comes any more. */
    private void closeMemory() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        FrameQueuePair pair = queues;
        if (pair != null) {
            pair.close();
        }
        if (kernelMemory != null) {
            kernelMemory.close();
        }
    }
}
