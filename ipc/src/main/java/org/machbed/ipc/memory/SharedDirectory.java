package org.machbed.ipc.memory;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A directory of shared memory in which another process may be at work. */
public final class SharedDirectory {
    /**
     * Files of one directory that one call deletes. Queues have a few dozen at most; whoever makes files as fast as they are deleted
     * must not keep the deleting thread for ever.
     */
    private static final int MAX_FILES = 4_096;

    private SharedDirectory() {}

    /**
     * Deletes a directory with all that is in it. What somebody else deletes meanwhile is passed over.
     *
     * @throws IOException among others when somebody makes files in it meanwhile: try again later
     */
    public static void delete(Path directory) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            int left = MAX_FILES;
            for (Path entry : entries) {
                if (left-- == 0) {
                    throw new IOException(directory + " had more than " + MAX_FILES + " files to delete");
                }
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    delete(entry);
                } else {
                    Files.deleteIfExists(entry);
                }
            }
        } catch (NoSuchFileException e) {
            return;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Files.deleteIfExists(directory);
    }
}
