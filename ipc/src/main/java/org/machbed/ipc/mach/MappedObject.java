package org.machbed.ipc.mach;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

/** A memory object as its receiver sees it. One thread uses it. */
final class MappedObject implements MemoryObject {
    private final Path file;
    private final int lengthBytes;
    private final Crossings crossings;
    private final Consumer<String> onClosed;
    private @Nullable Arena arena;
    private @Nullable MemorySegment memory;
    private boolean closed;

    MappedObject(Path file, int lengthBytes, Crossings crossings, Consumer<String> onClosed) {
        this.file = file;
        this.lengthBytes = lengthBytes;
        this.crossings = crossings;
        this.onClosed = onClosed;
    }

    @Override
    public int lengthBytes() {
        return lengthBytes;
    }

    @Override
    public MemorySegment map() throws MachException {
        if (closed) {
            throw new IllegalStateException("memory object " + file.getFileName() + " is closed");
        }
        if (memory == null) {
            memory = mapFile();
        }
        return memory;
    }

    private MemorySegment mapFile() throws MachException {
        Arena mapping = Arena.ofConfined();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() < lengthBytes) {
                throw new MachException(
                        MachCode.MACH_RCV_INVALID_DATA,
                        "memory object has " + channel.size() + " bytes, its message said " + lengthBytes);
            }
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, lengthBytes, mapping);
            arena = mapping;
            return mapped;
        } catch (ClosedByInterruptException e) {
            mapping.close();
            throw new MachException(MachCode.MACH_RCV_INTERRUPTED, "memory object not mapped", e);
        } catch (IOException e) {
            mapping.close();
            throw e instanceof MachException known
                    ? known
                    : new MachException(MachCode.MACH_RCV_INVALID_DATA, "memory object cannot be mapped", e);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (arena != null) {
            arena.close();
            crossings.count(Crossing.OUT_OF_LINE_MAPS);
        }
        closed = true;
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete memory object " + file, e);
        } finally {
            onClosed.accept(String.valueOf(file.getFileName()));
        }
    }
}
