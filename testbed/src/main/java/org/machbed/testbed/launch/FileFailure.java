package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Why something could not be done with a file, in words for the user. */
public final class FileFailure {
    /** Less room than this is none: the smallest thing that a run makes is larger. */
    private static final long FULL_BYTES = 16 * 1024;

    private FileFailure() {}

    /**
     * The reason without the path, which whoever asks has named already.
     *
     * @param where what was being written or read, if the exception does not say it
     */
    public static String reason(IOException e, Path where) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No space left")) {
            boolean named = e instanceof FileSystemException known && known.getFile() != null;
            return full(named ? Path.of(((FileSystemException) e).getFile()) : where);
        }
        if (e instanceof FileAlreadyExistsException known) {
            return known.getFile() + " is in the way";
        }
        if (e instanceof NoSuchFileException) {
            return "there is no such directory";
        }
        return e instanceof AccessDeniedException ? "permission denied" : message;
    }

    /** The sentence that a file system is full, if that of {@code where} is: programs call it by many names, also SIGBUS. */
    public static Optional<String> ifFull(Path where) {
        try {
            return Files.getFileStore(existing(where)).getUsableSpace() < FULL_BYTES
                    ? Optional.of(full(where))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A run writes to several file systems, so the sentence names the one that is full. */
    static String full(Path where) {
        try {
            Path mount = existing(where.toAbsolutePath()).toRealPath();
            FileStore store = Files.getFileStore(mount);
            for (Path above = mount.getParent();
                    above != null && Files.getFileStore(above).equals(store);
                    above = above.getParent()) {
                mount = above;
            }
            String full = "no space is left on " + mount + "; free some";
            return store.type().equals("tmpfs")
                    ? full + ", or mount it larger (mount -o remount,size=2g " + mount + ")"
                    : full;
        } catch (IOException e) {
            return "no space is left there; free some";
        }
    }

    /** The file, or the nearest directory above that is there. */
    private static Path existing(Path where) {
        Path path = where;
        while (!Files.exists(path) && path.getParent() != null) {
            path = path.getParent();
        }
        return path;
    }
}
