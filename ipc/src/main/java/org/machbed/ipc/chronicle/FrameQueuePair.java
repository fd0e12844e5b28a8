package org.machbed.ipc.chronicle;

import java.io.IOException;
import java.nio.file.Path;
import org.machbed.ipc.memory.SharedDirectory;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.ipc.memory.Sharing;

/**
 * The two frame queues between a task and its kernel, with their counters and the task's bell, in a directory that the kernel
 * makes and tells the task of.
 */
public final class FrameQueuePair implements AutoCloseable {
    /** File in the host's directory that holds the bell of the kernel's thread. */
    public static final String KERNEL_BELL_FILE = "chronicle-kernel";

    private static final long ROOM_BELL = IdleBell.BYTES;
    private static final long UP_CONTROL = ROOM_BELL + IdleBell.BYTES;
    private static final long DOWN_CONTROL = UP_CONTROL + FrameQueue.CONTROL_BYTES;
    private static final long BYTES = DOWN_CONTROL + FrameQueue.CONTROL_BYTES;

    private final SharedMemory memory;
    private final IdleBell taskBell;
    private final IdleBell roomBell;
    private final FrameQueue outgoing;
    private final FrameQueue incoming;

    private FrameQueuePair(Path directory, SharedMemory memory, boolean kernel) {
        this.memory = memory;
        this.taskBell = new IdleBell(memory.segment(), 0);
        this.roomBell = new IdleBell(memory.segment(), ROOM_BELL);
        Path up = directory.resolve("up");
        Path down = directory.resolve("down");
        outgoing = FrameQueue.producer(kernel ? down : up, memory.segment(), kernel ? DOWN_CONTROL : UP_CONTROL);
        try {
            incoming = FrameQueue.consumer(kernel ? up : down, memory.segment(), kernel ? UP_CONTROL : DOWN_CONTROL);
        } catch (Throwable e) {
            outgoing.close();
            throw e;
        }
    }

    /** The kernel's end, in a new directory. */
    public static FrameQueuePair create(Path directory) throws IOException {
        Sharing.createDirectory(directory);
        try {
            return enter(directory, SharedMemory.create(directory.resolve("control"), BYTES), true);
        } catch (Throwable e) {
            delete(directory);
            throw e;
        }
    }

    /** The task's end. */
    public static FrameQueuePair open(Path directory) throws IOException {
        SharedMemory memory = SharedMemory.open(directory.resolve("control"));
        if (memory.sizeBytes() < BYTES) {
            memory.close();
            throw new IOException(directory + " holds no frame queues of this version");
        }
        return enter(directory, memory, false);
    }

    /** Takes an end; unmaps it again when that fails, be it with the {@link InternalError} of a full file system. */
    private static FrameQueuePair enter(Path directory, SharedMemory memory, boolean kernel) {
        try {
            return new FrameQueuePair(directory, memory, kernel);
        } catch (Throwable e) {
            memory.close();
            throw e;
        }
    }

    /** What this end produces. */
    public FrameQueue outgoing() {
        return outgoing;
    }

    /** What this end consumes. */
    public FrameQueue incoming() {
        return incoming;
    }

    /** The bell of the task's reading thread. */
    public IdleBell taskBell() {
        return taskBell;
    }

    /** The bell of a thread of the task that waits for room in the queue to the kernel. */
    public IdleBell roomBell() {
        return roomBell;
    }

    /** Closes this end; nobody may be using it. The files stay. */
    @Override
    public void close() {
        outgoing.close();
        incoming.close();
        memory.close();
    }

    /**
     * Deletes a pair's directory with all that is in it.
     *
     * @throws IOException among others when the task makes files in it meanwhile: try again later
     */
    public static void delete(Path directory) throws IOException {
        SharedDirectory.delete(directory);
    }
}
