package org.machbed.ipc.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * A file in memory, mapped by every process that may know its name. Its blocks are reserved when it is created, so that a
 * full file system is an error then and no signal later.
 */
public final class SharedMemory implements AutoCloseable {
    private final Path path;
    private final Arena arena;
    private final MemorySegment segment;

    private SharedMemory(Path path, Arena arena, MemorySegment segment) {
        this.path = path;
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Creates, reserves and maps a file of {@code sizeBytes} zero bytes, for those who share its directory ({@link Sharing}).
     *
     * @throws IOException when the file exists, or the file system has no room for it
     */
    public static SharedMemory create(Path path, long sizeBytes) throws IOException {
        if (sizeBytes <= 0) {
            throw new IllegalArgumentException("shared memory of " + sizeBytes + " bytes at " + path);
        }
        Sharing.createMemory(path);
        try {
            Reservation.reserve(path, sizeBytes);
            return map(path, sizeBytes);
        } catch (Throwable e) {
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /**
     * Maps a file that another process created.
     *
     * @throws IOException when there is no such file, or it is empty
     */
    public static SharedMemory open(Path path) throws IOException {
        long sizeBytes;
        try {
            sizeBytes = Files.size(path);
        } catch (NoSuchFileException e) {
            throw new IOException("no shared memory at " + path + ": its owner has not created it or has gone", e);
        }
        if (sizeBytes == 0) {
            throw new IOException("shared memory at " + path + " is empty: its owner has not finished creating it");
        }
        return map(path, sizeBytes);
    }

    private static SharedMemory map(Path path, long sizeBytes) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE))) {
            return new SharedMemory(path, arena, channel.map(FileChannel.MapMode.READ_WRITE, 0, sizeBytes, arena));
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    /** The whole file; any thread may use it until {@link #close}. */
    public MemorySegment segment() {
        return segment;
    }

    public long sizeBytes() {
        return segment.byteSize();
    }

    /** Removes the name; processes that have mapped the memory keep it. */
    public void unlink() throws IOException {
        Files.deleteIfExists(path);
    }

    /** Unmaps; the file stays. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
