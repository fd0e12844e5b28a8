package org.machbed.ipc.mach;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Out-of-line memory on its way out: a memory object that the task has filled and still holds. Sending it in a message gives it
 * away; closing it unsent deletes it, closing it after that does nothing.
 */
public final class OutOfLine implements AutoCloseable {
    private final Path file;
    private final int lengthBytes;
    private boolean held = true;

    OutOfLine(Path file, int lengthBytes) {
        this.file = file;
        this.lengthBytes = lengthBytes;
    }

    public int lengthBytes() {
        return lengthBytes;
    }

    String objectName() {
        return file.getFileName().toString();
    }

    /** The message that carried it has left. */
    void given() {
        held = false;
    }

    @Override
    public void close() {
        if (held) {
            held = false;
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot delete memory object " + file, e);
            }
        }
    }
}
