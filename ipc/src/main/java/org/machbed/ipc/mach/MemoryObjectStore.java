package org.machbed.ipc.mach;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.memory.Sharing;
import org.machbed.ipc.process.Crossings;

/**
 * The memory objects of a host: files in one directory, with names that cannot be guessed and that begin with the number of the
 * task that made them. A receiver reads an object and deletes it, for which it needs to know its name ({@link Sharing}). Who holds an object is the kernel's to know.
 */
public final class MemoryObjectStore {
    private static final int RANDOM_BYTES = 16;

    private final Path directory;
    private final SecureRandom random = new SecureRandom();
    private volatile @Nullable Sharing sharing;

    private MemoryObjectStore(Path directory) {
        this.directory = directory;
    }

    /** The store of a host, below its directory. */
    public static MemoryObjectStore of(Path hostDirectory) {
        return new MemoryObjectStore(hostDirectory.resolve("memory-objects"));
    }

    /** Makes the directory; for the kernel, which alone lists it. */
    public void create() throws IOException {
        if (!Files.isDirectory(directory)) {
            Sharing.createPostOffice(directory);
        }
    }

    public Path directory() {
        return directory;
    }

    private Sharing sharing() throws IOException {
        Sharing known = sharing;
        if (known == null) {
            known = Sharing.in(directory);
            sharing = known;
        }
        return known;
    }

    /** Fills a new object of task {@code owner} with {@code source}'s remaining bytes; its position is left alone. */
    OutOfLine fill(int owner, ByteBuffer source) throws IOException {
        byte[] secret = new byte[RANDOM_BYTES];
        random.nextBytes(secret);
        Path file = directory.resolve(owner + "-" + HexFormat.of().formatHex(secret));
        ByteBuffer bytes = source.duplicate();
        OutOfLine object = new OutOfLine(file, bytes.remaining());
        try (FileChannel channel = sharing().createLetter(file)) {
            // Written, not mapped: a full /dev/shm is then an error here and not a fault at the first touch.
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            object.close();
            throw e;
        }
        return object;
    }

    /**
     * A received object.
     *
     * @param crossings where its mapping and unmapping is counted
     * @param onClosed told the object's name after it was unmapped and deleted
     */
    public MemoryObject received(String object, int lengthBytes, Crossings crossings, Consumer<String> onClosed) {
        return new MappedObject(directory.resolve(object), lengthBytes, crossings, onClosed);
    }

    public void delete(String object) throws IOException {
        if (ownerOf(object) == 0) {
            throw new NoSuchFileException(object, null, "not the name of a memory object");
        }
        Files.deleteIfExists(directory.resolve(object));
    }

    /** Number of the task that made an object of this name; 0 when it cannot be an object's name. */
    public static int ownerOf(String object) {
        int dash = object.indexOf('-');
        if (dash < 1 || dash > 9 || object.length() != dash + 1 + 2 * RANDOM_BYTES || object.charAt(0) == '0') {
            return 0;
        }
        int owner = 0;
        for (int i = 0; i < object.length(); i++) {
            char c = object.charAt(i);
            if (i < dash) {
                if (c < '0' || c > '9') {
                    return 0;
                }
                owner = owner * 10 + (c - '0');
            } else if (i > dash && !HexFormat.isHexDigit(c)) {
                return 0;
            }
        }
        return owner;
    }
}
