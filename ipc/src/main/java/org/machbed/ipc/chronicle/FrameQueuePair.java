package org.machbed.ipc.chronicle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.memory.SharedMemory;

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
        incoming = FrameQueue.consumer(kernel ? up : down, memory.segment(), kernel ? UP_CONTROL : DOWN_CONTROL);
    }

    /** The kernel's end, in a new directory of mode 0700. */
    public static FrameQueuePair create(Path directory) throws IOException {
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            return new FrameQueuePair(directory, SharedMemory.create(directory.resolve("control"), BYTES), true);
        } catch (IOException | RuntimeException e) {
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
        return new FrameQueuePair(directory, memory, false);
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

    /** Deletes a pair's directory with all that is in it. */
    public static void delete(Path directory) {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete the queues in " + directory, e);
        }
    }
}
